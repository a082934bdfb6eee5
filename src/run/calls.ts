/**
 * Single calls of one function, many to a task. Each has a promise of its own; which of them travel together is nobody's business but
 * the clock's.
 */
import type { EncodedRow } from '../codec/index.js';
import type { Engine, JobSpec, QuickCall, Task, TaskEnd } from '../engine/engine.js';
import { isTracing, startTrace, type Trace } from '../observe/tracing.js';
import { setTimeout } from '../timers.js';
import { Attempts } from './attempts.js';
import { Batch, batchOf, encodePiece, WaitingCalls } from './call-batch.js';
import type { CallMemory } from './call-memory.js';
import { type Caller, FrequentCallers } from './caller.js';
import { type Cost, chunkSize } from './chunking.js';
import { type Piece, pieceOf, sizeOf } from './piece.js';
import { isPlain } from './plain-arguments.js';
import type { RetryPolicy } from './retry.js';
import { settleable } from './settleable.js';
import { SingleCall } from './single-call.js';
import { jobEnded } from './told.js';

const tasksPerSlot = 4;
/** Calls that take no longer than this together, in µs, are not sent while all workers may have some: they wait for others to go with. */
const smallUs = 100;
/** Nor do they wait much longer than this, in ms: what is under way may not end, or not begin while its worker has something else. */
const longestWaitMs = 5;

export interface CallsSpec {
  /** Aborted when there will be no more calls; its signal is the job's. */
  readonly scope: AbortController;
  readonly engine: Engine;
  readonly memory: CallMemory;
  readonly job: JobSpec;
  readonly label: string;
  readonly cost: Cost;
  readonly retries: RetryPolicy | undefined;
  /** Something of the arguments is moved to the worker. */
  readonly movesInput: boolean;
  /** Calls of one task, at most. */
  readonly max: number;
}

/** The calls of one function with the same captured values and options. */
export class Calls {
  readonly #spec: CallsSpec;
  readonly job: JobSpec;
  readonly #attempts: Attempts;
  /** Where its calls were made. */
  readonly callers = new FrequentCallers();
  /** Calls that have no answer yet. */
  #pending = 0;
  /** Those of them that are no task so far, or were one. */
  readonly #batches = new Set<Batch>();
  /** The call that was sent alone and is no task so far. */
  #quick: SingleCall | undefined;
  readonly #waiting: WaitingCalls;
  /** The latest call, or what it is in. */
  #latest: SingleCall | Batch | undefined;
  #next = 0;
  #scheduled = false;
  /** Calls of this turn wait, so that another one would travel with them. */
  gathers = false;
  readonly #flush = (): void => {
    this.#scheduled = this.gathers = false;
    this.#dispatch();
  };
  /** There will be no more calls. */
  isOver = false;
  #waitEnds: NodeJS.Timeout | undefined;
  /** What became of its calls since the first of them, where somebody has been told that it began. */
  #trace: Trace | undefined;
  #told: { done: number; failed: number } | undefined;
  /** Called when the last call has been answered. */
  onIdle: (() => void) | undefined;

  constructor(spec: CallsSpec) {
    this.#spec = spec;
    this.#waiting = new WaitingCalls(() => this.#open());
    const { engine, job, cost, label, retries } = spec;
    this.job = job;
    const over = (): void => {
      this.isOver = true;
      this.gathers = false;
    };
    job.signal.addEventListener('abort', over, { once: true });
    this.#attempts = new Attempts(
      engine,
      job,
      cost,
      {
        encode: (piece) => encodePiece(piece, engine.clones, spec.movesInput),
        succeeded: (piece, results) => this.#succeeded(piece, results),
        failed: (piece, error) => {
          if (this.#told !== undefined) this.#told.failed++;
          const batch = batchOf(piece);
          if (batch.reject(piece.from, error)) this.#settled(batch, 1);
        },
        broken: (error) => this.fail(error),
        progressed: () => this.#dispatch(),
        words: () => `a call of ${label}`,
        item: (piece, row) => ({ item: batchOf(piece).givenOf(piece.from + row) }),
        caller: (piece, row) => batchOf(piece).callerOf(piece.from + row),
      },
      { label, retries, movesInput: spec.movesInput, trace: () => this.#trace, keepGoing: () => true },
    );
  }

  get pending(): number {
    return this.#pending;
  }

  /** Ends what runs, and tells the engine to forget the function. */
  end(): void {
    this.#spec.scope.abort();
  }

  /** Resolves when no call is pending. */
  async done(): Promise<void> {
    if (this.pending === 0) return;
    await new Promise<void>((resolve) => {
      const before = this.onIdle;
      this.onIdle = () => {
        before?.();
        resolve();
      };
    });
  }

  /**
   * The promise of a call. `row`: the arguments, copied; `given`: the same, for messages.
   * @param atOnce nobody was first: a call that finds nothing else under way need not wait for others of this turn
   */
  add(row: EncodedRow, given: readonly unknown[], atOnce: boolean): Promise<unknown> {
    let alone = false;
    if (this.#pending === 0) {
      if (this.#told === undefined && this.#trace === undefined) this.#begin();
      alone = atOnce && !this.#scheduled && this.#attempts.idle;
      const quick = alone && isPlain(given) ? this.alone(row, given) : undefined;
      if (quick !== undefined) return quick;
    }
    const promise = this.#waiting.add(row, given);
    this.#latest = this.#waiting.last;
    this.#pending++;
    if (this.#scheduled) return promise;
    if (alone) this.#dispatch();
    else {
      this.#scheduled = true;
      this.gathers = !this.isOver;
      queueMicrotask(this.#flush);
    }
    return promise;
  }

  /** The promise of a call that travels with others of this turn, while it {@link gathers}: the way of nearly all calls of a loop. */
  another(row: EncodedRow, given: readonly unknown[], method: (...args: never[]) => unknown): Promise<unknown> {
    this.#pending++;
    const promise = this.#waiting.add(row, given);
    if (this.callers.tellsApart) this.#waiting.last!.calledBy(this.callers.of(method));
    return promise;
  }

  /** Where the latest call was made. */
  calledBy(caller: Caller): void {
    this.#latest?.calledBy(caller);
  }

  #open(): Batch {
    const { spread } = this.job.program as { readonly spread: boolean };
    const batch = new Batch(spread, this.callers.last, this.#spec.memory);
    this.#batches.add(batch);
    return batch;
  }

  /** Rejects every call that has not been answered. */
  fail(error: unknown): void {
    const quick = this.#quick;
    const batches = [...this.#batches];
    this.#quick = undefined;
    this.#batches.clear();
    this.#waiting.clear();
    if (quick !== undefined) {
      this.#pending--;
      quick.made.reject(error);
    }
    for (const batch of batches) this.#pending -= batch.rejectAll(error);
    this.#idle(error);
  }

  /** The promise of a call of plain arguments that was sent by itself at once, where nothing is under way and nobody traces. */
  alone(row: EncodedRow, given: readonly unknown[]): Promise<unknown> | undefined {
    const { engine } = this.#spec;
    if (this.#pending > 0 || this.#scheduled || this.isOver || engine.quick === undefined || isTracing())
      return undefined;
    const call = new SingleCall(this, row, given);
    if (!engine.quick(call)) return undefined;
    this.#quick = call;
    this.#latest = call;
    this.#pending++;
    return call.made.promise;
  }

  /** What an engine says of a call that was sent alone, as of {@link QuickCall}. */
  answered(call: SingleCall, result: unknown): void {
    if (this.#quick !== call) return; // failed meanwhile
    this.#quick = undefined;
    this.#pending--;
    call.made.resolve(result);
  }

  settled(runUs: number): void {
    this.#spec.cost.measured(1, runUs);
    if (this.#pending === 0) this.#idle();
  }

  asTask(call: SingleCall): ReturnType<QuickCall['asTask']> {
    const batch = this.#open();
    batch.addMade(call.row, call.args, call.made);
    batch.calledBy(call.caller);
    // Else it has failed meanwhile: nobody waits for what becomes of it.
    if (this.#quick === call) this.#quick = undefined;
    else this.#batches.delete(batch);
    let task!: Task;
    const { promise, resolve } = settleable<TaskEnd>();
    this.#attempts.submit(pieceOf(batch.rows, 0, 1, this.#next++), {
      submit: (made: Task) => {
        task = made;
        return promise;
      },
    });
    return { task, resolve };
  }

  /** @param waited small calls have waited for long enough */
  #dispatch(waited = false): void {
    const { engine, cost, max } = this.#spec;
    while (!this.isOver && this.#attempts.running < engine.slots * tasksPerSlot) {
      const again = this.#attempts.again();
      if (again !== undefined) {
        this.#attempts.submit(again);
        continue;
      }
      const { rest } = this.#waiting;
      if (rest === 0) break;
      const small = max === Infinity && (cost.expectedUs(rest) ?? Infinity) <= smallUs;
      // The next of them to end sends these.
      const wait = small && !waited && this.#attempts.running >= engine.slots;
      if (wait) return void this.#boundWait();
      const options = { fixed: undefined, max, concurrency: 1 };
      const most = rest === 1 || small ? rest : chunkSize(cost, options, engine.slots, rest);
      const { batch, from, to } = this.#waiting.take(most);
      const first = this.#next;
      this.#next += to - from;
      this.#attempts.submit(pieceOf(batch.rows, from, to, first));
    }
    if (this.#pending === 0 && this.#attempts.idle) this.#idle();
  }

  /** One timer for all that wait: they go if none of them went meanwhile. */
  #boundWait(): void {
    const before = this.#next;
    this.#waitEnds ??= setTimeout(() => {
      this.#waitEnds = undefined;
      if (this.#waiting.rest > 0) this.#dispatch(this.#next === before);
    }, longestWaitMs).unref();
  }

  #succeeded(piece: Piece, results: ArrayLike<unknown>): void {
    const count = sizeOf(piece);
    if (this.#told !== undefined) this.#told.done += count;
    const batch = batchOf(piece);
    this.#settled(batch, batch.resolveAll(piece.from, results, count));
  }

  /** So many calls of a batch have an answer now. */
  #settled(batch: Batch, calls: number): void {
    this.#pending -= calls;
    if (batch.left === 0) this.#batches.delete(batch);
  }

  #idle(error?: unknown): void {
    this.#latest = undefined;
    if (this.#told !== undefined) {
      this.#spec.engine.events.emit(jobEnded(this.job.id, error === undefined ? undefined : { error }, this.#told));
      this.#told = undefined;
    }
    this.#trace?.end({}, error === undefined ? undefined : { error });
    this.#trace = undefined;
    this.onIdle?.();
  }

  #begin(): void {
    const { engine, label } = this.#spec;
    const { job } = this;
    this.#trace = startTrace(`calls ${label}`, { 'sheaf.job': job.id, 'sheaf.label': label });
    if (!engine.events.active) return;
    this.#told = { done: 0, failed: 0 };
    engine.events.emit({ kind: 'job-started', job: job.id, label, of: 'calls' });
  }
}
