import type { Claims } from './claims.js';
import type { Marks } from './marks.js';
import type { FromWorker, TaskMessage } from './protocol.js';

interface Surroundings {
  readonly claims: Claims | undefined;
  readonly marks: Marks | undefined;
  post(message: FromWorker): void;
}

/** Tells the driver, and the claim words, which row runs. */
export class RowClock {
  readonly #task: TaskMessage;
  readonly #options: Surroundings;
  /** Rows under way and when they began, oldest first. */
  readonly #inFlight = new Map<number, number>();
  #announced = -1;

  constructor(task: TaskMessage, options: Surroundings) {
    this.#task = task;
    this.#options = options;
  }

  begin(row: number): void {
    const { claims, marks } = this.#options;
    const marked = this.#task.concurrency > 1 ? -1 : row;
    claims?.mark(marked);
    marks?.mark(marked);
    if (!this.#task.timed) return;
    if (this.#task.concurrency === 1) this.#inFlight.clear();
    this.#inFlight.set(row, performance.now());
    this.#announce();
  }

  end(row: number): void {
    if (!this.#task.timed) return;
    this.#inFlight.delete(row);
    this.#announce();
  }

  /** The driver watches the oldest row: the first that can be late. */
  #announce(): void {
    for (const [row, began] of this.#inFlight) {
      if (row !== this.#announced) {
        this.#announced = row;
        this.#options.post({ kind: 'started', task: this.#task.id, row, agoMs: performance.now() - began });
      }
      return;
    }
  }
}
