import { setTimeout } from '../timers.js';

/** Where work was asked for, so that the stack of an error can end there. */
export interface Caller {
  /** Made into text only when it is read. */
  readonly stack: string;
}

/** Before it is known. */
export const unknownCaller: Caller = { stack: '' };

/** Frames of whoever called `method`. */
export function callerOf(method: (...args: never[]) => unknown): Caller {
  const holder = {}; // had it a stack already, replacing that would take a third of the time of all
  Error.captureStackTrace(holder, method);
  return holder as Caller;
}

/** Gives an error of Sheaf's own the frames of the call that it belongs to, in place of Sheaf's. */
export function tellCaller(error: Error, caller: Caller): void {
  const frames = caller.stack.indexOf('\n    at ');
  if (frames >= 0) error.stack = `${error.name}: ${error.message}${caller.stack.slice(frames)}`;
}

/** So many calls of one function are told apart within `spanMs`. */
const exactCalls = 32;
const spanMs = 1;

/**
 * Callers of a function that may be called very often. Walking the stack costs as much as all the rest of a small call, so only the
 * first calls of each ms are told apart; the others, which a loop must be making, share the last one's frames.
 */
export class FrequentCallers {
  /** The next call is told apart from the one before. */
  tellsApart = true;
  last: Caller = unknownCaller;
  #count = 0;

  of(method: (...args: never[]) => unknown): Caller {
    if (!this.tellsApart) return this.last;
    if (++this.#count === exactCalls) {
      this.tellsApart = false;
      setTimeout(() => this.#restart(), spanMs).unref();
    }
    this.last = callerOf(method);
    return this.last;
  }

  #restart(): void {
    this.#count = 0;
    this.tellsApart = true;
  }
}
