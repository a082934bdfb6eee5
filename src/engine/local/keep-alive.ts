import { clearInterval, setInterval } from '../../timers.js';

/** Timers count in 32 bits. */
const longestMs = 2 ** 31 - 1;

/** Holds the process while work is pending; workers and their channels never do. */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined;

  hold(): void {
    this.#timer ??= setInterval(() => {}, longestMs);
    this.#timer.ref();
  }

  release(): void {
    this.#timer?.unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
