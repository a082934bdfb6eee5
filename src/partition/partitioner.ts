import { compareKeys } from './keys.js';
import { preview } from './show.js';

/** Says which partition a key belongs to. {@link hash}, {@link range} and {@link roundRobin} make some; any object like this is one too. */
export interface Partitioner<K = unknown> {
  /** How many partitions there are. */
  readonly count: number;
  /** The partition of a key: an integer from 0, less than `count`, the same for the same key in every process. */
  partitionOf(key: K): number;
  /**
   * Whether another partitioner puts every key in the same partition. Where it does, datasets partitioned by the two are joined without
   * moving a row, so `true` is a promise. Give `false` when in doubt.
   */
  equals(other: unknown): boolean;
}

/** More partitions than anyone can want: a number above this is a mistake, such as a count of rows. */
export const mostPartitions = 2 ** 20;

/** Throws a `TypeError` or `RangeError` unless `count` can be a number of partitions. */
export function checkCount(name: string, count: unknown): asserts count is number {
  if (typeof count !== 'number') throw new TypeError(`${name} must be a number of partitions, not ${preview(count)}.`);
  if (!Number.isInteger(count) || count < 1 || count > mostPartitions) {
    throw new RangeError(`${name} must be an integer from 1 to ${mostPartitions}, not ${preview(count)}.`);
  }
}

/** Throws a `TypeError` or `RangeError` unless `value` is a partitioner. */
export function checkPartitioner(name: string, value: unknown): asserts value is Partitioner {
  if (!isPartitioner(value)) {
    throw new TypeError(
      `${name} must be a partitioner (hash(n), range(n), roundRobin(n), or an object with count, partitionOf and equals), ` +
        `not ${preview(value)}.`,
    );
  }
  checkCount(`${name}.count`, value.count);
}

/** Whether a value has what makes a partitioner. */
export function isPartitioner(value: unknown): value is Partitioner {
  if (typeof value !== 'object' || value === null) return false;
  const { count, partitionOf, equals } = value as Partial<Partitioner>;
  return count !== undefined && typeof partitionOf === 'function' && typeof equals === 'function';
}

/** The partition of a key, checked: a partitioner may be the user's. */
export function partitionIn<K>(partitioner: Partitioner<K>, key: K): number {
  const partition = partitioner.partitionOf(key);
  if (partition >>> 0 === partition && partition < partitioner.count) return partition;
  const what = `partitionOf(${preview(key)}) gave ${preview(partition)}`;
  const wanted = `It must give an integer from 0 to ${partitioner.count - 1}.`;
  if (typeof partition !== 'number') throw new TypeError(`A partitioner's ${what}. ${wanted}`);
  throw new RangeError(`A partitioner's ${what}. ${wanted}`);
}

/** Throws unless every bound is a key and comes after the one before it. */
export function checkBounds(bounds: readonly unknown[]): void {
  for (let i = 1; i < bounds.length; i++) {
    if (compareKeys(bounds[i - 1], bounds[i]) < 0) continue;
    throw new RangeError(
      `The bounds of range must ascend: [${i}] (${preview(bounds[i])}) does not come after [${i - 1}] (${preview(bounds[i - 1])}).`,
    );
  }
}
