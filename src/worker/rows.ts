/** Runs a function over the rows of one task. */

/** What the loop needs of its surroundings. */
export interface RowHooks {
  /** A row begins. */
  begin(row: number): void;
  /** Makes the call of one row. */
  call(row: number): unknown;
  /** A row that gave a promise is over. Rows that answer at once are over when the next begins. */
  end(row: number): void;
  /** A row has failed and the rest is not wanted, but other calls are in flight. `results` are those of the first rows, as far as they are done. */
  failing(row: number, error: unknown, results: unknown[]): void;
}

export interface RowResults {
  /** Results of the rows that did not fail, in order. */
  readonly results: unknown[];
  readonly failures: { row: number; error: unknown }[];
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
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
  const results: unknown[] = [];
  const failures: { row: number; error: unknown }[] = [];
  for (let row = 0; row < rows; row++) {
    hooks.begin(row);
    try {
      const result = hooks.call(row);
      if (isThenable(result))
        return runAsync(row, result, rows, stopOnError, concurrency, hooks, { results, failures });
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
  so: RowResults,
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
      so.failures.push({ row, error });
      if (!stopOnError || stopped) return;
      stopped = true;
      if (inFlight > 0) hooks.failing(row, error, [...so.results, ...firstOf(done, first, row)]);
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
  so.failures.sort((a, b) => a.row - b.row);
  // A stop leaves rows after the failing one that other lanes had finished: they are dropped, since the output ends where it stopped.
  const end = stopOnError && so.failures.length > 0 ? so.failures[0]!.row : rows;
  for (let row = first; row < end; row++) if (done.has(row)) so.results.push(done.get(row));
  return { results: so.results, failures: stopOnError ? so.failures.slice(0, 1) : so.failures };
}

/** Results of the rows from `first`, up to the first that is not done, and before `end`. */
function firstOf(done: ReadonlyMap<number, unknown>, first: number, end: number): unknown[] {
  const results: unknown[] = [];
  for (let row = first; row < end && done.has(row); row++) results.push(done.get(row));
  return results;
}
