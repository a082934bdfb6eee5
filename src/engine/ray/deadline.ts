/** A bound on a wait of several steps, each with its own time and its own error. */
export class Deadline {
  /** Rejects when a step has taken too long. */
  readonly passed: Promise<never>;
  #reject: (error: Error) => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.passed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.passed.catch(() => {}); // for whom nobody waits
  }

  /** The next step begins, which may take so long, in ms. */
  allow(ms: number, error: () => Error): void {
    this.clear();
    this.#timer = setTimeout(() => this.#reject(error()), ms).unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
