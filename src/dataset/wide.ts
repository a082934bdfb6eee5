import { checkNames, checkOneOf, checkOptionsObject } from '../engine/check.js';
import { checkCount } from '../partition/partitioner.js';
import { node, type PlanKeyed } from '../plan/node.js';
import type { JoinKind } from '../stage/spec.js';
import { keyFunctionOf, meetingPlace, type Placement, planned } from './base.js';
import type { Dataset } from './dataset.js';
import { Keyed } from './keyed.js';
import { checkDataset } from './narrow.js';

/** Options of `sortBy` and `sortByKey`. */
export interface SortOptions {
  /** Largest first. Rows with equal keys keep their order. Default false. */
  readonly descending?: boolean | undefined;
  /** Partitions of the result. Default: as many as before. */
  readonly partitions?: number | undefined;
}

/** Operators for which rows of different partitions have to meet. */
export abstract class Wide<T> extends Keyed<T> {
  /**
   * The same rows, dealt out in turn over `partitions` partitions.
   *
   * @example
   * const even = rows.filter(isRare).repartition(8);
   */
  repartition(partitions: number): Dataset<T> {
    checkCount('repartition: partitions', partitions);
    const to = { kind: 'round-robin', count: partitions } as const;
    return this.derive(node({ kind: 'place', name: 'repartition', input: this[planned].plan, to }));
  }

  /**
   * Each of the rows that are the same once. Rows are compared as keys are.
   *
   * @example
   * await Dataset.of([1, 2, 1]).distinct().collect(); // [1, 2], in some order
   */
  distinct(placement?: Placement<T>): Dataset<T> {
    const to = meetingPlace('distinct', placement);
    return this.derive(
      node({ kind: 'gather', name: 'distinct', input: this[planned].plan, to, how: { kind: 'distinct' } }),
    );
  }

  /**
   * Rows in the order of `key(row)`. Rows with equal keys keep their order. Works on data of any size: it is sorted in runs, which are merged.
   *
   * @example
   * await Dataset.of([3, 1, 2]).sortBy((x) => x).collect(); // [1, 2, 3]
   */
  sortBy<K>(key: (row: T) => K, options: SortOptions = {}): Dataset<T> {
    return this.#sort('sortBy', { kind: 'fn', fn: keyFunctionOf('sortBy', key, 'key') }, options);
  }

  /**
   * Pairs in the order of their keys.
   *
   * @example
   * await Dataset.of([['b', 1], ['a', 2]] as const).sortByKey().collect(); // [['a', 2], ['b', 1]]
   */
  sortByKey<K, V>(this: Dataset<readonly [K, V]>, options: SortOptions = {}): Dataset<[K, V]> {
    return (this as unknown as Wide<[K, V]>).#sort('sortByKey', { kind: 'first' }, options);
  }

  #sort(name: string, keyed: PlanKeyed, options: SortOptions): Dataset<T> {
    checkOptionsObject(`${name}: options`, options);
    checkNames(name, options, ['descending', 'partitions']);
    const { descending = false, partitions } = options;
    checkOneOf(`${name}: descending`, descending, [true, false]);
    if (partitions !== undefined) checkCount(`${name}: partitions`, partitions);
    return this.derive(node({ kind: 'sort', name, input: this[planned].plan, keyed, descending, partitions }));
  }

  /**
   * Pairs of values whose keys are equal: `[key, [left, right]]` for each left and each right one.
   *
   * @example
   * await Dataset.of([['a', 1]] as const).join(Dataset.of([['a', 'x'], ['b', 'y']] as const)).collect(); // [['a', [1, 'x']]]
   */
  join<K, V, W>(
    this: Dataset<readonly [K, V]>,
    other: Dataset<readonly [K, W]>,
    placement?: Placement<NoInfer<K>>,
  ): Dataset<[K, [V, W]]> {
    return (this as unknown as Wide<T>).#join('join', 'inner', other, placement);
  }

  /** As `join`, and the left values that have no partner, with `undefined` in its place. */
  leftJoin<K, V, W>(
    this: Dataset<readonly [K, V]>,
    other: Dataset<readonly [K, W]>,
    placement?: Placement<NoInfer<K>>,
  ): Dataset<[K, [V, W | undefined]]> {
    return (this as unknown as Wide<T>).#join('leftJoin', 'left', other, placement);
  }

  /** As `join`, and the right values that have no partner, with `undefined` in its place. */
  rightJoin<K, V, W>(
    this: Dataset<readonly [K, V]>,
    other: Dataset<readonly [K, W]>,
    placement?: Placement<NoInfer<K>>,
  ): Dataset<[K, [V | undefined, W]]> {
    return (this as unknown as Wide<T>).#join('rightJoin', 'right', other, placement);
  }

  /** As `join`, and the values of both sides that have no partner. */
  fullJoin<K, V, W>(
    this: Dataset<readonly [K, V]>,
    other: Dataset<readonly [K, W]>,
    placement?: Placement<NoInfer<K>>,
  ): Dataset<[K, [V, W] | [V, undefined] | [undefined, W]]> {
    return (this as unknown as Wide<T>).#join('fullJoin', 'full', other, placement);
  }

  /**
   * One pair for each key of either side, with all values of both.
   *
   * @example
   * await Dataset.of([['a', 1]] as const).cogroup(Dataset.of([['a', 'x'], ['a', 'y']] as const)).collect(); // [['a', [[1], ['x', 'y']]]]
   */
  cogroup<K, V, W>(
    this: Dataset<readonly [K, V]>,
    other: Dataset<readonly [K, W]>,
    placement?: Placement<NoInfer<K>>,
  ): Dataset<[K, [V[], W[]]]> {
    return (this as unknown as Wide<T>).#join('cogroup', 'cogroup', other, placement);
  }

  /** Rows that both have, each once. */
  intersection(other: Dataset<T>, placement?: Placement<T>): Dataset<T> {
    return this.#join('intersection', 'intersection', other, placement);
  }

  /** Rows that the other does not have; those that are there more than once stay so. */
  subtract(other: Dataset<T>, placement?: Placement<T>): Dataset<T> {
    return this.#join('subtract', 'subtract', other, placement);
  }

  #join<U>(name: string, how: JoinKind, other: Dataset<unknown>, placement: unknown): Dataset<U> {
    checkDataset(name, other);
    const to = meetingPlace(name, placement);
    const left = this[planned];
    const right = other[planned];
    const engine = left.engine ?? right.engine;
    return this.derive(node({ kind: 'join', name, how, left: left.plan, right: right.plan, to }), {
      plan: left.plan,
      engine,
    });
  }

  /**
   * Every row with every row of the other: pairs, in as many partitions as both have multiplied.
   *
   * @example
   * await Dataset.of([1, 2]).cartesian(Dataset.of(['a'])).collect(); // [[1, 'a'], [2, 'a']]
   */
  cartesian<U>(other: Dataset<U>): Dataset<[T, U]> {
    checkDataset('cartesian', other);
    const left = this[planned];
    const right = other[planned];
    const engine = left.engine ?? right.engine;
    return this.derive(node({ kind: 'cross', left: left.plan, right: right.plan }), { plan: left.plan, engine });
  }
}
