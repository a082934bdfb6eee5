/** One timer, for the earliest time that anybody waits for. The work it watches holds the process, not the timer. */
export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at `at`, in ms of `performance.now()`, instead of when it would have. */
  set(at: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ring, Math.max(0, at - performance.now()));
    this.#timer.unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
