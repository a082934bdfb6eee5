/** Runs a function over the rows of one task. */
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
  /** A row that gave a promise is over. Rows that answer at once are over when the next begins. */
  end(row: number): void;
  /** Runs the rows from `from` in a loop of their own, where that may be. */
  readonly sprint: ((from: number, results: unknown[]) => SprintEnd) | undefined;
  /** A row has failed and the rest is not wanted, but other calls are in flight. `results` are those of the first rows, as far as they are done. */
  failing(row: number, error: unknown, results: unknown[]): void;
}

export interface RowResults {
  /** Results of the rows that did not fail, in order. */
  readonly results: unknown[] | Float64Array;
  readonly failures: { row: number; error: unknown }[];
}

/**
 * Calls each of `rows` rows, one at a time, or `concurrency` of them while they wait. Synchronous as long as the function is, so that
 * small tasks pay for no promise.
 */
export function runRows(
  rows: number,
  stopOnError: boolean,
  concurrency: number,
  hooks: RowHooks,
): RowResults | Promise<RowResults> {
  let results: unknown[] = [];
  const failures: { row: number; error: unknown }[] = [];
  for (let row = 0; row < rows; row++) {
    if (row === sprintAfter && hooks.sprint !== undefined && failures.length === 0) {
      const end = hooks.sprint(row, results);
      if (end.row === rows) return { results: end.results, failures };
      results = end.results as unknown[];
      row = end.row;
      if (end.promise !== undefined) {
        return runAsync(row, end.promise, rows, stopOnError, concurrency, hooks, results, failures);
      }
      failures.push({ row, error: end.threw!.error });
      if (stopOnError) break;
      continue;
    }
    hooks.begin(row);
    try {
      const result = hooks.call(row);
      if (isThenable(result)) return runAsync(row, result, rows, stopOnError, concurrency, hooks, results, failures);
      results.push(result);
    } catch (error) {
      failures.push({ row, error });
      if (stopOnError) break;
    }
  }
  return { results, failures };
}

async function runAsync(
  first: number,
  pending: PromiseLike<unknown>,
  rows: number,
  stopOnError: boolean,
  concurrency: number,
  hooks: RowHooks,
  results: unknown[],
  failures: { row: number; error: unknown }[],
): Promise<RowResults> {
  const done = new Map<number, unknown>();
  let next = first + 1;
  let stopped = false;
  let inFlight = 0;
  const settle = async (row: number, call: () => unknown): Promise<void> => {
    inFlight++;
    try {
      done.set(row, await call());
      inFlight--;
    } catch (error) {
      inFlight--;
      failures.push({ row, error });
      if (!stopOnError || stopped) return;
      stopped = true;
      if (inFlight > 0) hooks.failing(row, error, [...results, ...firstOf(done, first, row)]);
    }
  };
  const lane = async (): Promise<void> => {
    while (next < rows && !stopped) {
      const row = next++;
      hooks.begin(row);
      await settle(row, () => hooks.call(row));
      hooks.end(row);
    }
  };
  const lanes = [
    settle(first, () => pending).then(() => {
      hooks.end(first);
      return lane();
    }),
  ];
  for (let i = 1; i < concurrency; i++) lanes.push(lane());
  await Promise.all(lanes);
  failures.sort((a, b) => a.row - b.row);
  // A stop leaves rows after the failing one that other lanes had finished: they are dropped, since the output ends where it stopped.
  const end = stopOnError && failures.length > 0 ? failures[0]!.row : rows;
  for (let row = first; row < end; row++) if (done.has(row)) results.push(done.get(row));
  return { results, failures: stopOnError ? failures.slice(0, 1) : failures };
}

/** Results of the rows from `first`, up to the first that is not done, and before `end`. */
function firstOf(done: ReadonlyMap<number, unknown>, first: number, end: number): unknown[] {
  const results: unknown[] = [];
  for (let row = first; row < end && done.has(row); row++) results.push(done.get(row));
  return results;
}
