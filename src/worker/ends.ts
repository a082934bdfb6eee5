import { now } from './clock.js';
import type { FromWorker, WorkerEnd } from './protocol.js';

/** Ends wait so long at most for others to travel with, in ms. */
const flushAfterMs = 1;

/** Ends of tasks on their way to the driver, many to a message. */
export class Ends {
  readonly #post: (message: FromWorker) => void;
  #ends: WorkerEnd[] = [];
  #lastFlush = 0;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  /** From now on they wait. */
  start(now: number): void {
    this.#lastFlush = now;
  }

  add(end: WorkerEnd): void {
    this.#ends.push(end);
  }

  flush(): void {
    this.#lastFlush = now();
    if (this.#ends.length === 0) return;
    const ends = this.#ends;
    this.#ends = [];
    this.#post({ kind: 'ended', ends });
  }

  /** Sends what has waited long enough. */
  flushIfDue(now: number): void {
    if (now - this.#lastFlush >= flushAfterMs) this.flush();
  }
}
