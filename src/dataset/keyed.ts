import { encodeValue } from '../codec/index.js';
import { node, type PlanAggregate } from '../plan/node.js';
import { functionOf, meetingPlace, type Placement, placingOf, planned } from './base.js';
import type { Dataset } from './dataset.js';
import { Narrow } from './narrow.js';

/** `number` of `1`, `string` of `'a'`: what a reduction of literals gives. */
export type Widen<V> = V extends number
  ? number
  : V extends string
    ? string
    : V extends boolean
      ? boolean
      : V extends bigint
        ? bigint
        : V;

/**
 * Operators on pairs `[key, value]`. Keys are strings, numbers, bigints, booleans, `null`, `undefined`, dates, and arrays or plain objects
 * of these; anything else is refused with the row that holds it.
 */
export abstract class Keyed<T> extends Narrow<T> {
  /**
   * The key of each pair; keys that are the same stay.
   *
   * @example
   * await Dataset.of([['a', 1], ['b', 2]] as const).keys().collect(); // ['a', 'b']
   */
  keys<K>(this: Dataset<readonly [K, unknown]>): Dataset<K> {
    return this.narrow({ kind: 'keys', name: 'keys' });
  }

  /**
   * The value of each pair.
   *
   * @example
   * await Dataset.of([['a', 1], ['b', 2]] as const).values().collect(); // [1, 2]
   */
  values<V>(this: Dataset<readonly [unknown, V]>): Dataset<V> {
    return this.narrow({ kind: 'values', name: 'values' });
  }

  /**
   * `fn(value)` of each value; keys stay where they are.
   *
   * @example
   * await Dataset.of([['a', 1]] as const).mapValues((x) => x + 1).collect(); // [['a', 2]]
   */
  mapValues<K, V, U>(this: Dataset<readonly [K, V]>, fn: (value: V) => U): Dataset<[K, U]> {
    return this.narrow({ kind: 'mapValues', name: 'mapValues', fn: functionOf('mapValues', fn) });
  }

  /**
   * A pair for each item of what `fn(value)` gives; keys stay where they are.
   *
   * @example
   * await Dataset.of([['a', 'xy']] as const).flatMapValues((text) => [...text]).collect(); // [['a', 'x'], ['a', 'y']]
   */
  flatMapValues<K, V, U>(this: Dataset<readonly [K, V]>, fn: (value: V) => Iterable<U>): Dataset<[K, U]> {
    return this.narrow({ kind: 'flatMapValues', name: 'flatMapValues', fn: functionOf('flatMapValues', fn) });
  }

  /**
   * Moves rows to the partitions that a partitioner gives their keys. Later operators by key then move nothing.
   *
   * @example
   * const byId = users.keyBy((user) => user.id).partitionBy(hash(8)).cache();
   * const visits = await byId.join(log.keyBy((line) => line.user).partitionBy(hash(8))).count(); // the join moves nothing
   */
  partitionBy<K, V>(this: Dataset<readonly [K, V]>, partitioner: Placement<NoInfer<K>>): Dataset<[K, V]> {
    const to = placingOf('partitionBy', partitioner);
    if (to === undefined) throw new TypeError('partitionBy takes a partitioner, as hash(8) is one.');
    return this.derive(node({ kind: 'place', name: 'partitionBy', input: this[planned].plan, to }));
  }

  /**
   * One pair for each key with all of its values, in the order of the rows. Where the values become one in the end, `reduceByKey` or
   * `aggregateByKey` move much less.
   *
   * @example
   * await Dataset.of([['a', 1], ['b', 2], ['a', 3]] as const).groupByKey().collect(); // [['a', [1, 3]], ['b', [2]]], in some order
   */
  groupByKey<K, V>(this: Dataset<readonly [K, V]>, placement?: Placement<NoInfer<K>>): Dataset<[K, V[]]> {
    const to = meetingPlace('groupByKey', placement);
    return this.derive(
      node({ kind: 'gather', name: 'groupByKey', input: this[planned].plan, to, how: { kind: 'group' } }),
    );
  }

  /**
   * One pair for each key, its values made one by `fn(a, b)`, two at a time. Values are combined before they move.
   *
   * @example
   * await Dataset.of(['a', 'b', 'a']).map((word) => [word, 1] as const).reduceByKey((a, b) => a + b).collect();
   * // [['a', 2], ['b', 1]], in some order
   */
  reduceByKey<K, V>(
    this: Dataset<readonly [K, V]>,
    fn: (a: Widen<V>, b: Widen<V>) => Widen<V>,
    placement?: Placement<NoInfer<K>>,
  ): Dataset<[K, Widen<V>]> {
    const by: PlanAggregate = { kind: 'reduce', fn: functionOf('reduceByKey', fn) };
    const to = meetingPlace('reduceByKey', placement);
    return this.derive(
      node({ kind: 'gather', name: 'reduceByKey', input: this[planned].plan, to, how: { kind: 'combine', by } }),
    );
  }

  /**
   * One pair for each key: a copy of `zero`, to which `add(state, value)` adds the values of one partition, and `merge(a, b)` puts the
   * states of different partitions together. `add` and `merge` may change and return the state they are given.
   *
   * @example
   * const mean = await rows
   *   .aggregateByKey({ n: 0, sum: 0 }, (s, x) => ({ n: s.n + 1, sum: s.sum + x }), (a, b) => ({ n: a.n + b.n, sum: a.sum + b.sum }))
   *   .mapValues(({ n, sum }) => sum / n)
   *   .collect();
   */
  aggregateByKey<K, V, S>(
    this: Dataset<readonly [K, V]>,
    zero: S,
    add: (state: Widen<S>, value: V) => Widen<S>,
    merge: (a: Widen<S>, b: Widen<S>) => Widen<S>,
    placement?: Placement<NoInfer<K>>,
  ): Dataset<[K, Widen<S>]> {
    const by = aggregateOf('aggregateByKey', zero, add, merge);
    const to = meetingPlace('aggregateByKey', placement);
    return this.derive(
      node({ kind: 'gather', name: 'aggregateByKey', input: this[planned].plan, to, how: { kind: 'combine', by } }),
    );
  }

  /**
   * One pair for each key: how many rows have it.
   *
   * @example
   * await Dataset.of([['a', 1], ['a', 2]] as const).countByKey().collect(); // [['a', 2]]
   */
  countByKey<K>(this: Dataset<readonly [K, unknown]>, placement?: Placement<NoInfer<K>>): Dataset<[K, number]> {
    const to = meetingPlace('countByKey', placement);
    const how = { kind: 'combine', by: { kind: 'count' } } as const;
    return this.derive(node({ kind: 'gather', name: 'countByKey', input: this[planned].plan, to, how }));
  }
}

/** A way to make one of many values, ready to travel. */
export function aggregateOf(
  operator: string,
  zero: unknown,
  add: (...args: never[]) => unknown,
  merge: (...args: never[]) => unknown,
): PlanAggregate {
  // First, since a function in the place of zero is one without the zero.
  const portable =
    add === merge
      ? { add: functionOf(operator, add), merge: functionOf(operator, merge) }
      : { add: functionOf(operator, add, 'add'), merge: functionOf(operator, merge, 'merge') };
  return { kind: 'aggregate', zero: encodeValue(zero).bytes, ...portable };
}
