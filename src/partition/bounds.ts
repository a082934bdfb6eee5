import { argsort } from './argsort.js';
import { sameKey } from './keys.js';
import { checkCount } from './partitioner.js';

/**
 * How many keys of a sample there should be for each partition, for partitions that differ little: of so many keys, a share of the rows is
 * seen with a deviation of 6 %, so that among thousands of partitions none is likely to be above 1.3 times what it was made for.
 */
export const samplesPerPartition = 256;

/**
 * Chooses at most `n - 1` bounds, ascending and all different, from a sample of keys, so that the largest partition (of `[low, high)` each)
 * is as small as it can be. A key that alone is more than that gets a partition of its own: one bound is the key, the next comes
 * right after it (`key + '\\0'` for a string, the next double for a number). So no partition is above 1.5 times the mean, except where a key alone is larger, or where a few keys are each
 * so large that no choice of bounds can do better. There are fewer bounds where the sample has fewer than `n` different keys.
 *
 * `weights[i]` says how many rows `sample[i]` stands for; by default all stand for the same number.
 */
export function boundsOf(sample: readonly unknown[], n: number, weights?: readonly number[]): unknown[] {
  checkCount('n', n);
  if (weights !== undefined && weights.length !== sample.length) {
    throw new RangeError(
      `There must be a weight for each of the ${sample.length} keys of the sample, not ${weights.length}.`,
    );
  }
  const { keys, loads } = distinct(sample, weights);
  if (keys.length <= n) return keys.slice(1);
  const { firsts, limit } = balanced(loads, n);
  return firsts.slice(1).map((first) => {
    // What comes before is a heavy key alone: keys after it that the sample does not have are not to be with it.
    return loads[first - 1]! > limit ? after(keys[first - 1], keys[first]) : keys[first];
  });
}

/** The key right after a string or a number. Of others `next`, a key that is known to come after. */
function after(key: unknown, next: unknown): unknown {
  if (typeof key === 'string') return `${key}\0`;
  return typeof key === 'number' && Number.isFinite(key) ? nextNumber(key) : next;
}

const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/** The next double above a finite one. */
function nextNumber(value: number): number {
  float[0] = value;
  if (value === 0) return Number.MIN_VALUE;
  bits[0] = bits[0]! + (value > 0 ? 1n : -1n);
  return float[0];
}

/** The different keys of a sample in order, and the weight of each. */
function distinct(
  sample: readonly unknown[],
  weights: readonly number[] | undefined,
): { keys: unknown[]; loads: number[] } {
  const keys: unknown[] = [];
  const loads: number[] = [];
  for (const place of argsort(sample, false)) {
    const key = sample[place];
    const weight = weights === undefined ? 1 : weights[place]!;
    if (keys.length > 0 && sameKey(keys.at(-1), key)) loads[loads.length - 1]! += weight;
    else {
      keys.push(key);
      loads.push(weight);
    }
  }
  return { keys, loads };
}

/** Cuts a row of loads into at most `n` groups with the least limit that those of several loads keep. Gives where each group begins. */
function balanced(loads: readonly number[], n: number): { firsts: number[]; limit: number } {
  let low = 0;
  let high = loads.reduce((sum, load) => sum + load, 0);
  let best = groupsWithin(loads, high, n)!;
  // Forty halvings are finer than any sample.
  for (let i = 0; i < 40 && low < high; i++) {
    const limit = (low + high) / 2;
    const firsts = groupsWithin(loads, limit, n);
    if (firsts === undefined) low = limit;
    else {
      best = firsts;
      high = limit;
    }
  }
  return { firsts: best, limit: high };
}

/** Where groups begin that are each of one load, or within the limit. `undefined` where it takes more than `n`. */
function groupsWithin(loads: readonly number[], limit: number, n: number): number[] | undefined {
  const firsts: number[] = [];
  let sum = Number.POSITIVE_INFINITY;
  for (let i = 0; i < loads.length; i++) {
    sum += loads[i]!;
    if (sum <= limit) continue;
    if (firsts.length === n) return undefined;
    firsts.push(i);
    sum = loads[i]!;
  }
  return firsts;
}
