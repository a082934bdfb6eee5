/** Runs a function over the rows of one task. */
import { AsyncRows } from './async-rows.js';
import type { Patience } from './patience.js';
import type { SprintEnd } from './sprint.js';
import { isThenable } from './thenable.js';

/** After so many rows that answered at once, the rest is worth a faster loop. */
export const sprintAfter = 16;

/** What the loop needs of its surroundings. */
export interface RowHooks {
  /** A row begins. */
  begin(row: number): void;
  /** Makes the call of one row. */
  call(row: number): unknown;
  /** A row is over that gave a promise, or may have others beside it. Where rows run one at a time, those that answer at once are over when the next begins. */
  end(row: number): void;
  /** A row that is over took too long: whatever it gave, it has failed. */
  isLate(row: number): boolean;
  /** Nobody wants what the rows give any more. */
  isOver(): boolean;
  /** Runs the rows from `from` in a loop of their own, where that may be. */
  readonly sprint: ((from: number, results: unknown[], patience: Patience | undefined) => SprintEnd) | undefined;
  /** A row has failed and the rest is not wanted, but other calls are in flight. `results` are those of the first rows, as far as they are done. */
  failing(row: number, error: unknown, results: unknown[]): void;
  /** Tells of rows that need not wait for one that takes its time; false if that cannot be. Rows from `keeps` on are given back. */
  tell(results: ArrayLike<unknown>, failures: readonly FailedRow[], keeps: number): boolean;
  /**
   * Present where the task may get more rows while calls are in flight: asks for them. `done` are over.
   *
   * @param add called with how many there are, if any; false if the task no longer takes them
   */
  readonly asks: ((done: number, add: (rows: number) => boolean) => void) | undefined;
  /** Present where rows may be given back. */
  readonly patience: Patience | undefined;
}

/** What a row threw. */
export interface FailedRow {
  readonly row: number;
  readonly error: unknown;
}

export interface RowResults {
  /** So many of the first rows have been told of before. */
  readonly told: number;
  /** Results of the other rows that did not fail, in order. */
  readonly results: unknown[] | Float64Array;
  readonly failures: FailedRow[];
}

/**
 * Calls each of `rows` rows, one at a time, or `concurrency` of them while they wait. Synchronous as long as the function is, so that
 * small tasks pay for no promise. Rows that would begin late are given back.
 */
export function runRows(
  rows: number,
  stopOnError: boolean,
  concurrency: number,
  hooks: RowHooks,
): RowResults | Promise<RowResults> {
  let results: unknown[] = [];
  const failures: FailedRow[] = [];
  let { patience } = hooks;
  for (let row = 0; row < rows; row++) {
    if (patience?.isOver(row) === true) {
      if (hooks.tell(results, failures, row)) return { told: row, results: [], failures: [] };
      patience = undefined; // some result cannot be told, as the end will say
    }
    let pending: PromiseLike<unknown> | undefined;
    if (row === sprintAfter && hooks.sprint !== undefined && failures.length === 0) {
      const end = hooks.sprint(row, results, patience);
      if (end.row === rows) return { told: 0, results: end.results, failures };
      row = end.row;
      if (end.late === true) {
        if (hooks.tell(end.results, failures, row)) return { told: row, results: [], failures };
        patience = undefined;
        results = Array.from(end.results);
        row--;
        continue;
      }
      results = end.results as unknown[];
      pending = end.promise;
      if (pending === undefined) {
        failures.push({ row, error: end.threw!.error });
        if (stopOnError) break;
        continue;
      }
    } else {
      hooks.begin(row);
      try {
        const result = hooks.call(row);
        if (isThenable(result)) pending = result;
        else results.push(result);
      } catch (error) {
        failures.push({ row, error });
        if (stopOnError) break;
      }
      if (pending === undefined && concurrency > 1) hooks.end(row);
    }
    if (pending !== undefined) {
      return new AsyncRows(rows, stopOnError, concurrency, hooks, results, failures).run(row, pending);
    }
  }
  return { told: 0, results, failures };
}

/** What becomes of a single row that gave a promise. */
export async function settleRow(pending: PromiseLike<unknown>): Promise<RowResults> {
  try {
    return { told: 0, results: [await pending], failures: [] };
  } catch (error) {
    return { told: 0, results: [], failures: [{ row: 0, error }] };
  }
}
