/**
 * Single calls of one function, many to a task. Each has a promise of its own; which of them travel together is nobody's business but
 * the clock's.
 */
import type { Block } from '../codec/block.js';
import { besideSnapshots, type EncodedRow, packRows } from '../codec/index.js';
import type { Engine, JobSpec, QuickCall, Task, TaskEnd } from '../engine/engine.js';
import { startTrace, type Trace } from '../observe/tracing.js';
import { Attempts } from './attempts.js';
import { type Caller, FrequentCallers, unknownCaller } from './caller.js';
import { type Cost, chunkSize } from './chunking.js';
import { type Piece, pieceOf, sizeOf } from './piece.js';
import type { RetryPolicy } from './retry.js';
import { jobEnded } from './told.js';

const tasksPerSlot = 4;
/** More arguments than this are no small call. */
const mostArguments = 8;

export class Call {
  /** The arguments, copied when the call was made. */
  readonly args: EncodedRow;
  /** The same, for messages. */
  readonly given: readonly unknown[];
  /** Where the call was made. Noted after the call is on its way. */
  caller: Caller = unknownCaller;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Neighbours among the calls under way. */
  next: Call | undefined = undefined;
  previous: Call | undefined = undefined;

  constructor(
    args: EncodedRow,
    given: readonly unknown[],
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.args = args;
    this.given = given;
    this.resolve = resolve;
    this.reject = reject;
  }
}

export interface CallsSpec {
  /** Aborted when there will be no more calls; its signal is the job's. */
  readonly scope: AbortController;
  readonly engine: Engine;
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
  readonly #attempts: Attempts;
  /** Where its calls were made. */
  readonly callers = new FrequentCallers();
  /** Calls that were submitted and have no answer yet, linked. */
  #first: Call | undefined;
  #submitted = 0;
  /** The call that was sent alone and is no task so far. */
  #quick: Call | undefined;
  #waiting: Call[] = [];
  #taken = 0;
  #next = 0;
  #scheduled = false;
  #over = false;
  /** What became of its calls since the first of them, where somebody has been told that it began. */
  #trace: Trace | undefined;
  #told: { done: number; failed: number } | undefined;
  /** Called when the last call has been answered. */
  onIdle: (() => void) | undefined;

  constructor(spec: CallsSpec) {
    this.#spec = spec;
    const { engine, job, cost, label, retries } = spec;
    job.signal.addEventListener(
      'abort',
      () => {
        this.#over = true;
      },
      { once: true },
    );
    this.#attempts = new Attempts(
      engine,
      job,
      cost,
      {
        encode: (piece) => this.#encode(piece),
        succeeded: (piece, results) => this.#succeeded(piece, results),
        failed: (piece, error) => {
          if (this.#told !== undefined) this.#told.failed++;
          this.#settle(callOf(piece, 0))?.reject(error);
        },
        broken: (error) => this.fail(error),
        progressed: () => this.#dispatch(),
        words: () => `a call of ${label}`,
        item: (piece, row) => ({ item: callOf(piece, row).given }),
        caller: (piece, row) => callOf(piece, row).caller,
      },
      { label, retries, movesInput: spec.movesInput, trace: () => this.#trace, keepGoing: () => true },
    );
  }

  /** There will be no more calls. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Ends what runs, and tells the engine to forget the function. */
  end(): void {
    this.#spec.scope.abort();
  }

  get pending(): number {
    return this.#submitted + this.#waiting.length - this.#taken + (this.#quick === undefined ? 0 : 1);
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

  /** @param atOnce nobody was first: a call that finds nothing else under way need not wait for others of this turn */
  add(call: Call, atOnce: boolean): void {
    if (this.pending === 0 && this.#told === undefined && this.#trace === undefined) this.#begin();
    const isFirst =
      atOnce && !this.#scheduled && this.#quick === undefined && this.#submitted === 0 && this.#attempts.idle;
    if (isFirst && this.#goesQuickly(call)) return;
    this.#waiting.push(call);
    if (this.#scheduled) return;
    if (isFirst) {
      this.#dispatch();
      return;
    }
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  /** Rejects every call that has not been answered. */
  fail(error: unknown): void {
    const calls = this.#waiting.slice(this.#taken);
    if (this.#quick !== undefined) calls.push(this.#quick);
    this.#quick = undefined;
    for (let call = this.#first; call !== undefined; call = call.next) calls.push(call);
    for (const call of calls) call.next = call.previous = undefined;
    this.#first = undefined;
    this.#submitted = 0;
    this.#waiting = [];
    this.#taken = 0;
    for (const call of calls) call.reject(error);
    this.#idle(error);
  }

  /** Sends a single call of plain arguments by the shortest way, where the engine has one. */
  #goesQuickly(call: Call): boolean {
    const { engine, job } = this.#spec;
    if (engine.quick === undefined || this.#trace !== undefined || this.#over || !isPlain(call.given)) return false;
    this.#quick = call;
    const sent = engine.quick({
      job,
      args: call.given,
      done: (result, runUs) => {
        if (this.#quick !== call) return; // failed meanwhile
        this.#quick = undefined;
        this.#spec.cost.measured(1, runUs);
        call.resolve(result);
        if (this.#told !== undefined) this.#told.done++;
        if (this.pending === 0) this.#idle();
      },
      asTask: () => this.#asTask(call),
    });
    if (!sent) this.#quick = undefined;
    return sent;
  }

  #asTask(call: Call): ReturnType<QuickCall['asTask']> {
    if (this.#quick === call) {
      this.#quick = undefined;
      this.#link(call);
    }
    let made: ReturnType<QuickCall['asTask']> | undefined;
    const submit = (task: Task): Promise<TaskEnd> =>
      new Promise((resolve) => {
        made = { task, resolve };
      });
    this.#attempts.submit(pieceOf([call], 0, 1, this.#next++), { submit });
    return made!;
  }

  #dispatch(): void {
    const { engine, cost, max } = this.#spec;
    while (!this.#over && this.#attempts.running < engine.slots * tasksPerSlot) {
      const again = this.#attempts.again();
      if (again !== undefined) {
        this.#attempts.submit(again);
        continue;
      }
      const rest = this.#waiting.length - this.#taken;
      if (rest === 0) break;
      const sized = rest === 1 ? 1 : chunkSize(cost, { fixed: undefined, max, concurrency: 1 }, engine.slots, rest);
      const size = Math.min(rest, sized);
      const rows = this.#waiting.slice(this.#taken, this.#taken + size);
      this.#taken += size;
      if (this.#taken === this.#waiting.length) {
        this.#waiting = [];
        this.#taken = 0;
      }
      const first = this.#next;
      this.#next += size;
      for (const call of rows) this.#link(call);
      this.#attempts.submit(pieceOf(rows, 0, size, first));
    }
    if (this.pending === 0 && this.#attempts.idle) this.#idle();
  }

  #encode(piece: Piece): Block {
    if (sizeOf(piece) === 1 && this.#spec.engine.clones) {
      const block = besideSnapshots([callOf(piece, 0).args]);
      if (block !== undefined) return block;
    }
    const rows: EncodedRow[] = [];
    for (let row = 0; row < sizeOf(piece); row++) rows.push(callOf(piece, row).args);
    return packRows(rows);
  }

  #succeeded(piece: Piece, results: ArrayLike<unknown>): void {
    if (this.#told !== undefined) this.#told.done += sizeOf(piece);
    for (let row = 0; row < sizeOf(piece); row++) this.#settle(callOf(piece, row))?.resolve(results[row]);
  }

  #idle(error?: unknown): void {
    if (this.#told !== undefined) {
      this.#spec.engine.events.emit(
        jobEnded(this.#spec.job.id, error === undefined ? undefined : { error }, this.#told),
      );
      this.#told = undefined;
    }
    this.#trace?.end({}, error === undefined ? undefined : { error });
    this.#trace = undefined;
    this.onIdle?.();
  }

  #begin(): void {
    const { engine, job, label } = this.#spec;
    this.#trace = startTrace(`calls ${label}`, { 'sheaf.job': job.id, 'sheaf.label': label });
    if (!engine.events.active) return;
    this.#told = { done: 0, failed: 0 };
    engine.events.emit({ kind: 'job-started', job: job.id, label, of: 'calls' });
  }

  #link(call: Call): void {
    this.#submitted++;
    call.next = this.#first;
    if (this.#first !== undefined) this.#first.previous = call;
    this.#first = call;
  }

  /** Takes a call out of those under way; `undefined` if it is not one of them any more. */
  #settle(call: Call): Call | undefined {
    const { next, previous } = call;
    if (previous !== undefined) previous.next = next;
    else if (this.#first === call) this.#first = next;
    else return undefined;
    if (next !== undefined) next.previous = previous;
    call.next = call.previous = undefined;
    this.#submitted--;
    return call;
  }
}

/** Arguments that a message carries as they are. */
function isPlain(args: readonly unknown[]): boolean {
  if (args.length > mostArguments) return false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if ((typeof arg === 'object' && arg !== null) || typeof arg === 'function' || typeof arg === 'symbol') return false;
  }
  return true;
}

const callOf = (piece: Piece, row: number): Call => piece.rows[piece.from + row] as Call;
