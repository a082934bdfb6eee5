import type { Claims } from './claims.js';
import { now } from './clock.js';
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
  /** Rows under way and when they began, oldest first; only of tasks whose time is watched. */
  readonly #inFlight: Map<number, number> | undefined;
  #announced = -1;

  constructor(task: TaskMessage, options: Surroundings) {
    this.#task = task;
    this.#options = options;
    this.#inFlight = task.job.timed ? new Map() : undefined;
  }

  begin(row: number): void {
    const { claims, marks } = this.#options;
    const { concurrency } = this.#task.job;
    const marked = concurrency > 1 ? -1 : row;
    claims?.mark(marked);
    marks?.mark(marked);
    if (this.#inFlight === undefined) return;
    if (concurrency === 1) this.#inFlight.clear();
    this.#inFlight.set(row, now());
    this.#announce(this.#inFlight);
  }

  end(row: number): void {
    if (this.#inFlight === undefined) return;
    this.#inFlight.delete(row);
    this.#announce(this.#inFlight);
  }

  /** The driver watches the oldest row: the first that can be late. */
  #announce(inFlight: ReadonlyMap<number, number>): void {
    for (const [row, began] of inFlight) {
      if (row !== this.#announced) {
        this.#announced = row;
        this.#options.post({ kind: 'started', task: this.#task.id, row, agoMs: now() - began });
      }
      return;
    }
  }
}
