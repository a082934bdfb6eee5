import type { EncoderName } from './options.js';

/**
 * For tests, which run whole suites so: blocks are written by this encoder wherever it can, and no value takes a way around blocks.
 * What arrives must be the same.
 */
export const forcedEncoder = (process.env.SHEAF_ENCODER || undefined) as EncoderName | undefined;
