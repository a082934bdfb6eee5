import { clearImmediate, clearTimeout, setImmediate, setTimeout } from '../../timers.js';

/** One timer, for the earliest time that anybody waits for. The work it watches holds the process, not the timer. */
export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ringing: NodeJS.Immediate | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at `at`, in ms of `performance.now()`, instead of when it would have. */
  set(at: number): void {
    this.end();
    // After the messages that have arrived: a thread that was busy may hear late that something was done in time.
    const ring = (): void => {
      this.#ringing = setImmediate(this.#ring);
    };
    this.#timer = setTimeout(ring, Math.max(0, at - performance.now())).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#ringing);
  }
}
