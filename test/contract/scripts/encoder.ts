/** What travels, and how maps and calls use it, with whatever `SHEAF_ENCODER` says: a program, since that is read when Sheaf is loaded. */
import { testEngine } from '../engine.js';
import { threadTraits, twoThreads } from '../two-threads.js';

testEngine(`threads, values by the encoder for ${process.env.SHEAF_ENCODER}`, twoThreads, threadTraits, [
  'map',
  'run',
  'single calls',
  'iteration',
  'values',
  'errors',
]);
