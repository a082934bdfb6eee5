/**
 * Sheaf's engine for Ray clusters.
 *
 * @packageDocumentation
 */
export { ray } from './engine/ray/engine.js';
export type { Labels, RayOptions } from './engine/ray/options.js';
