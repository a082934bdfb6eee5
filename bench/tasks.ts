/** The functions of all workloads, by name: what the workers of the peers and of the reference run. */
import { countPrimes } from './primes.js';

/** The rows of the objects workload. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly tags: readonly string[];
  readonly score: number;
}

export const square = (x: number): number => x * x;

/** Squares in place: what a worker does with an array that was moved to it. */
export function squareInPlace(xs: Float64Array): Float64Array {
  for (let i = 0; i < xs.length; i++) xs[i] = xs[i]! * xs[i]!;
  return xs;
}

export function sum(xs: Float64Array): number {
  let total = 0;
  for (let i = 0; i < xs.length; i++) total += xs[i]!;
  return total;
}

/** Doubles in place. */
export function scale(xs: Float64Array): Float64Array {
  for (let i = 0; i < xs.length; i++) xs[i] = xs[i]! * 2;
  return xs;
}

/** Doubles into a new array. */
export function doubled(xs: Float64Array): Float64Array {
  const out = new Float64Array(xs.length);
  for (let i = 0; i < xs.length; i++) out[i] = xs[i]! * 2;
  return out;
}

export const rescore = (user: User): User => ({ ...user, score: user.score + 1 });

/** The loop that anyone would write without a pool: results into an array of the right length. */
export function loop<T, U>(items: readonly T[], fn: (item: T) => U): U[] {
  const out = new Array<U>(items.length);
  for (let i = 0; i < items.length; i++) out[i] = fn(items[i]!);
  return out;
}

/**
 * The table of tasks for one worker.
 *
 * @param move Marks an array so that the library moves its buffer to the caller instead of copying it.
 */
export function makeTasks(move: (xs: Float64Array) => unknown) {
  const moved = (fn: (xs: Float64Array) => Float64Array) => (xs: Float64Array) => move(fn(xs)) as Float64Array;
  return {
    noop: (_: undefined): undefined => undefined,
    noopAsync: async (_: undefined): Promise<undefined> => undefined,
    square,
    squareAll: (xs: readonly number[]): number[] => loop(xs, square),
    squareMoved: moved(squareInPlace),
    countPrimes,
    countPrimesAll: (counts: readonly number[]): number[] => loop(counts, countPrimes),
    sum,
    scale,
    scaleMoved: moved(scale),
    doubled,
    doubledMoved: moved(doubled),
    rescore,
    rescoreAll: (users: readonly User[]): User[] => loop(users, rescore),
  };
}

export type Tasks = ReturnType<typeof makeTasks>;
export type TaskName = keyof Tasks;
export type Argument<T extends TaskName> = Parameters<Tasks[T]>[0];
export type Result<T extends TaskName> = Awaited<ReturnType<Tasks[T]>>;
