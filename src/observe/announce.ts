import type { EventHub } from './hub.js';

/** What an observer that came before the program sees of an engine. */
export interface Observed {
  readonly slots: number;
  readonly events: EventHub;
  terminate(): Promise<void>;
}

/** Where an observer leaves what it wants to be called with: known to every copy of the library in this thread. */
const observer = Symbol.for('sheaf.observer');

/** Tells whoever watches this whole process, if anybody does, that there is an engine. */
export function announce(engine: Observed): void {
  (globalThis as { [observer]?: (engine: Observed) => void })[observer]?.(engine);
}

/** Watches this whole process: called with each engine that is made from now on. */
export function observeEngines(watch: (engine: Observed) => void): void {
  (globalThis as { [observer]?: (engine: Observed) => void })[observer] = watch;
}
