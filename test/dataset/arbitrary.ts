/** Rows, keys and partitioners in all the ways that are easily got wrong. */
import fc from 'fast-check';
import { hash, type Partitioner, range, roundRobin } from 'sheaf';
import { keys } from '../partition/arbitrary.js';
import { compare, type Pair, sorted, textOf } from './oracle.js';

/** One partition, some, and more than there are rows. */
export const partitionCounts = fc.constantFrom(1, 2, 3, 7, 50);

/** Few different keys, so that they meet, and now and then one that most rows have. */
const keyPools = fc.oneof(
  { weight: 3, arbitrary: fc.array(keys, { minLength: 1, maxLength: 6 }) },
  { weight: 2, arbitrary: fc.constantFrom(['a', 'b', 'c', 'd'], [0, -0, 1, NaN, 2 ** 40], [0n, 1n, 0, 1]) },
);

/** Pairs whose values tell where they were. */
export const pairs: fc.Arbitrary<Pair<number>[]> = fc
  .record({
    pool: keyPools,
    picks: fc.array(fc.nat({ max: 1000 }), { maxLength: 40 }),
    skew: fc.boolean(),
    repeat: fc.constantFrom(1, 1, 1, 60),
  })
  .map(({ pool, picks, skew, repeat }) =>
    Array.from({ length: repeat })
      .flatMap(() => picks)
      .map((pick, i) => [skew && pick % 10 < 8 ? pool[0] : pool[pick % pool.length], i] as const),
  );

/** Pairs of a few keys that two sides have in common. */
export const twoSides: fc.Arbitrary<[Pair<number>[], Pair<number>[]]> = fc
  .record({ left: pairs, right: pairs, mixed: fc.boolean() })
  .map(({ left, right, mixed }) => {
    const short = (rows: Pair<number>[]): Pair<number>[] => rows.slice(0, 60);
    const pool = left.length > 0 && mixed ? left.map(([key]) => key) : undefined;
    const others = short(right).map(([key, value]): Pair<number> => [pool?.[value % (pool.length + 1)] ?? key, value]);
    return [short(left), others];
  });

/** A partitioner of the user's own: by the length of a key's text. */
export class ByLength implements Partitioner {
  readonly count: number;
  constructor(count: number) {
    this.count = count;
  }
  partitionOf(key: unknown): number {
    return lengthOf(key) % this.count;
  }
  equals(other: unknown): boolean {
    return other instanceof ByLength && other.count === this.count;
  }
}

/** The same of keys that are the same. */
function lengthOf(key: unknown): number {
  if (Array.isArray(key)) return key.length;
  if (typeof key === 'object' && key !== null) return Object.keys(key).length;
  return typeof key === 'string' ? key.length : 0;
}

/** Partitioners that send rows of one key to one partition. `keys`: some that bounds can be chosen from. */
export function meetingPlaces(
  some: readonly unknown[],
): fc.Arbitrary<Partitioner | { partitions?: number } | undefined> {
  const bounds = sorted(
    [...new Map(some.map((key) => [textOf(key), key])).values()].filter((key) => compare(key, key) === 0),
    (key) => key,
  );
  return fc.oneof(
    fc.constant(undefined),
    partitionCounts.map((partitions) => ({ partitions })),
    partitionCounts.map((count) => hash(count)),
    fc.integer({ min: 1, max: 5 }).map((count) => new ByLength(count)),
    fc.constant({ count: 1, partitionOf: () => 0, equals: () => false }),
    fc
      .subarray([...bounds.keys()], { minLength: Math.min(1, bounds.length), maxLength: Math.min(6, bounds.length) })
      .map((at) => range(at.map((i) => bounds[i]))),
    fc.constant(range([0, 100], { by: (key: unknown) => (typeof key === 'number' ? key : 50) })),
  );
}

export const anyPlaces = (some: readonly unknown[]): fc.Arbitrary<Partitioner> =>
  fc.oneof(
    meetingPlaces(some).map((place) => (place !== undefined && 'equals' in place ? place : hash(3))),
    partitionCounts.map((count) => roundRobin(count)),
    partitionCounts.map((count) => range(count)),
    partitionCounts.map((count) => range(count, { by: (key: unknown) => typeof key })),
  );
