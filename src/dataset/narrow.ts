import { checkNumber, show } from '../engine/check.js';
import { checkCount } from '../partition/partitioner.js';
import { node, type PlanNode } from '../plan/node.js';
import { Base, functionOf, planned } from './base.js';
import type { Dataset } from './dataset.js';

/** Operators whose partitions are each made of one partition before, in one pass. */
export abstract class Narrow<T> extends Base<T> {
  /**
   * `fn(row)` of each row.
   *
   * @example
   * await Dataset.of([1, 2, 3]).map((x) => x * 2).collect(); // [2, 4, 6]
   */
  map<U>(fn: (row: T) => U): Dataset<U> {
    return this.narrow({ kind: 'map', name: 'map', fn: functionOf('map', fn) });
  }

  /**
   * The rows for which `fn(row)` is true.
   *
   * @example
   * await Dataset.of([1, 2, 3]).filter((x) => x > 1).collect(); // [2, 3]
   */
  filter<U extends T>(fn: (row: T) => row is U): Dataset<U>;
  filter(fn: (row: T) => unknown): Dataset<T>;
  filter(fn: (row: T) => unknown): Dataset<T> {
    return this.narrow({ kind: 'filter', name: 'filter', fn: functionOf('filter', fn) });
  }

  /**
   * All items of what `fn(row)` gives, an array or another iterable.
   *
   * @example
   * await Dataset.of(['a b', 'c']).flatMap((line) => line.split(' ')).collect(); // ['a', 'b', 'c']
   */
  flatMap<U>(fn: (row: T) => Iterable<U>): Dataset<U> {
    return this.narrow({ kind: 'flatMap', name: 'flatMap', fn: functionOf('flatMap', fn) });
  }

  /**
   * What `fn(rows, partition)` gives for each partition. Rows are read as they are asked for.
   *
   * @example
   * const sum = function* (rows: Iterable<number>) {
   *   let total = 0;
   *   for (const x of rows) total += x;
   *   yield total;
   * };
   * await Dataset.range(0, 6, 1, { partitions: 2 }).mapPartitions(sum).collect(); // [3, 12]
   */
  mapPartitions<U>(fn: (rows: Iterable<T>, partition: number) => Iterable<U>): Dataset<U> {
    return this.narrow({ kind: 'mapPartitions', name: 'mapPartitions', fn: functionOf('mapPartitions', fn) });
  }

  /**
   * Each row behind its key: pairs `[fn(row), row]`.
   *
   * @example
   * await Dataset.of(['apple', 'fig']).keyBy((word) => word.length).collect(); // [[5, 'apple'], [3, 'fig']]
   */
  keyBy<K>(fn: (row: T) => K): Dataset<[K, T]> {
    return this.narrow({ kind: 'keyBy', name: 'keyBy', fn: functionOf('keyBy', fn) });
  }

  /**
   * The words of rows that are text: what stands between runs of white space.
   *
   * @example
   * await Dataset.of([' to be ', 'or not']).words().collect(); // ['to', 'be', 'or', 'not']
   */
  words(this: Dataset<string>): Dataset<string> {
    return this.narrow({ kind: 'words', name: 'words' });
  }

  /**
   * Each row with its place among all rows: pairs `[row, index]`. Partitions are counted first.
   *
   * @example
   * await Dataset.of(['a', 'b']).zipWithIndex().collect(); // [['a', 0], ['b', 1]]
   */
  zipWithIndex(): Dataset<[T, number]> {
    return this.derive(node({ kind: 'index', input: this[planned].plan }));
  }

  /**
   * About `fraction` of the rows, each drawn by itself. With the same `seed` and partitions the same rows.
   *
   * @example
   * await Dataset.range(0, 1_000_000).sample(0.01, 42).count(); // about 10,000, the same each time
   */
  sample(fraction: number, seed?: number): Dataset<T> {
    checkNumber('sample: fraction', fraction, 0, false, 1);
    if (fraction === undefined) throw new TypeError('sample: fraction must be a number, not undefined.');
    return this.narrow({ kind: 'sample', name: 'sample', fraction, seed: seedOf('sample', seed) });
  }

  /**
   * The rows of this and other datasets, one after the other; rows that are alike stay.
   *
   * @example
   * await Dataset.of([1, 2]).union(Dataset.of([2, 3])).collect(); // [1, 2, 2, 3]
   */
  union<U>(...others: readonly Dataset<U>[]): Dataset<T | U> {
    let { engine } = this[planned];
    const inputs: PlanNode[] = [this[planned].plan];
    for (const other of others) {
      checkDataset('union', other);
      inputs.push(other[planned].plan);
      engine ??= other[planned].engine;
    }
    return this.derive(node({ kind: 'union', inputs }), { plan: this[planned].plan, engine });
  }

  /**
   * The same rows in at most `partitions` partitions, neighbours put together, without moving any.
   *
   * @example
   * await Dataset.range(0, 100, 1, { partitions: 10 }).coalesce(2).mapPartitions(() => ['one']).count(); // 2
   */
  coalesce(partitions: number): Dataset<T> {
    checkCount('coalesce: partitions', partitions);
    return this.derive(node({ kind: 'coalesce', input: this[planned].plan, partitions }));
  }
}

export function checkDataset(operator: string, other: unknown): void {
  if (other instanceof Base) return;
  throw new TypeError(`${operator} takes another dataset, not ${show(other)}.`);
}

/** A seed; one at random where none is given, the same for all tries. */
export function seedOf(operator: string, seed: number | undefined): number {
  if (seed === undefined) return Math.floor(Math.random() * 2 ** 32);
  if (typeof seed !== 'number' || Number.isNaN(seed))
    throw new TypeError(`${operator}: seed must be a number, not ${show(seed)}.`);
  return seed;
}
