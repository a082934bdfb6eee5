import { onAbort } from './abort.js';
import { CancelledError, SheafError } from './errors.js';
import { JobStream } from './job-stream.js';
import type { EventHub } from './observe/hub.js';
import { openProgress } from './observe/open-progress.js';
import type { MapRun } from './run/map.js';
import type { MapHooks } from './run/map-spec.js';
import { Collected, type TypedArrayConstructor } from './run/sink.js';
import { mapEnded, mapStarted } from './run/told.js';
import { wentWell } from './run/traces.js';

/** How far a job is. */
export interface JobProgress {
  /** Items that have succeeded. */
  readonly done: number;
  /** Items that have failed for good. */
  readonly failed: number;
  /** Items in all, where that is known. */
  readonly total?: number;
  /** Time since the job started, in ms; stands still when it is over. */
  readonly elapsedMs: number;
}

/** What a job is made of. Of use to `Pool` only. @internal */
export interface JobSource {
  readonly label: string;
  readonly ordered: boolean;
  readonly into: TypedArrayConstructor | undefined;
  readonly signal: AbortSignal | undefined;
  /** Aborted when the job is over. */
  readonly scope: AbortController;
  readonly progress: boolean;
  readonly events: EventHub;
  /** What kept the job from being made; it rejects with this and nothing runs. */
  readonly refused: { readonly error: unknown } | undefined;
  start(hooks: MapHooks): MapRun;
  over(): void;
}

/**
 * The work of one `map`: a promise of all results in input order, an async iterable of single results, and the handle to watch and cancel
 * it. It starts on the next microtask, whether or not anyone waits. Iterated by then, it streams: results are handed on as they are
 * taken, and no more than a window of them is held. Otherwise it collects.
 *
 * Await it, or iterate it, or ask for `settled()`. An error that nobody looks at surfaces as an unhandled rejection.
 */
export class Job<U, R = U[]> implements PromiseLike<R>, AsyncIterable<U> {
  /** So that a job may be given where a `Promise` is asked for. */
  readonly [Symbol.toStringTag] = 'Job';
  readonly #source: JobSource;
  readonly #promise: Promise<R>;
  // Not typed by R and U, which would make jobs of different results unrelated types.
  #resolve!: (results: unknown) => void;
  #reject!: (error: unknown) => void;
  #run: MapRun | undefined;
  #collected: Collected | undefined;
  #stream: JobStream<U> | undefined;
  /** Failing items do not end the job. */
  #keepGoing = false;
  #state: 'waiting' | 'running' | 'done' | 'failed' = 'waiting';
  #error: unknown;
  #settled: { promise: Promise<PromiseSettledResult<U>[]>; end(): void; fail(error: unknown): void } | undefined;
  #onOver!: () => void;
  /** Resolves when the job is over, well or badly. @internal */
  readonly over: Promise<void> = new Promise((resolve) => {
    this.#onOver = resolve;
  });
  #closing = false;
  /** Somebody wants all results: they are kept. */
  #awaited = false;
  #done = 0;
  #failed = 0;
  #broken = false;
  #startedAt = performance.now();
  #endedAt: number | undefined;

  /** @internal */
  constructor(source: JobSource) {
    this.#source = source;
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve as (results: unknown) => void;
      this.#reject = reject;
    });
    queueMicrotask(() => this.#start());
  }

  /** Results in input order. Rejects with the first error, what the function threw or a `SheafError`, which cancels the rest. */
  // biome-ignore lint/suspicious/noThenProperty: a job is a promise by design
  then<A = R, B = never>(
    fulfilled?: ((results: R) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (this.#stream !== undefined) {
      return Promise.reject(
        new TypeError('This job is being iterated, so its results are not kept: await it or iterate it, not both.'),
      ).then(fulfilled, rejected);
    }
    this.#awaited = true;
    return this.#promise.then(fulfilled, rejected);
  }

  /** As `catch` of a promise. Whoever calls it looks at the error. */
  catch<B = never>(rejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.then(undefined, rejected);
  }

  /** As `finally` of a promise: `after` is called when the job is over, well or badly. */
  finally(after?: (() => void) | null): Promise<R> {
    return this.then().finally(after);
  }

  /** Runs every item, whatever fails, and tells of each what became of it. Call it before the job starts, or as soon as you can. */
  settled(): Promise<PromiseSettledResult<U>[]> {
    if (this.#stream !== undefined) {
      return Promise.reject(new TypeError('This job is being iterated: ask for settled() or iterate it, not both.'));
    }
    this.#keepGoing = true;
    this.#awaited = true;
    this.#promise.catch(() => {}); // whoever asks for settled() sees the errors there
    if (this.#settled === undefined) {
      let end!: (list: PromiseSettledResult<U>[]) => void;
      let fail!: (error: unknown) => void;
      const promise = new Promise<PromiseSettledResult<U>[]>((resolve, reject) => {
        end = resolve;
        fail = reject;
      });
      this.#settled = { promise, end: () => end(this.#settledList()), fail };
      if (this.#state === 'done' || this.#state === 'failed') this.#endSettled();
    }
    return this.#settled.promise;
  }

  /** Cancels what has not been done. The job rejects with a `CancelledError` whose `cause` is `reason`. No effect on one that is over. */
  cancel(reason?: unknown): void {
    this.#promise.catch(() => {}); // who cancels knows
    this.#cancel(reason);
  }

  /** How far it is now. Reading it costs nothing to speak of. */
  get progress(): JobProgress {
    const total = this.#run?.total;
    const elapsedMs = (this.#endedAt ?? performance.now()) - this.#startedAt;
    return { done: this.#done, failed: this.#failed, ...(total === undefined ? {} : { total }), elapsedMs };
  }

  /**
   * Results one by one, in the order of the input (or as they come, with `ordered: false`). The input is read only as fast as they are taken.
   * Leaving the loop cancels the rest; the first error ends it. A `TypeError` where the job is being iterated already.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<U, undefined> {
    if (this.#stream !== undefined)
      throw new TypeError('This job is being iterated already; its results come only once.');
    if (this.#state !== 'waiting' || this.#awaited) return this.#iterateCollected();
    this.#promise.catch(() => {}); // errors go to the iterator
    this.#stream = new JobStream(this.#source.ordered, {
      emptied: () => this.#run?.dispatch(),
      left: () => this.#cancel(new Error('The loop over its results was left.')),
    });
    return this.#stream;
  }

  /** Ends a job whose pool is closed: one that collects goes on, one that streams finishes what runs. @internal */
  closed(): Promise<void> {
    this.#closing = true;
    if (this.#stream !== undefined) this.#run?.halt();
    return this.over;
  }

  /** Cancels with an error that is the pool's. @internal */
  abandon(error: unknown): void {
    this.#fail(error);
  }

  #start(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'running';
    const { refused, signal, progress, events } = this.#source;
    if (refused !== undefined || signal?.aborted) {
      if (refused !== undefined) this.#fail(refused.error);
      else this.#cancel(signal?.reason);
      return;
    }
    if (signal !== undefined) {
      const forget = onAbort(signal, () => this.#cancel(signal.reason));
      this.#source.scope.signal.addEventListener('abort', forget, { once: true });
    }
    try {
      this.#run = this.#source.start(this.#hooks());
      if (this.#stream === undefined) this.#collected = new Collected(this.#source.into, this.#run.total);
      if (events.active) events.emit(mapStarted(this.#run));
      if (progress) this.#showProgress();
      if (this.#closing && this.#stream !== undefined) this.#run.halt();
      else this.#run.dispatch();
    } catch (error) {
      this.#break(error);
    }
  }

  #hooks(): MapHooks {
    return {
      succeeded: (piece, results, refuse) => {
        this.#done += results.length;
        this.#collected?.put(piece, results, (row, error) => {
          this.#done--;
          refuse(row, error);
        });
        this.#stream?.put(piece, results);
      },
      failed: (index, error) => this.#failItem(index, error),
      broken: (error) => this.#break(error),
      finished: () => this.#finish(),
      keepGoing: () => this.#keepGoing,
      held: () => this.#stream?.held,
      room: () => this.#collected?.room(),
      filled: (from, to) => {
        this.#done += to - from;
        this.#collected!.filled(from, to);
      },
    };
  }

  #failItem(index: number, error: unknown): void {
    this.#failed++;
    this.#collected?.fail(index, error);
    if (!this.#keepGoing) this.#fail(error);
  }

  /** The job cannot go on, which no item is to blame for. */
  #break(error: unknown): void {
    this.#broken = !(error instanceof CancelledError);
    this.#fail(error);
  }

  #finish(): void {
    if (this.#state !== 'running') return;
    if (this.#closing && this.#stream !== undefined) {
      this.#fail(new CancelledError('The pool was closed before all items of this job were read.'));
      return;
    }
    this.#end('done');
    if (this.#collected === undefined) return;
    const first = this.#collected.firstError();
    if (first !== undefined) this.#reject(first.error);
    else this.#resolve(this.#collected.all());
    this.#endSettled();
  }

  #cancel(reason: unknown): void {
    if (this.#state === 'done' || this.#state === 'failed') return;
    const why = reason instanceof SheafError || reason instanceof Error ? `: ${reason.message}` : '';
    this.#fail(new CancelledError(`The job ${this.#source.label} was cancelled${why}`, { cause: reason }));
  }

  #fail(error: unknown): void {
    if (this.#state === 'done' || this.#state === 'failed') return;
    this.#error = error;
    this.#end('failed');
    this.#reject(error);
    this.#endSettled();
  }

  #end(state: 'done' | 'failed'): void {
    this.#state = state;
    this.#endedAt = performance.now();
    if (this.#source.events.active && this.#run !== undefined)
      this.#source.events.emit(
        mapEnded(this.#run, this.#done, this.#failed, state === 'failed' ? { error: this.#error } : undefined),
      );
    this.#source.scope.abort(state === 'failed' ? this.#error : wentWell);
    this.#source.over();
    this.#onOver();
    this.#stream?.end(state === 'failed' ? { error: this.#error } : undefined);
  }

  #endSettled(): void {
    if (this.#settled === undefined) return;
    if (this.#broken || this.#collected === undefined) this.#settled.fail(this.#error);
    else this.#settled.end();
  }

  #settledList(): PromiseSettledResult<U>[] {
    const missing =
      this.#error instanceof CancelledError
        ? this.#error
        : new CancelledError('The job ended before this item was done.');
    return this.#collected!.settled(this.#run?.total, missing) as PromiseSettledResult<U>[];
  }

  /** Iterated after it began to collect: the kept results, once they are all there. */
  async *#iterateCollected(): AsyncGenerator<U, undefined> {
    yield* (await this.#promise) as Iterable<U>;
  }

  #showProgress(): void {
    const { scope, label } = this.#source;
    openProgress({ label, progress: () => this.progress }, scope.signal);
  }
}
