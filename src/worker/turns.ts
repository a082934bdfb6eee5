import { setImmediate } from '../timers.js';
import { now } from './clock.js';

const afterMs = 5;
/** What begins so soon after the last may have come in the same turn of the event loop: a port hands on up to a thousand messages in each. */
const sameTurnMs = 1;

/** Sees to it that the event loop has a turn, with the program's own timers, sockets and promises, while there is always something to do. */
export class Turns {
  #began = 0;
  #busy = 0;

  /** Work begins. The time now. */
  begin(): number {
    const time = now();
    if (time - this.#busy > sameTurnMs) this.#began = time;
    return time;
  }

  /** A piece of the work is done: is a turn due? */
  isDue(now: number): boolean {
    this.#busy = now;
    return now - this.#began >= afterMs;
  }

  /** Goes on after a turn. */
  next(go: () => void): void {
    setImmediate(() => {
      this.#began = now();
      go();
    });
  }
}
