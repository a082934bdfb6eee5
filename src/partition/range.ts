import { compareKeys, keyProblem, sameKey } from './keys.js';
import { checkBounds, checkCount, type Partitioner } from './partitioner.js';
import { preview } from './show.js';

/** Options of {@link range}. */
export interface RangeOptions<K, B> {
  /** What is compared with the bounds, made of the key. Default: the key itself. */
  readonly by?: ((key: K) => B) | undefined;
}

/** A range partitioner whose bounds are known. See {@link range}. */
export class RangePartitioner<K = unknown, B = K> implements Partitioner<K> {
  /** Tells Sheaf's own partitioners apart. */
  readonly kind = 'range';
  readonly count: number;
  /** `bounds[i]` is the first key of partition `i + 1`, whether or not it exists. Where there are fewer than `count - 1`, the last are empty. */
  readonly bounds: readonly B[];
  /** What is compared with the bounds, made of the key; absent where it is the key itself. */
  readonly by: ((key: K) => B) | undefined;
  readonly #place: (key: unknown) => number;

  constructor(bounds: readonly B[], count: number = bounds.length + 1, by?: (key: K) => B) {
    this.count = count;
    this.bounds = Object.freeze([...bounds]);
    this.by = by;
    this.#place = placing(this.bounds);
    Object.freeze(this);
  }

  partitionOf(key: K): number {
    return this.#place(this.by === undefined ? key : this.by(key));
  }

  equals(other: unknown): boolean {
    return (
      other instanceof RangePartitioner &&
      other.count === this.count &&
      other.by === this.by &&
      other.bounds.length === this.bounds.length &&
      this.bounds.every((bound, i) => sameKey(bound, other.bounds[i]))
    );
  }
}

/** A range partitioner that has no bounds yet: they come from a sample of the keys when a plan runs. See {@link range}. */
export class RangeRequest<K = unknown, B = K> implements Partitioner<K> {
  /** Tells Sheaf's own partitioners apart. */
  readonly kind = 'range-request';
  readonly count: number;
  /** What is compared with the bounds, made of the key; absent where it is the key itself. */
  readonly by: ((key: K) => B) | undefined;

  constructor(count: number, by?: (key: K) => B) {
    this.count = count;
    this.by = by;
    Object.freeze(this);
  }

  /** The partitioner for bounds that were found. It has as many partitions as were asked for: those past the last bound are empty. */
  withBounds(bounds: readonly B[]): RangePartitioner<K, B> {
    return new RangePartitioner(bounds, this.count, this.by);
  }

  /** Always throws: the bounds are not known. */
  partitionOf(key: K): number {
    throw new TypeError(
      `range(${this.count}) has no partition for a key (${preview(key)}) yet: its bounds are found from a sample when the plan runs. ` +
        'Give the bounds, as in range([10, 20]), to know partitions beforehand.',
    );
  }

  /** Always `false`, of itself too: two datasets partitioned by one request get bounds of their own. */
  equals(_other: unknown): boolean {
    return false;
  }
}

/**
 * Puts keys that are near each other in the order of keys into the same partition. Given bounds, partition `i` has the keys from
 * `bounds[i - 1]` on and below `bounds[i]`: a key equal to a bound goes to the right of it. Given a number, the bounds are found from a
 * sample when the plan runs, so that partitions come out about equally large; a key that many rows have gets one of its own.
 *
 * @example
 * range([10, 20]).partitionOf(10); // 1
 * range(['n'], { by: (name: string) => name.toLowerCase() }).partitionOf('Mary'); // 0
 * rows.partitionBy(range(8)); // eight of about the same size, in order
 */
export function range<K = unknown>(n: number, options?: RangeOptions<K, unknown>): RangeRequest<K, unknown>;
export function range<B, K = B>(bounds: readonly B[], options?: RangeOptions<K, B>): RangePartitioner<K, B>;
export function range(
  bounds: number | readonly unknown[],
  options: RangeOptions<unknown, unknown> = {},
): RangePartitioner | RangeRequest {
  const by = checkBy(options);
  if (!Array.isArray(bounds)) {
    if (typeof bounds !== 'number') {
      throw new TypeError(`range must be given a number of partitions or an array of bounds, not ${preview(bounds)}.`);
    }
    checkCount('range(n): n', bounds);
    return new RangeRequest(bounds, by);
  }
  bounds.forEach((bound, i) => {
    const problem = keyProblem(bound);
    if (problem !== undefined)
      throw new TypeError(`range: bounds[${i}]${problem.path} is ${problem.what}, which is no key.`);
  });
  checkBounds(bounds);
  checkCount('range(bounds): the number of bounds and one more', bounds.length + 1);
  return new RangePartitioner(bounds, bounds.length + 1, by);
}

function checkBy(options: unknown): ((key: unknown) => unknown) | undefined {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`The options of range must be an object, not ${preview(options)}.`);
  }
  const unknown = Object.keys(options).find((name) => name !== 'by');
  if (unknown !== undefined) throw new TypeError(`range has no option ${unknown}. There is: by.`);
  const { by } = options as RangeOptions<unknown, unknown>;
  if (by !== undefined && typeof by !== 'function') throw new TypeError(`by must be a function, not ${preview(by)}.`);
  return by;
}

/** Finds how many bounds are not above a key. Bounds that are all numbers or all strings, the usual ones, are compared directly. */
function placing(bounds: readonly unknown[]): (key: unknown) => number {
  const generally = (key: unknown) => countNotAbove(bounds, (bound) => compareKeys(bound, key) <= 0);
  if (bounds.length > 0 && bounds.every((bound) => typeof bound === 'number' && !Number.isNaN(bound))) {
    const numbers = Float64Array.from(bounds as number[]);
    return (key) => (typeof key === 'number' && !Number.isNaN(key) ? countNumbers(numbers, key) : generally(key));
  }
  if (bounds.length > 0 && bounds.every((bound) => typeof bound === 'string')) {
    return (key) => (typeof key === 'string' ? countStrings(bounds as readonly string[], key) : generally(key));
  }
  return generally;
}

function countNotAbove(bounds: readonly unknown[], isNotAbove: (bound: unknown) => boolean): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isNotAbove(bounds[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countNumbers(bounds: Float64Array, key: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countStrings(bounds: readonly string[], key: string): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
