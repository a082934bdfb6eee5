import { grows } from '../engine/program.js';
import { rowsOf } from './array-rows.js';
import { callerOf } from './caller.js';
import { now } from './clock.js';
import type { WorkerFunction } from './functions.js';
import { type Outcomes, placeIn } from './outcomes.js';
import type { FromWorker, MoreRows, TaskMessage } from './protocol.js';

/** The rows of a task, and what makes the call of each. */
export interface Calls {
  readonly rows: ArrayLike<unknown>;
  readonly call: (row: number) => unknown;
  /** Where it may get more of them while it runs. */
  readonly growing: GrowingCalls | undefined;
}

/** Throws what the input throws that cannot be decoded. */
export function callsOf(
  task: TaskMessage,
  fn: WorkerFunction,
  outcomes: Outcomes,
  post: (message: FromWorker) => void,
): Calls {
  const rows = rowsOf(task, fn, outcomes);
  const call = callerOf(task, fn, rows);
  if (!grows(task.job)) return { rows, call, growing: undefined };
  const growing = new GrowingCalls(task, fn, outcomes, post, { call, rows: rows.length });
  return { rows, call: growing.call, growing };
}

/** The calls of a task that gets more rows while it runs. Rows are called in order. */
export class GrowingCalls {
  readonly #task: TaskMessage;
  readonly #fn: WorkerFunction;
  readonly #outcomes: Outcomes;
  readonly #post: (message: FromWorker) => void;
  readonly #began = now();
  /** The calls of the rows from `from` on: of those that are called now, then of those behind them. */
  readonly #parts: { readonly from: number; readonly call: (row: number) => unknown }[];
  /** How many rows there are. */
  #rows: number;
  /** Where the rows from `from` on have their places: of all that were not told of. */
  readonly #places: { readonly from: number; readonly of: Pick<TaskMessage, 'firstIndex' | 'indices'> }[];
  #told = 0;
  #add: ((rows: number) => boolean) | undefined;

  constructor(
    task: TaskMessage,
    fn: WorkerFunction,
    outcomes: Outcomes,
    post: (message: FromWorker) => void,
    { call, rows }: { readonly call: (row: number) => unknown; readonly rows: number },
  ) {
    this.#task = task;
    this.#fn = fn;
    this.#outcomes = outcomes;
    this.#post = post;
    this.#parts = [{ from: 0, call }];
    this.#rows = rows;
    this.#places = [{ from: 0, of: task }];
  }

  readonly call = (row: number): unknown => {
    const parts = this.#parts;
    while (parts.length > 1 && parts[1]!.from <= row) parts.shift();
    const { from, call } = parts[0]!;
    return call(row - from);
  };

  /** So many more of the first rows were told of. */
  told(rows: number): void {
    this.#told += rows;
    const places = this.#places;
    while (places.length > 1 && places[1]!.from <= this.#told) places.shift();
  }

  /** The place of a row that was not told of. */
  readonly placeOf = (row: number): number => {
    const { from, of } = this.#places.findLast((part) => part.from <= row)!;
    return placeIn(of, row - from);
  };

  /** As of `RowHooks`. */
  readonly ask = (done: number, add: (rows: number) => boolean): void => {
    this.#add = add;
    this.#post({ kind: 'asks', task: this.#task.id, rows: done, runUs: (now() - this.#began) * 1000 });
  };

  /** The answer. Rows that are not taken come again as another task, which then says what is wrong with them. */
  answer(given: MoreRows & { readonly task: number }): void {
    if (given.task !== this.#task.id || this.#add === undefined) return;
    try {
      const { input, firstIndex, indices } = given;
      const task = { ...this.#task, input, firstIndex, indices };
      const rows = rowsOf(task, this.#fn, this.#outcomes);
      this.#parts.push({ from: this.#rows, call: callerOf(task, this.#fn, rows) });
      this.#places.push({ from: this.#rows, of: { firstIndex, indices } });
      this.#rows += rows.length;
      this.#add(rows.length);
    } catch {
      // Not taken.
    }
  }
}
