/**
 * Numbers by a function that is known to cost next to nothing, and to keep and change nothing: straight from the program's array into that
 * of the results, without tasks, whose copies would cost more than the calls. Whatever is not simple (something that is no number, a throw)
 * ends it, and that row runs anew in a task like any other: the function has left no trace of the first time.
 */

import { forcedEncoder } from '../codec/forced.js';
import type { JobSpec } from '../engine/engine.js';
import { setImmediate } from '../timers.js';
import type { HereEngine } from './here-rows.js';
import type { Source } from './source.js';

/** The event loop gets a turn after so long, in ms. */
const sliceMs = 2;
/** Rows between two looks at the clock. */
const stretch = 2048;

/** Where results are put by their index. */
export interface Room {
  readonly length: number;
  [index: number]: unknown;
}

export class Direct {
  readonly #here: HereEngine;
  readonly #job: JobSpec;
  readonly #source: Source;
  /** Still, as far as is known. */
  #isPossible = forcedEncoder === undefined;

  constructor(here: HereEngine, job: JobSpec, source: Source) {
    this.#here = here;
    this.#job = job;
    this.#source = source;
  }

  /** Whether a slice will run in a turn of its own of the event loop; then `done` is called. */
  begin(room: () => Room | undefined, done: (from: number, to: number) => void): boolean {
    const loop = this.#isPossible ? this.#here.numbers(this.#job) : undefined;
    const ahead = this.#source.ahead?.();
    const out = loop && ahead && room();
    if (loop === undefined || ahead === undefined || out === undefined) return false;
    const { rows, from } = ahead;
    if (from >= Math.min(rows.length, out.length)) return false;
    setImmediate(() => {
      let at = from;
      if (!this.#job.signal.aborted) {
        const end = Math.min(rows.length, out.length);
        for (const until = performance.now() + sliceMs; at < end && this.#isPossible && performance.now() < until; ) {
          const to = Math.min(end, at + stretch);
          at = loop(rows, at, to, out);
          if (at < to) this.#isPossible = false;
        }
        this.#source.pass!(at);
      }
      done(from, at);
    });
    return true;
  }
}
