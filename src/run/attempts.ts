/** Tries at rows: submits pieces to the engine and deals with every way they can end, until each row has succeeded or failed for good. */

import type { Block } from '../codec/block.js';
import { decodeRows, isBeside, rowsBeside } from '../codec/index.js';
import type { Engine, JobSpec, MoreRows, RowFailure, RowsTold, Task, TaskEnd, Waiting } from '../engine/engine.js';
import { grows } from '../engine/program.js';
import { named, nextTaskId } from '../engine/told.js';
import {
  CancelledError,
  describeExit,
  setTask,
  TimeoutError,
  ValueError,
  type WorkerExit,
  WorkerLostError,
} from '../errors.js';
import { decodeThrown } from '../function/thrown.js';
import { eventError } from '../observe/events.js';
import type { Carrier, Trace } from '../observe/tracing.js';
import { type Caller, tellCaller } from './caller.js';
import type { KnownCost } from './chunking.js';
import type { Growth } from './growth.js';
import {
  attemptOf,
  causeOf,
  cut,
  indexOf,
  joined,
  later,
  type Piece,
  part,
  rowOf,
  sizeOf,
  takeTogether,
} from './piece.js';
import { capitalized, preview } from './preview.js';
import { type RetryPolicy, retryDelay } from './retry.js';
import { attemptAttributes, endAttempt, jobTrace } from './traces.js';

/** After its first try, an item whose worker was lost is tried so often again. */
const lostRetries = 2;

export interface AttemptHooks {
  /** Encodes the rows of a piece; throws `ValueError`. */
  encode(piece: Piece, here: boolean): Block;
  /** More rows for a task that goes on, if there are. */
  more?(growth: Growth): Piece | undefined;
  /** The block that was made for a piece: nobody uses it any more. */
  used?(block: Block): void;
  /** A task of a piece is done; what it took there and what handling it took here, in µs. */
  measured?(rows: number, runUs: number, handlingUs: number, here: boolean): void;
  /** Results of all rows of a piece, in order. A row whose result cannot be taken fails by `refuse`. */
  succeeded(piece: Piece, results: ArrayLike<unknown>, refuse: (row: number, error: ValueError) => void): void;
  /** A row, a piece of its own, failed for good. */
  failed(piece: Piece, error: unknown): void;
  /** The job cannot go on. */
  broken(error: unknown): void;
  /** Some piece has ended, or a new one can be submitted for another reason. */
  progressed(): void;
  /** Where a row was asked for, for the stack of its error. */
  caller(piece: Piece, row: number): Caller;
  /** A row, in the words of a message. */
  words(index: number): string;
  /** Workers that have something of a row at hand, best first. */
  prefer?(piece: Piece): readonly number[] | undefined;
  /** What messages show of a row; `undefined` where its words say it all. */
  item(piece: Piece, row: number): { readonly item: unknown } | undefined;
  /** The partition of a dataset that a row, which is a task, makes. */
  partition?(piece: Piece, row: number): number | undefined;
}

export interface AttemptOptions {
  readonly label: string;
  readonly retries: RetryPolicy | undefined;
  /** Something of the rows is moved to the worker and is gone here: they cannot be tried again. */
  readonly movesInput: boolean;
  /** The span that attempts are inside of; by default one of the whole job. */
  readonly trace?: (() => Trace | undefined) | undefined;
  /** False: the first failing row ends the job, so that those behind it in its piece need not run. */
  readonly keepGoing: () => boolean;
  /** So many rows that are tried again may be one task, by default one: they would be in flight at once. */
  readonly together?: number;
}

/** What is left of a piece whose task goes on. */
interface Rest {
  piece: Piece;
  /** Rows told of so far. */
  told: number;
  /** Rows whose time was told of, and that, in µs. */
  measured: { readonly rows: number; readonly runUs: number };
  task: Task | undefined;
  /** Others wait for its worker, so that another task of the job is to wait, too. */
  isFollowed: boolean;
}

export class Attempts {
  readonly #engine: Engine;
  readonly #job: JobSpec;
  readonly #cost: KnownCost;
  readonly #hooks: AttemptHooks;
  readonly #options: AttemptOptions;
  readonly #trace: () => Trace | undefined;
  /** Rows that are to be submitted again, before any new ones. */
  readonly #again: Piece[] = [];
  readonly #delays = new Set<NodeJS.Timeout>();
  #running = 0;
  #followed = 0;
  #decoding = 0;

  constructor(engine: Engine, job: JobSpec, cost: KnownCost, hooks: AttemptHooks, options: AttemptOptions) {
    this.#engine = engine;
    this.#job = job;
    this.#cost = cost;
    this.#hooks = hooks;
    this.#options = options;
    this.#trace = options.trace ?? jobTrace(job, options.label);
    job.signal.addEventListener('abort', () => this.#drop(), { once: true });
  }

  /** Tasks under way. */
  get running(): number {
    return this.#running;
  }

  /** The same without those for which another may be submitted already. */
  get unfollowed(): number {
    return this.#running - this.#followed;
  }

  /** Nothing is under way and nothing waits to be tried again. */
  get idle(): boolean {
    return this.#running === 0 && this.#decoding === 0 && this.#again.length === 0 && this.#delays.size === 0;
  }

  /** Somebody follows each task. */
  get isTraced(): boolean {
    return this.#trace() !== undefined;
  }

  /** A piece that is to be tried again, for the next {@link submit}. */
  again(): Piece | undefined {
    return takeTogether(this.#again, this.#options.together ?? 1);
  }

  /** @param here an engine on this very thread, in place of the usual one */
  submit(piece: Piece, here?: Pick<Engine, 'submit'>): void {
    const rows = sizeOf(piece);
    let handlingUs = 0;
    const rest: Rest = { piece, told: 0, measured: { rows: 0, runUs: 0 }, task: undefined, isFollowed: false };
    let block: Block | undefined;
    // Not handed out ahead: if it kills again, it is known to be the one, and what has moved to a worker cannot be taken back.
    const alone = piece.losses + piece.suspicion > 0 || this.#options.movesInput;
    // All rows of a task are at the same try.
    const growing = !alone && piece.failures === 0 && grows(this.#job);
    const prefer = this.#hooks.prefer?.(piece);
    const trace = this.#trace();
    let attempt: Trace | undefined;
    const task: Task = {
      job: this.#job,
      ...(prefer && { prefer }),
      id: nextTaskId(),
      cause: causeOf(piece),
      rows,
      firstIndex: piece.firstIndex,
      indices: piece.indices?.slice(piece.from, piece.to),
      input: () => {
        const began = performance.now();
        block = this.#hooks.encode(piece, here !== undefined);
        handlingUs += (performance.now() - began) * 1000;
        return block;
      },
      attempt: attemptOf(piece),
      onError: this.#options.keepGoing() ? 'continue' : 'stop',
      told: rows === 1 && !growing ? undefined : (told, worker) => this.#told(rest, told, worker),
      more: growing ? (...asked) => this.#more(rest, ...asked) : undefined,
      expectedUs: alone ? undefined : this.#cost.expectedUs(rows),
      trace: trace && (() => begin(trace)),
    };
    // Once, though a task may be handed out again.
    const begin = (job: Trace): Carrier | undefined => {
      attempt ??= job.child(`attempt ${this.#options.label}`, attemptAttributes(task));
      return attempt.carrier();
    };
    rest.task = task;
    this.#running++;
    (here ?? this.#engine).submit(task).then((end) => {
      const began = performance.now();
      if (attempt !== undefined) endAttempt(attempt, end);
      if (end.kind === 'done') this.#measure(rest, rest.told + end.output.rows + end.failures.length, end.stats.runUs);
      this.#handle(rest.piece, rest.told === 0 ? end : later(end, rest.told));
      if (end.kind === 'done') {
        this.#hooks.used?.(block!);
        handlingUs += (performance.now() - began) * 1000;
        this.#hooks.measured?.(rest.told + sizeOf(rest.piece), end.stats.runUs, handlingUs, here !== undefined);
      }
      // Not before: who takes the results of its first rows may ask whether everything is over while its other rows are to be tried again.
      this.#running--;
      if (rest.isFollowed) this.#followed--;
      this.#hooks.progressed();
    });
  }

  #measure(rest: Rest, rows: number, runUs: number): void {
    const { measured } = rest;
    rest.measured = { rows, runUs };
    this.#cost.measured(rows - measured.rows, runUs - measured.runUs);
  }

  /** A task that goes on asks for more rows. */
  #more(rest: Rest, done: number, runUs: number, waiting: Waiting, later: () => void): MoreRows | undefined {
    if (this.#job.signal.aborted) return undefined;
    this.#measure(rest, done, runUs);
    const open = sizeOf(rest.piece);
    const isWaitedFor = waiting.tasks > this.#running - waiting.running;
    if (isWaitedFor && !rest.isFollowed) {
      // Or its worker would go to others when it ends, whatever their priority.
      rest.isFollowed = true;
      this.#followed++;
      this.#hooks.progressed();
    }
    const piece = this.#hooks.more!({ rows: rest.told + open, open, isWaitedFor, later });
    if (piece === undefined) return undefined;
    let input: Block;
    try {
      input = this.#hooks.encode(piece, false);
    } catch (error) {
      this.#refused(piece, error);
      this.#hooks.progressed();
      return undefined;
    }
    rest.piece = joined(rest.piece, [piece]);
    return { input, firstIndex: piece.firstIndex, indices: piece.indices?.slice(piece.from, piece.to) };
  }

  /** News of a task that goes on: takes the results of its next rows off it, and those rows that it has given back. */
  #told(rest: Rest, { output, failures, keeps }: RowsTold, worker: number): void {
    if (this.#job.signal.aborted) return;
    const { piece } = rest;
    const before = rest.told;
    const kept = keeps - before;
    const rows = output.rows + failures.length;
    const { events } = this.#engine;
    if (events.active) {
      const back = Math.max(0, sizeOf(piece) - kept);
      events.emit({ kind: 'task-progressed', ...named(rest.task!), worker, rows, back });
    }
    if (kept < sizeOf(piece)) this.#again.push(...cut(part(piece, kept, sizeOf(piece)), this.#engine.slots * 2));
    rest.piece = part(piece, rows, Math.min(kept, sizeOf(piece)));
    rest.told += rows;
    const failed = failures.map((failure) => ({ ...failure, row: failure.row - before }));
    this.#take(part(piece, 0, rows), rows, output, failed, worker);
    this.#hooks.progressed();
  }

  #handle(piece: Piece, end: TaskEnd): void {
    if (this.#job.signal.aborted) return;
    switch (end.kind) {
      case 'done': {
        const rows = end.output.rows + end.failures.length;
        // Those behind came too late for it.
        if (rows < sizeOf(piece)) this.#again.push(part(piece, rows, sizeOf(piece)));
        this.#take(part(piece, 0, rows), rows, end.output, end.failures, end.stats.worker);
        return;
      }
      case 'threw':
        this.#take(piece, end.output.rows, end.output, [], end.stats.worker);
        // Nobody asked for the other rows when the task was made, but somebody may have since. What has moved there is gone.
        if (this.#options.keepGoing() && !this.#options.movesInput) {
          const { row } = end.failure;
          if (end.output.rows < row) this.#again.push(part(piece, end.output.rows, row));
          if (row + 1 < sizeOf(piece)) this.#again.push(part(piece, row + 1, sizeOf(piece)));
        }
        this.#threw(piece, end.failure, end.stats.worker);
        return;
      case 'timed-out': {
        this.#except(piece, end.row);
        this.#late(piece, end.row, end.worker);
        return;
      }
      case 'worker-lost':
        this.#lost(piece, end.blame, end.exit, end.worker);
        return;
      case 'cancelled':
        this.#hooks.broken(new CancelledError('The work was cancelled: the engine was terminated.'));
        return;
      case 'unprepared':
        this.#decode(end.thrown, this.#hooks.caller(piece, 0), (error) => {
          this.#note(error, piece, 0, end.worker);
          this.#hooks.broken(error);
        });
        return;
      case 'refused':
        this.#refused(piece, end.error);
        return;
    }
  }

  /** Results of the first `rows` rows of a piece, but for those that failed. */
  #take(piece: Piece, rows: number, output: Block, failures: readonly RowFailure[], worker: number): void {
    let results: ArrayLike<unknown>;
    try {
      results = isBeside(output) ? rowsBeside(output) : decodeRows(output);
    } catch (error) {
      this.#hooks.broken(error);
      return;
    }
    let taken = 0;
    let start = 0;
    const upTo = (end: number): void => {
      if (end <= start) return;
      const count = end - start;
      const all = count === results.length;
      const done = part(piece, start, end);
      this.#hooks.succeeded(
        done,
        all ? results : Array.prototype.slice.call(results, taken, taken + count),
        (row, error) => this.#refuse(done, row, error, worker),
      );
      taken += count;
    };
    for (const failure of failures) {
      upTo(failure.row);
      start = failure.row + 1;
      this.#threw(piece, failure, worker);
    }
    upTo(rows);
  }

  #late(piece: Piece, row: number, worker: number): void {
    const { timeoutMs = 0 } = this.#job;
    const what = capitalized(this.#hooks.words(indexOf(piece, row)));
    const error = new TimeoutError(`${what} ran longer than its timeoutMs of ${timeoutMs} ms.`, timeoutMs);
    tellCaller(error, this.#hooks.caller(piece, row));
    this.#failed(part(piece, row, row + 1), error, worker);
  }

  #threw(piece: Piece, { row, thrown, late }: RowFailure, worker: number): void {
    if (late === true) {
      this.#late(piece, row, worker);
      return;
    }
    this.#decode(thrown, this.#hooks.caller(piece, row), (error) =>
      this.#failed(part(piece, row, row + 1), error, worker),
    );
  }

  /** Decodes an error, whose class may have to be imported first. */
  #decode(thrown: Block, caller: Caller, then: (error: unknown) => void): void {
    let error: unknown;
    try {
      error = decodeThrown(thrown, caller);
    } catch (problem) {
      error = problem;
    }
    if (!(error instanceof Promise)) {
      then(error);
      return;
    }
    this.#decoding++;
    const finish = (value: unknown): void => {
      if (!this.#job.signal.aborted) then(value);
      this.#decoding--;
      this.#hooks.progressed();
    };
    error.then(finish, finish);
  }

  /** One row (a piece of its own) has failed with `error`. */
  #failed(piece: Piece, error: unknown, worker: number): void {
    const failures = piece.failures + 1;
    this.#note(error, piece, 0, worker);
    let delay: number | undefined;
    try {
      delay = retryDelay(this.#options.retries, error, failures);
    } catch (problem) {
      this.#tell(error, piece, 0, worker);
      this.#hooks.failed(piece, problem);
      return;
    }
    this.#tell(error, piece, 0, worker, delay);
    if (delay === undefined) {
      this.#hooks.failed(piece, error);
      return;
    }
    const next = { ...piece, failures };
    if (delay === 0) {
      this.#again.push(next);
      return;
    }
    // The global one: a program with a time of its own says when the delay is over.
    const timer = setTimeout(() => {
      this.#delays.delete(timer);
      this.#again.push(next);
      this.#hooks.progressed();
    }, delay);
    this.#delays.add(timer);
  }

  #lost(piece: Piece, blame: { readonly row: number } | 'none' | 'unknown', exit: WorkerExit, worker: number): void {
    if (this.#options.movesInput) {
      for (let row = 0; row < sizeOf(piece); row++) this.#died(part(piece, row, row + 1), 1, exit, worker);
    } else if (blame === 'none') {
      this.#again.push(piece);
    } else if (blame === 'unknown') {
      const suspicion = piece.suspicion + 1;
      for (let row = 0; row < sizeOf(piece); row++) this.#again.push({ ...part(piece, row, row + 1), suspicion });
    } else {
      const { row } = blame;
      this.#except(piece, row);
      const killer = { ...part(piece, row, row + 1), losses: piece.losses + piece.suspicion + 1, suspicion: 0 };
      if (killer.losses <= lostRetries) {
        this.#again.push(killer);
        return;
      }
      // The last try is over: it is the one that the error tells of.
      this.#died({ ...killer, losses: killer.losses - 1 }, killer.losses, exit, worker);
    }
  }

  /** One row (a piece of its own) has lost its last worker. */
  #died(piece: Piece, times: number, exit: WorkerExit, worker: number): void {
    const shown = this.#hooks.item(piece, 0);
    const what = `${this.#hooks.words(indexOf(piece, 0))}${shown === undefined ? '' : ` (${preview(shown.item)})`}`;
    const moved = this.#options.movesInput ? ' It is not tried again, since its input had been moved there.' : '';
    const often = times === 1 ? '' : ` ${times} times`;
    const error = new WorkerLostError(
      `The worker died${often} while running ${what}: ${describeExit(exit)}.${moved}`,
      exit,
    );
    tellCaller(error, this.#hooks.caller(piece, 0));
    this.#note(error, piece, 0, worker);
    this.#tell(error, piece, 0, worker);
    this.#hooks.failed(piece, error);
  }

  /** All rows of a piece but one are to be run again, uncharged. */
  #except(piece: Piece, row: number): void {
    if (row > 0) this.#again.push(part(piece, 0, row));
    if (row + 1 < sizeOf(piece)) this.#again.push(part(piece, row + 1, sizeOf(piece)));
  }

  #refused(piece: Piece, error: unknown): void {
    const row = error instanceof ValueError && error.index !== undefined ? rowOf(piece, error.index) : undefined;
    if (row === undefined) {
      this.#hooks.broken(error);
      return;
    }
    this.#except(piece, row);
    this.#refuse(piece, row, error as ValueError, -1);
  }

  /** What a row is, or what it has come to, cannot be taken. */
  #refuse(piece: Piece, row: number, error: ValueError, worker: number): void {
    tellCaller(error, this.#hooks.caller(piece, row));
    this.#note(error, piece, row, worker);
    this.#tell(error, piece, row, worker);
    this.#hooks.failed(part(piece, row, row + 1), error);
  }

  #note(error: unknown, piece: Piece, row: number, worker: number): void {
    const { label } = this.#options;
    const item = this.#shown(piece, row);
    const partition = this.#hooks.partition?.(piece, row);
    const place = partition === undefined ? { index: indexOf(piece, row) } : { index: partition, partition };
    setTask(error, { label, item, attempt: attemptOf(piece), worker, ...place });
  }

  #shown(piece: Piece, row: number): string {
    const shown = this.#hooks.item(piece, row);
    return shown === undefined ? this.#hooks.words(indexOf(piece, row)) : preview(shown.item);
  }

  #tell(error: unknown, piece: Piece, row: number, worker: number, again?: number): void {
    const { events } = this.#engine;
    if (!events.active) return;
    events.emit({
      kind: 'item-failed',
      job: this.#job.id,
      ...(this.#job.stage === undefined ? {} : { stage: this.#job.stage }),
      index: indexOf(piece, row),
      item: this.#shown(piece, row),
      attempt: attemptOf(piece),
      worker,
      cause: eventError(error),
      ...(again === undefined ? {} : { again }),
    });
  }

  #drop(): void {
    this.#again.length = 0;
    for (const timer of this.#delays) clearTimeout(timer);
    this.#delays.clear();
  }
}
