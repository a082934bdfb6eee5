/** Options of pools, maps and runs, and their checks: what is wrong with a call is said at the call. */
import {
  checkAllocation,
  checkLocalOptions,
  checkNames,
  checkNumber,
  checkOneOf,
  checkOptionsObject,
  longestMs,
  show,
} from './engine/check.js';
import type { Engine } from './engine/engine.js';
import { checkLabels, checkSpreadOver, type Labels } from './engine/labels.js';
import type { ResourceLimits } from './engine/local/channel.js';
import { CancelledError } from './errors.js';
import type { RetryPolicy } from './run/retry.js';
import type { TypedArrayConstructor } from './run/sink.js';
import type { Allocation } from './schedule/policy.js';

/** Objects that can be moved to a worker instead of copied: array buffers, views of them, message ports. */
export type Movable = ArrayBuffer | ArrayBufferView<ArrayBuffer> | import('node:worker_threads').MessagePort;

/** Options that single calls and maps share. */
export interface RunOptions {
  /** Cancels the work; its reason becomes the `cause` of the `CancelledError`. */
  readonly signal?: AbortSignal | undefined;
  /** Bound for one item (or call) in ms, counted from when it starts to run. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** How often to try an item again after an error of the function. Default 0. */
  readonly retries?: number | RetryPolicy | undefined;
  /** Larger runs first. Default 0. */
  readonly priority?: number | undefined;
  /** Names the job in errors and progress. Default: the function's name. */
  readonly label?: string | undefined;
  /** Which worker gets which task. Default: the pool's. */
  readonly allocation?: Allocation | undefined;
  /** Labels that a node of a cluster must have, or not have, to run it: beyond those of the engine. One machine has no labels, and runs it. */
  readonly labels?: Labels | undefined;
  /** A label (`'zone'`) over whose values the workers that run it are spread evenly, on a cluster. Default: the engine's. */
  readonly spreadOver?: string | undefined;
  /** What of the arguments is moved to the worker instead of copied; it is gone here afterwards. */
  readonly transfer?: readonly Movable[] | undefined;
}

/** Options of {@link Pool.map}. */
export interface MapOptions<T = unknown> extends Omit<RunOptions, 'transfer'> {
  /** Items of one task. Default: found by measuring, so that a task takes about a millisecond. */
  readonly chunkSize?: number | undefined;
  /** When iterated: results in the order of the input (default), or as they come. */
  readonly ordered?: boolean | undefined;
  /** Calls of an async function in flight at once in one worker. Default 1. */
  readonly concurrency?: number | undefined;
  /** Estimated cost of an item, in any unit: the dearest run first. Reads the whole input before anything runs. */
  readonly cost?: ((item: T) => number) | undefined;
  /** A class of typed arrays: the job gives one of these instead of an array. */
  readonly into?: TypedArrayConstructor | undefined;
  /**
   * With `'auto'`, the default, the calling thread does the rest of a map by itself once the workers' own measurements say that sending
   * an item costs more than computing it, or from the start where there are thousands of items and the function's text shows that it is
   * cheap: in slices of about 2 ms, with the rebuilt copy of the function. Only functions that are synchronous, import nothing but built-in modules,
   * do not mention `process` and do not ask for their `context()`, in maps without `timeoutMs`, `transfer`, `allocation`, `labels` and a `setup`. `false` forbids it.
   */
  readonly inline?: 'auto' | false | undefined;
  /** What of the items is moved to the workers instead of copied: a list, or a function that gives it for an item. */
  readonly transfer?: readonly Movable[] | ((item: T) => readonly Movable[]) | undefined;
  /** `true` draws a bar on standard error while it is a terminal. Default false. */
  readonly progress?: boolean | undefined;
}

/** Options of {@link Pool}. */
export interface PoolOptions {
  /** Workers. Default: as many as this machine has cores to use. */
  readonly workers?: number | undefined;
  /** Workers are threads of this process (default), or child processes, whose crash costs only what they were doing. */
  readonly isolation?: 'thread' | 'process' | undefined;
  /** Which worker gets which task. Default `'least-loaded'`. */
  readonly allocation?: Allocation | undefined;
  /** Where work runs, instead of on workers of the pool's own. Closed with the last pool that uses it. */
  readonly engine?: Engine | undefined;
  /** Runs once in each worker before its first task. Its result (awaited) reaches the function as `context().setup`. */
  readonly setup?: (() => unknown) | undefined;
  /** A worker is replaced by a fresh one after so many calls or chunks. Default: never. */
  readonly maxTasksPerWorker?: number | undefined;
  /** Memory limits of one worker, in MiB. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** How long a worker has to stop what was cancelled or is past its time before it is replaced, in ms. Default 500. */
  readonly graceMs?: number | undefined;
}

export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function, not ${show(value)}.`);
}

const runNames = [
  'signal',
  'timeoutMs',
  'retries',
  'priority',
  'label',
  'allocation',
  'labels',
  'spreadOver',
  'transfer',
];
const mapNames = [...runNames, 'chunkSize', 'ordered', 'concurrency', 'cost', 'into', 'inline', 'progress'];
const engineNames = ['workers', 'isolation', 'allocation', 'maxTasksPerWorker', 'resourceLimits', 'graceMs'];

export function checkRunOptions(options: RunOptions): void {
  checkOptionsObject('options', options);
  checkNames('run', options, runNames);
  checkCommon(options);
  checkTransfer(options.transfer);
}

function checkCommon(options: RunOptions | MapOptions<never>): void {
  const { signal, timeoutMs, retries, priority, label, allocation, labels, spreadOver } = options;
  if (
    signal !== undefined &&
    !(typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal)
  ) {
    throw new TypeError(`signal must be an AbortSignal, not ${show(signal)}.`);
  }
  if (timeoutMs !== undefined) {
    checkNumber('timeoutMs', timeoutMs, 0, false, longestMs);
    if (timeoutMs === 0) throw new RangeError('timeoutMs must be more than 0; leave it out for no bound.');
  }
  checkRetries(retries);
  if (priority !== undefined && (typeof priority !== 'number' || Number.isNaN(priority))) {
    throw new TypeError(`priority must be a number, not ${show(priority)}.`);
  }
  if (label !== undefined && typeof label !== 'string')
    throw new TypeError(`label must be a string, not ${show(label)}.`);
  checkAllocation(allocation);
  checkLabels(labels);
  checkSpreadOver(spreadOver);
}

function checkRetries(retries: unknown): void {
  if (retries === undefined) return;
  if (typeof retries === 'number') {
    checkNumber('retries', retries, 0, true);
    return;
  }
  if (typeof retries !== 'object' || retries === null) {
    throw new TypeError(`retries must be a number or { times, delayMs, when }, not ${show(retries)}.`);
  }
  checkNames('retries', retries, ['times', 'delayMs', 'when']);
  const { times, delayMs, when } = retries as Record<string, unknown>;
  if (times === undefined) throw new TypeError('retries.times must be given: how often to try again.');
  checkNumber('retries.times', times, 0, true);
  checkNumber('retries.delayMs', delayMs, 0, false, longestMs);
  if (when !== undefined) checkFunction('retries.when', when);
}

/** The policy behind the `retries` option. */
export function retryPolicy(retries: number | RetryPolicy | undefined): RetryPolicy | undefined {
  if (retries === undefined || retries === 0) return undefined;
  return typeof retries === 'number' ? { times: retries } : retries;
}

const typedArrays: readonly unknown[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

export function checkMapOptions(options: MapOptions<never>): void {
  checkOptionsObject('options', options);
  checkNames('map', options, mapNames);
  checkCommon(options);
  const { chunkSize, ordered, concurrency, cost, into, inline, transfer, progress } = options;
  checkNumber('chunkSize', chunkSize, 1, true);
  checkNumber('concurrency', concurrency, 1, true);
  checkOneOf('ordered', ordered, [true, false]);
  checkOneOf('progress', progress, [true, false]);
  checkOneOf('inline', inline, ['auto', false]);
  if (cost !== undefined) checkFunction('cost', cost);
  if (into !== undefined && !typedArrays.includes(into)) {
    throw new TypeError(`into must be a class of typed arrays such as Float64Array, not ${show(into)}.`);
  }
  if (typeof transfer !== 'function') checkTransfer(transfer);
}

function checkTransfer(transfer: unknown): void {
  if (transfer !== undefined && !Array.isArray(transfer)) {
    throw new TypeError(`transfer must be a list of what to move, not ${show(transfer)}.`);
  }
  const wrong = (transfer ?? []).findIndex((one: unknown) => typeof one !== 'object' || one === null);
  if (wrong >= 0) {
    const what = show((transfer as unknown[])[wrong]);
    throw new TypeError(`transfer[${wrong}] must be an ArrayBuffer or another object that can be moved, not ${what}.`);
  }
}

export function checkItems(items: unknown): void {
  const given = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  if (
    given === null ||
    given === undefined ||
    (typeof given[Symbol.iterator] !== 'function' && typeof given[Symbol.asyncIterator] !== 'function')
  ) {
    const way =
      typeof items === 'function'
        ? ' Items come first, and then the function.'
        : typeof items === 'object' && items !== null && !(items instanceof Promise)
          ? ' Object.entries(items) gives what an object holds.'
          : '';
    throw new TypeError(`items must be an iterable or an async iterable, not ${show(items)}.${way}`);
  }
}

export function checkPoolOptions(options: PoolOptions): void {
  checkLocalOptions(options);
  checkNames('Pool', options, [...engineNames, 'engine', 'setup']);
  const { engine, setup } = options;
  if (setup !== undefined) checkFunction('setup', setup);
  if (engine === undefined) return;
  if (typeof engine !== 'object' || engine === null || typeof engine.submit !== 'function') {
    throw new TypeError(`engine must be an engine such as local() or inline(), not ${show(engine)}.`);
  }
  for (const name of ['workers', 'isolation', 'maxTasksPerWorker', 'resourceLimits', 'graceMs'] as const) {
    if (options[name] !== undefined) {
      throw new TypeError(
        `${name} belongs to the engine where one is given: new Pool({ engine: local({ ${name}: … }) }).`,
      );
    }
  }
}

/** Why a call with these options does not go on, once their signal is aborted. */
export function cancelled(options: RunOptions): CancelledError {
  return new CancelledError(`${options.label ?? 'The call'} was cancelled.`, { cause: options.signal?.reason });
}

/** Why jobs and calls of a pool do not go on. */
export function terminated(): CancelledError {
  return new CancelledError('The pool was terminated before this was done.');
}

/** What moves to the worker: what may be tried again stays here. */
export function movedBy({ retries, transfer }: RunOptions): RunOptions['transfer'] {
  return retryPolicy(retries) === undefined ? transfer : undefined;
}
