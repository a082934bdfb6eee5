/** Operators that take all rows of a partition. */
import { argsort } from '../partition/argsort.js';
import { seeded } from '../partition/random.js';
import { Reservoir } from '../partition/sample.js';
import { combiningOf, Folder } from './aggregate.js';
import { afterAll, type Batches, drain, lazily, ofArrays, ofIterable, ofRows, rowsOf } from './batches.js';
import { type Combiner, combined, fillStates, grouping, presence } from './combine.js';
import { checkKey, keyOf, refusePair } from './keyed.js';
import { refusePromise } from './loop.js';
import { bucketsOf, momentsOf } from './numbers.js';
import { sorted } from './runs.js';
import type { WholeOp } from './spec.js';
import type { Surroundings } from './surroundings.js';
import { allRows, located, within } from './where.js';

type Fn = (...args: unknown[]) => unknown;

export function whole(
  op: Exclude<WholeOp, { readonly kind: 'sum' }>,
  input: Batches,
  functions: readonly Fn[],
  partition: number,
  surroundings: Surroundings,
): Batches {
  switch (op.kind) {
    case 'mapPartitions':
      return mapPartitions(op.name, functions[op.fn]!, input, partition);
    case 'combine': {
      const how = combiningOf(op.by, functions);
      const fill = op.states ? fillStates(op.name) : fillValues(op.name);
      return combined(input, fill, { name: op.name, how, row: pair }, surroundings);
    }
    case 'group':
      return combined(input, fillValues(op.name), { name: op.name, how: grouping, row: pair }, surroundings);
    case 'distinct':
      return combined(input, fillRows(op.name), { name: op.name, how: presence, row: (key) => key }, surroundings);
    case 'sort': {
      const key = keyOf(op.sort.keyed, functions, op.name);
      return sorted(input, op.sort, (row) => within(op.name, row, () => key(row)), surroundings);
    }
    case 'fold': {
      const folder = new Folder(op.name, op.by, functions);
      return afterAll(
        input,
        (rows) => folder.add(rows, op.states),
        () => ofRows(folder.result()),
      );
    }
    case 'limit':
      return limit(op.rows, input);
    case 'top':
      return top(op, keyOf(op.keyed, functions, op.name), input);
    case 'draw':
      return draw(new Reservoir(op.rows, seeded(op.seed, partition)), input);
    case 'stats': {
      const moments = momentsOf();
      return afterAll(input, numbers(op.name, moments.add), () => ofRows([moments.result()]));
    }
    case 'histogram': {
      const buckets = bucketsOf(op.edges);
      const add = (rows: readonly number[]): void => {
        if (rows.some(Number.isNaN)) within(op.name, NaN, refuseNaN);
        buckets.add(rows);
      };
      return afterAll(input, numbers(op.name, add), () => ofRows([buckets.result()]));
    }
    case 'forEach': {
      const fn = functions[op.fn]!;
      const each = (rows: unknown[]): void => {
        for (const row of rows) within(op.name, row, () => refusePromise(fn(row)));
      };
      return afterAll(input, each, () => ofRows([]));
    }
  }
}

const pair = (key: unknown, state: unknown): unknown => [key, state];

/** Puts pairs into a combiner, telling which row it was where that fails. */
export function fillValues(name: string): (combiner: Combiner, rows: unknown[]) => void {
  return (combiner, rows) => {
    let row: unknown;
    try {
      for (let i = 0; i < rows.length; i++) {
        row = rows[i];
        if (!Array.isArray(row)) refusePair(name, row);
        combiner.add((row as unknown[])[0], (row as unknown[])[1]);
      }
    } catch (error) {
      throw located(name, row, error);
    }
  };
}

function fillRows(name: string): (combiner: Combiner, rows: unknown[]) => void {
  return (combiner, rows) => {
    let row: unknown;
    try {
      for (let i = 0; i < rows.length; i++) {
        row = rows[i];
        combiner.add(row, undefined);
      }
    } catch (error) {
      throw located(name, row, error);
    }
  };
}

/** Hands on rows that have to be numbers. */
function numbers(name: string, use: (rows: readonly number[]) => void): (rows: unknown[]) => void {
  return (rows) => {
    const wrong = rows.findIndex((row) => typeof row !== 'number');
    if (wrong >= 0) within(name, rows[wrong], () => refuseNumber(rows[wrong]));
    use(rows as number[]);
  };
}

/** Throws for a row that is no number. */
export function refuseNumber(row: unknown): never {
  throw new TypeError(`Rows have to be numbers here, but one is ${inWords(row)}.`);
}

function inWords(row: unknown): string {
  if (row === null || row === undefined) return String(row);
  if (typeof row === 'object') return 'an object';
  if (typeof row !== 'string') return `a ${typeof row}`;
  const text = `the text ${JSON.stringify(row.slice(0, 40))}`;
  if (row.trim() === '' || Number.isNaN(Number(row))) return text;
  // The usual reason: prices as 12.50, which do not read back as the same text.
  return `${text}. Make numbers of such texts before, by map(Number), or where a file is read, by columns: { name: 'number' }`;
}

function refuseNaN(): never {
  throw new TypeError(
    'A row is NaN, which lies in no bucket. Filter such rows out before: filter((x) => !Number.isNaN(x)).',
  );
}

function mapPartitions(name: string, fn: Fn, input: Batches, partition: number): Batches {
  const call = (rows: Batches): Batches =>
    within(name, allRows, () => {
      const result = fn(rowsOf(rows), partition) as Iterable<unknown>;
      if (result === null || result === undefined || typeof result[Symbol.iterator] !== 'function')
        throw new TypeError(`${name}: the function must give an array or another iterable, not ${typeof result}.`);
      const made = ofIterable(result);
      return { ...made, next: () => within(name, allRows, () => made.next()) };
    });
  return lazily(input, () => {
    const first = input.next();
    if (!(first instanceof Promise)) return call(withFirst(first, input));
    // The function pulls rows at once, which a source that has to be waited for cannot give one by one.
    const all: unknown[][] = [];
    return first.then(async (rows) => {
      if (rows !== undefined) all.push(rows);
      await drain(input, (more) => {
        all.push(more);
      });
      return call(ofArrays(all));
    });
  });
}

function withFirst(first: unknown[] | undefined, input: Batches): Batches {
  let isFirst = true;
  return {
    next: () => {
      if (!isFirst) return input.next();
      isFirst = false;
      return first;
    },
    close: () => input.close(),
  };
}

function limit(rows: number, input: Batches): Batches {
  let left = rows;
  const take = (batch: unknown[] | undefined): unknown[] | undefined => {
    if (batch === undefined) return undefined;
    const taken = batch.length <= left ? batch : batch.slice(0, left);
    left -= taken.length;
    if (left === 0) void input.close();
    return taken;
  };
  return {
    next: () => {
      if (left === 0) return undefined;
      const batch = input.next();
      return batch instanceof Promise ? batch.then(take) : take(batch);
    },
    close: () => input.close(),
  };
}

/** The rows with the largest or smallest keys; of equal ones, those that come first. */
function top(
  { name, rows: count, largest }: WholeOp & { readonly kind: 'top' },
  key: (row: unknown) => unknown,
  input: Batches,
): Batches {
  let kept: unknown[] = [];
  const prune = (): void => {
    const rows = kept;
    let row: unknown;
    const keys = rows.map((one) => {
      row = one;
      const made = within(name, one, () => key(one));
      checkKey(name, made, one);
      return made;
    });
    within(name, row, () => {
      const order = argsort(keys, largest);
      kept = Array.from(order.subarray(0, count), (i) => rows[i]);
    });
  };
  const add = (rows: unknown[]): void => {
    for (const row of rows) kept.push(row);
    if (kept.length > 4 * count + 4096) prune();
  };
  return afterAll(input, add, () => {
    prune();
    return ofRows(kept);
  });
}

/** Rows drawn at random, each with its rank, so that the driver puts the draws of all partitions together. */
function draw(reservoir: Reservoir<unknown>, input: Batches): Batches {
  const add = (rows: unknown[]): void => {
    for (const row of rows) reservoir.add(row);
  };
  return afterAll(input, add, () => ofRows(reservoir.drawn()));
}
