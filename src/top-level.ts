import { nestedEngine } from './engine/default.js';
import { sharedEngine } from './engine/shared-engine.js';
import { openDoors } from './function/stack.js';
import type { Job } from './job.js';
import type { MapOptions, RunOptions } from './options.js';
import { Pool } from './pool.js';
import type { TypedArrayConstructor } from './run/sink.js';

let pool: Pool | undefined;

/** The pool behind {@link map} and {@link run}: opened at the first call, never closed; it does not keep the process alive. */
function defaultPool(): Pool {
  // Inside a task that runs on this very thread, the default pool is busy with that task.
  const engine = nestedEngine();
  if (engine !== undefined) return new Pool({ engine });
  pool ??= new Pool({ engine: sharedEngine() });
  return pool;
}

/**
 * Calls `fn(item, index)` for every item, on every core of this machine. As {@link Pool.map}, on a pool that opens itself.
 *
 * The job rejects with what `fn` threw, unchanged, or with a `SheafError`: `CaptureError` where `fn` cannot travel (before anything runs),
 * `ValueError` where an item or a result cannot, `TimeoutError` past `timeoutMs`, `CancelledError`, `WorkerLostError` where an item costs its worker
 * three times, `EngineError` where workers do not start. `taskOf(error)` tells which item it was.
 *
 * @throws TypeError, RangeError at once, for arguments and options of the wrong type or range
 *
 * @example
 * const squares = await map([1, 2, 3, 4, 5], (x) => x * x); // [1, 4, 9, 16, 25]
 */
export function map<T, C extends TypedArrayConstructor>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, index: number) => C['prototype'][number] | PromiseLike<C['prototype'][number]>,
  options: MapOptions<T> & { readonly into: C },
): Job<C['prototype'][number], InstanceType<C>>;
export function map<T, U>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, index: number) => U,
  options?: MapOptions<T> & { readonly into?: undefined },
): Job<Awaited<U>>;
export function map<T, U>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, index: number) => U,
  options?: MapOptions<T> & { readonly into?: undefined },
): Job<Awaited<U>> {
  return defaultPool().map(items, fn, options);
}

/**
 * Calls `fn(...args)` once, on another core. As {@link Pool.run}, on a pool that opens itself. Rejects as {@link map} does.
 *
 * @throws TypeError, RangeError at once, for arguments and options of the wrong type or range
 *
 * @example
 * const primes = await run(countPrimes, [1_000_000]);
 */
export function run<U>(fn: () => U, args?: readonly [], options?: RunOptions): Promise<Awaited<U>>;
export function run<A extends readonly unknown[], U>(
  fn: (...args: A) => U,
  args: readonly [...A],
  options?: RunOptions,
): Promise<Awaited<U>>;
export function run<A extends readonly unknown[], U>(
  fn: (...args: A) => U,
  args?: readonly [...A],
  options?: RunOptions,
): Promise<Awaited<U>> {
  return defaultPool().run(fn, args as readonly [...A], options);
}

openDoors(map, run, Pool, Pool.prototype.map, Pool.prototype.run);
