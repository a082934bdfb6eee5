import { onAbort } from './abort.js';
import { type EncodedRow, encodeRow } from './codec/index.js';
import { NO_ITEMS } from './codec/options.js';
import { show } from './engine/check.js';
import { defaultEngine } from './engine/default.js';
import type { Engine, JobSpec } from './engine/engine.js';
import { Here } from './engine/here.js';
import { local } from './engine/machine.js';
import { nextJobId } from './engine/told.js';
import { abandonEngine, enterEngine, leaveEngine } from './engine/users.js';
import { EngineError } from './errors.js';
import { capture } from './function/capture.js';
import type { PortableFunction } from './function/portable.js';
import { hereFor, whereOf, willRunSoon } from './here-for.js';
import { Job } from './job.js';
import type { EventHub } from './observe/hub.js';
import {
  cancelled,
  checkFunction,
  checkItems,
  checkMapOptions,
  checkPoolOptions,
  checkRunOptions,
  type MapOptions,
  movedBy,
  type PoolOptions,
  type RunOptions,
  retryPolicy,
  terminated,
} from './options.js';
import { CallStreams, rowOf } from './run/call-streams.js';
import { callerOf } from './run/caller.js';
import { Calls } from './run/calls.js';
import { Costs } from './run/chunking.js';
import { MapRun } from './run/map.js';
import type { TypedArrayConstructor } from './run/sink.js';
import { checkSharing } from './sharing.js';

/**
 * Runs functions on workers: threads of this process, child processes, or wherever its engine has them. Workers start when there is work,
 * and an idle pool, closed or not, lets the process end.
 *
 * @example
 * await using pool = new Pool({ workers: 4 });
 * await pool.map([1, 2, 3, 4, 5], (x) => x * x); // [1, 4, 9, 16, 25]
 */
export class Pool {
  /** What its engine tells of its work, to be iterated or listened to. */
  readonly events: EventHub;
  readonly #engine: Engine;
  readonly #allocation: PoolOptions['allocation'];
  readonly #jobs = new Set<Pick<Job<unknown>, 'closed' | 'abandon'>>();
  readonly #calls = new Set<Calls>();
  /** Made for the first map, or call. */
  #here: Here | undefined;
  #costs: Costs | undefined;
  #streams: CallStreams | undefined;
  /** The user has said where tasks are to run. */
  readonly #places: boolean;
  #setup: PortableFunction | undefined;
  #closing: Promise<void> | undefined;
  /** The engine need not wait for this pool any more. */
  #left = false;

  /**
   * @throws TypeError, RangeError for options of the wrong type or range
   * @throws CaptureError where `setup` cannot travel
   */
  constructor(options: PoolOptions = {}) {
    checkPoolOptions(options);
    const { engine, isolation, setup, ...common } = options;
    if (setup !== undefined) this.#setup = capture(setup);
    const chosen = engine ?? defaultEngine(common);
    this.#engine = chosen ?? local({ ...common, isolation });
    this.events = this.#engine.events;
    this.#allocation = chosen === undefined ? undefined : common.allocation;
    this.#places = common.allocation !== undefined;
    enterEngine(this.#engine);
  }

  /**
   * Calls `fn(item, index)` for every item, on all workers. See {@link Job} for what to do with what it returns.
   *
   * @throws TypeError, RangeError at once, for arguments and options of the wrong type or range
   */
  map<T, C extends TypedArrayConstructor>(
    items: Iterable<T> | AsyncIterable<T>,
    fn: (item: T, index: number) => C['prototype'][number] | PromiseLike<C['prototype'][number]>,
    options: MapOptions<T> & { readonly into: C },
  ): Job<C['prototype'][number], InstanceType<C>>;
  map<T, U>(
    items: Iterable<T> | AsyncIterable<T>,
    fn: (item: T, index: number) => U,
    options?: MapOptions<T> & { readonly into?: undefined },
  ): Job<Awaited<U>>;
  map<T, U>(
    items: Iterable<T> | AsyncIterable<T>,
    fn: (item: T, index: number) => U,
    options: MapOptions<T> = {},
  ): Job<Awaited<U>, never> {
    checkItems(items);
    checkFunction('fn', fn);
    checkMapOptions(options);
    const {
      signal,
      retries,
      chunkSize,
      concurrency = 1,
      cost,
      transfer,
      into,
      ordered = true,
      progress = false,
    } = options;
    const scope = new AbortController();
    // A job that is somebody's input is iterated from the start, or it would begin to collect.
    const source = items instanceof Job ? items[Symbol.asyncIterator]() : items;
    const caller = callerOf(this.map);
    const ready = this.#prepare(fn, willRunSoon(options, items));
    const label = options.label ?? (fn.name || 'map');
    const job: Job<Awaited<U>, never> = new Job({
      label,
      ordered,
      into,
      signal,
      scope,
      progress,
      events: this.events,
      refused: 'error' in ready ? ready : undefined,
      start: (hooks) => {
        const spec = this.#spec(
          (ready as { fn: PortableFunction }).fn,
          { kind: 'map' },
          options,
          concurrency,
          scope.signal,
        );
        this.#here ??= new Here(this.#engine.slots, this.events);
        const run = {
          engine: this.#engine,
          job: spec,
          items: source,
          label,
          cost: this.#costs!.of(spec.fn),
          chunkSize,
          retries: retryPolicy(retries),
          costOf: cost as ((item: unknown) => number) | undefined,
          transfer: transfer as readonly object[] | ((item: unknown) => readonly object[]) | undefined,
          caller,
          here: this.#places ? undefined : hereFor(this.#here, this.#engine, spec, options),
        };
        return new MapRun(run, hooks);
      },
      over: () => this.#jobs.delete(job),
    });
    this.#jobs.add(job);
    return job;
  }

  /**
   * Calls `fn(...args)` once, on some worker, and gives what it returns, awaited. Rejects as a {@link Job} does.
   *
   * @throws TypeError, RangeError at once, for arguments and options of the wrong type or range
   */
  run<U>(fn: () => U, args?: readonly [], options?: RunOptions): Promise<Awaited<U>>;
  run<A extends readonly unknown[], U>(
    fn: (...args: A) => U,
    args: readonly [...A],
    options?: RunOptions,
  ): Promise<Awaited<U>>;
  run<U>(fn: (...args: never) => U, args: readonly unknown[] = NO_ITEMS, options?: RunOptions): Promise<Awaited<U>> {
    const isUsual = options === undefined && this.#closing === undefined;
    const again = isUsual ? this.#streams?.again(fn, args, this.run, this.#jobs.size === 0) : undefined;
    return (again ?? this.#runFirst(fn, args, options)) as Promise<Awaited<U>>;
  }

  /** A call that is not like the one before it. */
  #runFirst(fn: (...args: never) => unknown, args: readonly unknown[], options?: RunOptions): Promise<unknown> {
    checkFunction('fn', fn);
    if (!Array.isArray(args)) throw new TypeError(`args must be an array, as in run(fn, [1, 2]), not ${show(args)}.`);
    if (options !== undefined) {
      checkRunOptions(options);
      if (options.signal?.aborted) return Promise.reject(cancelled(options));
    }
    const spread = args.length !== 1;
    const ready = this.#prepare(fn, willRunSoon(options));
    if ('error' in ready) return Promise.reject(ready.error);
    this.#streams ??= new CallStreams(this.#engine, (fn, spread) => this.#open(fn, spread, {}), terminated);
    const { memory } = this.#streams;
    let row: EncodedRow;
    try {
      row = encodeRow(rowOf(args), memory.optionsFor(options && movedBy(options)));
    } catch (error) {
      return Promise.reject(error);
    }
    const calls = options ? this.#runAlone(fn, ready.fn, spread, options) : this.#streams.of(fn, ready.fn, spread);
    const atOnce = this.#jobs.size === 0; // a job of this turn has not started yet, and was first
    const promise = calls.add(row, args, atOnce);
    // Not before: looking up the stack takes as long as all the rest.
    calls.calledBy(calls.callers.of(this.run));
    return promise;
  }

  /** Finishes what was given to it, then stops its workers. What is being iterated ends after what runs. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Stops now: jobs and calls that are not done reject with `CancelledError`. */
  terminate(): Promise<void> {
    const earlier = this.#closing;
    for (const job of [...this.#jobs]) job.abandon(terminated());
    for (const calls of [...this.#calls]) {
      calls.fail(terminated());
      calls.end();
    }
    const stopped = abandonEngine(this.#engine, this.#left);
    this.#left = true;
    this.#closing = Promise.all([earlier, stopped]).then(() => {});
    return this.#closing;
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // Jobs and calls of this very turn have not started yet.
    await Promise.resolve();
    const jobs = [...this.#jobs].map((job) => job.closed());
    await Promise.all([...jobs, ...[...this.#calls].map((calls) => calls.done())]);
    if (this.#left) return; // terminated meanwhile
    this.#left = true;
    await leaveEngine(this.#engine);
  }

  /** The function as it travels, or what keeps it from travelling. */
  #prepare(fn: (...args: never[]) => unknown, willRun: boolean): { fn: PortableFunction } | { error: unknown } {
    if (this.#closing !== undefined) {
      return { error: new EngineError('The pool is closed. Open another one, or close it after the last call.') };
    }
    if (willRun) this.#engine.expectWork?.();
    try {
      const portable = capture(fn);
      this.#costs ??= new Costs();
      checkSharing(this.#engine, portable);
      if (this.#setup !== undefined) checkSharing(this.#engine, this.#setup);
      return { fn: portable };
    } catch (error) {
      return { error };
    }
  }

  #spec(
    fn: PortableFunction,
    program: JobSpec['program'],
    options: RunOptions | MapOptions<never>,
    concurrency: number,
    signal: AbortSignal,
  ): JobSpec {
    const { priority = 0, timeoutMs, allocation = this.#allocation } = options;
    // What has moved to a worker cannot be given back, and the size of a chunk is the user's word.
    const { chunkSize, transfer } = options as MapOptions<never>;
    const splits = !this.#engine.countsTasks && chunkSize === undefined && transfer === undefined;
    const how = { priority, timeoutMs, concurrency, splits, allocation, where: whereOf(options) };
    return { id: nextJobId(), fn, setup: this.#setup, program, signal, ...how };
  }

  /** A call with options of its own. */
  #runAlone(key: { name: string }, fn: PortableFunction, spread: boolean, options: RunOptions): Calls {
    const calls = this.#open(fn, spread, { label: key.name, ...options });
    const forget = options.signal && onAbort(options.signal, () => calls.fail(cancelled(options)));
    calls.onIdle = () => {
      forget?.();
      calls.end();
    };
    return calls;
  }

  #open(fn: PortableFunction, spread: boolean, options: RunOptions): Calls {
    const scope = new AbortController();
    const calls = new Calls({
      scope,
      engine: this.#engine,
      memory: this.#streams!.memory,
      job: this.#spec(fn, { kind: 'call', spread }, options, 1, scope.signal),
      label: options.label || fn.name || 'run',
      cost: this.#costs!.of(fn),
      retries: retryPolicy(options.retries),
      movesInput: movedBy(options) !== undefined,
      max: this.#engine.countsTasks ? 1 : Infinity,
    });
    this.#calls.add(calls);
    scope.signal.addEventListener('abort', () => this.#calls.delete(calls), { once: true });
    return calls;
  }
}
