import { rowsOf } from './array-rows.js';
import { callerOf } from './caller.js';
import type { WorkerFunction } from './functions.js';
import type { Outcomes } from './outcomes.js';
import type { MoreRows, TaskMessage } from './protocol.js';

/** The calls of a task that may get more rows while it runs. Rows are called in order. */
export class GrowingCalls {
  readonly #task: TaskMessage;
  readonly #fn: WorkerFunction;
  readonly #outcomes: Outcomes;
  /** Of rows from `from` on, the latest first that has been called. */
  #parts: { readonly from: number; readonly call: (row: number) => unknown }[];
  /** How many rows there are. */
  #rows: number;

  constructor(task: TaskMessage, fn: WorkerFunction, outcomes: Outcomes, call: (row: number) => unknown, rows: number) {
    this.#task = task;
    this.#fn = fn;
    this.#outcomes = outcomes;
    this.#parts = [{ from: 0, call }];
    this.#rows = rows;
  }

  call(row: number): unknown {
    const parts = this.#parts;
    while (parts.length > 1 && parts[1]!.from <= row) parts.shift();
    const { from, call } = parts[0]!;
    return call(row - from);
  }

  /** Where rows that are not taken come again as another task, which then says what is wrong with them. */
  more(given: MoreRows, add: (rows: number) => boolean): void {
    try {
      const task = { ...this.#task, ...given };
      const rows = rowsOf(task, this.#fn, this.#outcomes);
      this.#parts.push({ from: this.#rows, call: callerOf(task, this.#fn, rows) });
      this.#rows += rows.length;
      add(rows.length);
    } catch {
      // Not taken.
    }
  }
}
