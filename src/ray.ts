/**
 * Sheaf's engine for Ray clusters: `import { ray } from 'sheaf/ray'`. A file of its own, which is loaded only where it is imported, or where
 * `SHEAF_ENGINE` asks for it.
 *
 * @module sheaf/ray
 */

export type { Labels, NotLabel } from './engine/labels.js';
export { ray } from './engine/ray/engine.js';
export type { RayOptions } from './engine/ray/options.js';
