import { checkNumber } from '../engine/check.js';
import { keyProblem } from '../partition/keys.js';
import { type Drawn, mergeDrawn } from '../partition/sample.js';
import { node, type PlanKeyed, type PlanOp } from '../plan/node.js';
import type { Moments } from '../stage/numbers.js';
import { functionOf, keyFunctionOf, planned } from './base.js';
import type { Dataset } from './dataset.js';
import { aggregateOf, type Widen } from './keyed.js';
import { seedOf } from './narrow.js';
import { type ActionOptions, collectRows, firstRows } from './perform.js';
import { streamRows } from './stream.js';
import { Wide } from './wide.js';

/** What `stats` gives. `variance` and `stdev` are of the population: divided by `count`. */
export interface Stats {
  /** How many rows. */
  readonly count: number;
  /** 0 of no rows. */
  readonly sum: number;
  /** NaN of no rows. */
  readonly mean: number;
  /** The mean square of the distances from the mean; NaN of no rows. */
  readonly variance: number;
  /** The root of `variance`. */
  readonly stdev: number;
  /** `undefined` of no rows. */
  readonly min: number | undefined;
  /** `undefined` of no rows. */
  readonly max: number | undefined;
}

/** What `histogram` gives: `counts[i]` rows lie from `edges[i]` on and below `edges[i + 1]`; the last bucket has its upper edge, too. */
export interface Histogram {
  /** Ascending: one more than there are buckets. */
  readonly edges: readonly number[];
  /** Rows in each bucket. What lies outside of the edges is not counted. */
  readonly counts: readonly number[];
}

/** Actions: they run the plan, on the workers, and give what comes out. */
export abstract class Actions<T> extends Wide<T> implements AsyncIterable<T> {
  /** All rows, in the order of the partitions. */
  collect(options?: ActionOptions): Promise<T[]> {
    return this.#rows('collect', [], options) as Promise<T[]>;
  }

  /** How many rows there are. */
  async count(options?: ActionOptions): Promise<number> {
    const by = { kind: 'count' } as const;
    const counts = await this.#rows('count', [{ kind: 'fold', name: 'count', by, states: false }], options);
    return (counts as number[]).reduce((sum, count) => sum + count, 0);
  }

  /** How often each row is there. Rows are compared as keys are; those that are strings, numbers and the like are found by `get`. */
  async countByValue(options?: ActionOptions): Promise<Map<T, number>> {
    const pairs = this.keyBy((row) => row).countByKey();
    return new Map((await pairs.collect(options)) as [T, number][]);
  }

  /**
   * All rows made one by `fn(a, b)`, two at a time, neighbours only. Rejects where there are no rows.
   *
   * @example
   * await Dataset.of([1, 2, 3]).reduce((a, b) => a + b); // 6
   */
  async reduce(fn: (a: T, b: T) => T, options?: ActionOptions): Promise<T> {
    const by = { kind: 'reduce', fn: functionOf('reduce', fn) } as const;
    const [result] = await this.#folded('reduce', by, options, () => {
      throw new TypeError(
        'reduce: there are no rows, so nothing comes of them. Use fold or aggregate, which begin with a value.',
      );
    });
    return result as T;
  }

  /**
   * As `reduce`, beginning with `zero`, which must not change the result: it is used once for each partition, too.
   *
   * @example
   * await Dataset.of([1, 2, 3]).fold(0, (a, b) => a + b); // 6
   */
  async fold(zero: T, fn: (a: T, b: T) => T, options?: ActionOptions): Promise<T> {
    const [result] = await this.#folded('fold', aggregateOf('fold', zero, fn, fn), options, () => [zero]);
    return result as T;
  }

  /**
   * Adds the rows of each partition to a copy of `zero` by `add(state, row)`, and puts the states together by `merge(a, b)`.
   *
   * @example
   * await words.aggregate(0, (sum, word) => sum + word.length, (a, b) => a + b);
   */
  async aggregate<S>(
    zero: S,
    add: (state: Widen<S>, row: T) => Widen<S>,
    merge: (a: Widen<S>, b: Widen<S>) => Widen<S>,
    options?: ActionOptions,
  ): Promise<Widen<S>> {
    const by = aggregateOf('aggregate', zero, add, merge);
    const [result] = await this.#folded('aggregate', by, options, () => [zero]);
    return result as Widen<S>;
  }

  /** The first row; `undefined` of no rows. Runs no more partitions than it takes. */
  async first(options?: ActionOptions): Promise<T | undefined> {
    return (await this.take(1, options))[0];
  }

  /** The first `n` rows. Runs no more partitions than it takes. */
  take(n: number, options?: ActionOptions): Promise<T[]> {
    checkRows('take', n);
    const limited = this.narrow<T>({ kind: 'limit', name: 'take', rows: n });
    return firstRows('take', limited[planned], n, options) as Promise<T[]>;
  }

  /**
   * The `n` largest rows, or those with the largest `by(row)`, largest first.
   *
   * @example
   * await Dataset.of(['kiwi', 'fig', 'banana']).top(1, (word) => word.length); // ['banana']
   */
  async top<K = T>(n: number, by?: (row: T) => K, options?: ActionOptions): Promise<T[]> {
    checkRows('top', n);
    const keyed: PlanKeyed = by === undefined ? { kind: 'row' } : { kind: 'fn', fn: keyFunctionOf('top', by, 'by') };
    return (await this.#best('top', n, keyed, true, options)) as T[];
  }

  /** The smallest row in the order of keys; `undefined` of no rows. */
  async min(options?: ActionOptions): Promise<T | undefined> {
    return (await this.#best('min', 1, { kind: 'row' }, false, options))[0] as T | undefined;
  }

  /** The largest row in the order of keys; `undefined` of no rows. */
  async max(options?: ActionOptions): Promise<T | undefined> {
    return (await this.#best('max', 1, { kind: 'row' }, true, options))[0] as T | undefined;
  }

  /** `n` different rows drawn at random, in a random order; all of them where there are fewer. The same for the same seed and partitions. */
  async takeSample(n: number, seed?: number, options?: ActionOptions): Promise<T[]> {
    checkRows('takeSample', n);
    const op: PlanOp = { kind: 'draw', name: 'takeSample', rows: n, seed: seedOf('takeSample', seed) };
    const drawn = (await this.#rows('takeSample', [op], options)) as Drawn<T>[];
    return mergeDrawn([drawn], n);
  }

  /**
   * All values of a key. Of a dataset that is partitioned by key, only the partition that has it is run.
   *
   * @example
   * await Dataset.of([['a', 1], ['a', 2]] as const).lookup('a'); // [1, 2]
   */
  async lookup<K, V>(this: Dataset<readonly [K, V]>, key: K, options?: ActionOptions): Promise<V[]> {
    const problem = keyProblem(key);
    if (problem !== undefined) throw new TypeError(`lookup: ${problem.what} is no key.`);
    const found = (this as Actions<readonly [K, V]>).#ofKey(key);
    const pairs = (await collectRows('lookup', found[planned], options, { key })) as [K, V][];
    return pairs.map(([, value]) => value);
  }

  #ofKey(key: unknown): Dataset<T> {
    return this.narrow({ kind: 'ofKey', name: 'lookup', key: { key } });
  }

  /** The sum of rows that are numbers; 0 of no rows. */
  async sum(this: Dataset<number>, options?: ActionOptions): Promise<number> {
    const sums = await (this as Actions<number>).#rows('sum', [{ kind: 'sum', name: 'sum' }], options);
    return (sums as number[]).reduce((sum, one) => sum + one, 0);
  }

  /** The mean of rows that are numbers; NaN of no rows. */
  async mean(this: Dataset<number>, options?: ActionOptions): Promise<number> {
    return (await this.stats(options)).mean;
  }

  /** Count, sum, mean, variance, standard deviation, least and greatest of rows that are numbers, in one pass. */
  async stats(this: Dataset<number>, options?: ActionOptions): Promise<Stats> {
    const partial = await (this as Actions<number>).#rows('stats', [{ kind: 'stats', name: 'stats' }], options);
    return statsOf(partial as Moments[]);
  }

  /**
   * How many rows, which are numbers, lie between edges: so many buckets of like width from the least to the greatest, or the edges given,
   * outside of which rows are not counted. A row that is NaN is an error.
   *
   * @example
   * await Dataset.of([1, 2, 3, 9]).histogram([0, 5, 10]); // { edges: [0, 5, 10], counts: [3, 1] }
   */
  async histogram(
    this: Dataset<number>,
    buckets: number | readonly number[],
    options?: ActionOptions,
  ): Promise<Histogram> {
    const self = this as Actions<number>;
    const edges = typeof buckets === 'number' ? await self.#edges(buckets, options) : checkEdges(buckets);
    const op: PlanOp = { kind: 'histogram', name: 'histogram', edges };
    const partial = (await self.#rows('histogram', [op], options)) as number[][];
    const counts = new Array<number>(edges.length - 1).fill(0);
    for (const some of partial) for (const [i, count] of some.entries()) counts[i]! += count;
    return { edges, counts };
  }

  async #edges(this: Actions<number>, buckets: number, options: ActionOptions | undefined): Promise<readonly number[]> {
    checkNumber('histogram: buckets', buckets, 1, true);
    const { min = 0, max = 0 } = await (this as unknown as Dataset<number>).stats(options);
    // Some row is NaN, and will be found and named.
    if (Number.isNaN(min)) return [0, 1];
    if (!Number.isFinite(min) || !Number.isFinite(max))
      throw new RangeError(
        `histogram: between ${min} and ${max} there are no buckets of like width. Give their edges.`,
      );
    if (min === max) return [min, min];
    const width = max - min;
    const edge = (i: number): number =>
      width < Infinity ? min + (width * i) / buckets : min * (1 - i / buckets) + max * (i / buckets);
    return [...Array.from({ length: buckets }, (_, i) => edge(i)), max];
  }

  /** Calls `fn(row)` for each row, on the workers: what it prints or writes happens there, in no order. For the driver use `for await`. */
  async forEach(fn: (row: T) => void, options?: ActionOptions): Promise<void> {
    await this.#rows('forEach', [{ kind: 'forEach', name: 'forEach', fn: functionOf('forEach', fn) }], options);
  }

  /** All rows in order, a partition at a time, while later partitions are under way; in bounded memory. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    for await (const rows of streamRows('for await', this[planned])) yield* rows as T[];
    return undefined;
  }

  async #rows(name: string, ops: readonly PlanOp[], options: ActionOptions | undefined): Promise<unknown[]> {
    let { plan } = this[planned];
    for (const op of ops) plan = node({ kind: 'narrow', input: plan, op: Object.freeze(op) });
    return collectRows(name, { ...this[planned], plan }, options);
  }

  /** States of the partitions, put together in their order in one task. */
  async #folded(
    name: string,
    by: (PlanOp & { kind: 'fold' })['by'],
    options: ActionOptions | undefined,
    empty: () => unknown[],
  ): Promise<unknown[]> {
    const { plan } = this[planned];
    const fold = (input: typeof plan, states: boolean): typeof plan =>
      node({ kind: 'narrow', input, op: { kind: 'fold', name, by, states } });
    // An exchange before the last fold, so that partitions are folded by different workers.
    const apart = node({ kind: 'place', name, input: fold(plan, false), to: { kind: 'round-robin', count: 1 } });
    const result = await collectRows(name, { ...this[planned], plan: fold(apart, true) }, options);
    return result.length === 0 ? empty() : result;
  }

  async #best(
    name: string,
    n: number,
    keyed: PlanKeyed,
    largest: boolean,
    options: ActionOptions | undefined,
  ): Promise<unknown[]> {
    const op: PlanOp = { kind: 'top', name, rows: n, keyed, largest };
    const { plan } = this[planned];
    const best = (input: typeof plan): typeof plan => node({ kind: 'narrow', input, op });
    const apart = node({ kind: 'place', name, input: best(plan), to: { kind: 'round-robin', count: 1 } });
    return collectRows(name, { ...this[planned], plan: best(apart) }, options);
  }
}

function checkEdges(edges: readonly number[]): readonly number[] {
  if (!Array.isArray(edges)) throw new TypeError('histogram takes a number of buckets or an array of edges.');
  if (edges.length < 2) throw new RangeError('histogram needs two edges at least.');
  for (const [i, edge] of edges.entries()) {
    if (typeof edge !== 'number' || Number.isNaN(edge)) throw new TypeError(`histogram: edge ${i} is no number.`);
    if (i > 0 && !(edge > edges[i - 1])) throw new RangeError(`histogram: edge ${i} must be above the one before it.`);
  }
  return [...edges];
}

/** Partial figures put together in order, as Chan, Golub and LeVeque do. */
function statsOf(parts: readonly Moments[]): Stats {
  const all: Moments = { count: 0, sum: 0, mean: 0, squares: 0, min: Infinity, max: -Infinity };
  for (const part of parts) {
    if (part.count === 0) continue;
    const count = all.count + part.count;
    const delta = part.mean - all.mean;
    all.mean = all.count === 0 ? part.mean : all.mean + (delta * part.count) / count;
    all.squares += part.squares + (delta * delta * all.count * part.count) / count;
    all.count = count;
    all.sum += part.sum;
    all.min = Math.min(all.min, part.min);
    all.max = Math.max(all.max, part.max);
  }
  const { count, sum, squares } = all;
  if (count === 0) return { count, sum, mean: NaN, variance: NaN, stdev: NaN, min: undefined, max: undefined };
  const variance = squares / count;
  return { count, sum, mean: all.mean, variance, stdev: Math.sqrt(variance), min: all.min, max: all.max };
}

function checkRows(action: string, n: number): void {
  if (n === undefined) throw new TypeError(`${action}: n must be a whole number, not undefined.`);
  checkNumber(`${action}: n`, n, 0, true);
}
