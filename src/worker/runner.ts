/** What a worker does, the same in a thread, a process, or on the driver's own thread: runs tasks one at a time and says how they ended. */
import { sprintOf } from './caller.js';
import { now } from './clock.js';
import { collectAfter } from './collect.js';
import { enterContext, withContext } from './context.js';
import { Ends } from './ends.js';
import { endsRowsAlone } from './ends-alone.js';
import { type WorkerFunction, WorkerFunctions } from './functions.js';
import { type Calls, callsOf } from './growing-calls.js';
import { Outcomes } from './outcomes.js';
import { fewRows, Patience } from './patience.js';
import type { JobMessage, TaskMessage, ToWorker } from './protocol.js';
import type { Ready } from './ready.js';
import { RowClock } from './row-clock.js';
import { RowScopes } from './row-scopes.js';
import { type FailedRow, type RowResults, runRows, settleRow } from './rows.js';
import type { RunnerOptions } from './runner-options.js';
import { TaskScope } from './scope.js';
import { Setups } from './setups.js';
import { TaskQueue } from './task-queue.js';
import { isThenable } from './thenable.js';
import { traced } from './traced.js';
import { Turns } from './turns.js';

export class Runner {
  readonly #options: RunnerOptions;
  readonly functions = new WorkerFunctions();
  readonly #outcomes: Outcomes;
  readonly #setups = new Setups(this.functions);
  readonly #queue = new TaskQueue();
  #pumping = false;
  #closing = false;
  #running: TaskScope | undefined;
  /** The task whose function or setup is being made ready. */
  #preparing: { readonly id: number; aborted: boolean } | undefined;
  readonly #ends: Ends;
  readonly #turns = new Turns();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#ends = new Ends(options.post);
    this.#outcomes = new Outcomes(this.functions.table, options);
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'define':
        this.functions.define(message.id, message.definition);
        break;
      case 'forget':
        this.functions.forget(message.ids);
        break;
      case 'run':
        this.#queue.add(message.tasks);
        if (!this.#pumping) this.#start();
        break;
      case 'more':
        this.#running?.growing?.answer(message);
        break;
      case 'abort':
        this.#abort(message.task, message.reason, message.row);
        break;
      case 'revoke':
        this.#options.post({ kind: this.#queue.drop(message.task) ? 'revoked' : 'kept', task: message.task });
        break;
      case 'close':
        this.#closing = true;
        if (!this.#pumping) this.#options.closed();
        break;
    }
  }

  #abort(id: number, reason: 'timeout' | 'cancelled', row: number | undefined): void {
    if (this.#running?.task.id === id) this.#running.abort(reason, row);
    else if (this.#preparing?.id === id) this.#preparing.aborted = true;
    else if (this.#queue.drop(id)) {
      this.#ends.add({ kind: 'dropped', task: id });
      if (!this.#pumping) this.#ends.flush();
    }
  }

  /** Nobody wants what it has: nothing more begins, and what runs sees its signal. For a thread that cannot be ended. */
  abandon(): void {
    this.#queue.clear();
    this.#running?.abort('cancelled');
    if (this.#preparing !== undefined) this.#preparing.aborted = true;
  }

  #start(): void {
    this.#pumping = true;
    this.#ends.start(this.#turns.begin());
    this.#pump();
  }

  /** Runs what is queued until it is empty, or a task has to be waited for, or the event loop is due a turn. */
  #pump(): void {
    while (!this.#queue.isEmpty) {
      const task = this.#queue.take();
      if (this.#options.claims?.begin(task.claim) === false) continue; // taken back
      this.#options.marks?.begin(task.claim);
      const pending = this.#run(task);
      if (pending !== undefined) {
        pending.then(() => this.#resume());
        this.#ends.flush(); // others need not wait for what this one waits for
        return;
      }
      if (!this.#options.stays) collectAfter(task.input);
      if (this.#isDue()) return;
    }
    this.#pumping = false;
    this.#ends.flush();
    if (this.#closing) this.#options.closed();
  }

  #resume(): void {
    if (!this.#isDue()) this.#pump();
  }

  /** Sends what has waited long enough; true if the event loop gets a turn first, after which pumping goes on. */
  #isDue(): boolean {
    const time = now();
    this.#ends.flushIfDue(time);
    if (!this.#turns.isDue(time)) return false;
    this.#ends.flush();
    this.#turns.next(() => this.#pump());
    return true;
  }

  /** Runs one task. Never throws; a promise when it has to be waited for, which never rejects. */
  #run(task: TaskMessage): Promise<void> | undefined {
    try {
      const { job } = task;
      const fn = this.functions.get(job.fn);
      const setup = job.setup === undefined ? undefined : this.#setups.get(job.setup);
      if (!(fn instanceof Promise) && !(setup instanceof Promise))
        return traced(task, () => this.#runRows(task, fn, setup?.result));
      const preparing = { id: task.id, aborted: false };
      this.#preparing = preparing;
      return Promise.all([fn, setup instanceof Promise ? setup : setup?.result])
        .finally(() => {
          this.#preparing = undefined;
        })
        .then(
          ([ready, result]) => {
            if (!preparing.aborted) return traced(task, () => this.#runRows(task, ready, result));
            this.#ends.add({ kind: 'dropped', task: task.id });
          },
          (error: unknown) => this.#unprepared(task, error),
        );
    } catch (error) {
      this.#unprepared(task, error);
      return undefined;
    }
  }

  #unprepared(task: TaskMessage, error: unknown): void {
    this.#running = undefined;
    this.#ends.add(this.#outcomes.unprepared(task, error));
  }

  #runRows(task: TaskMessage, fn: WorkerFunction, setup: unknown): Promise<void> | undefined {
    const { claims, worker, sharesThread, stays } = this.#options;
    let calls: Calls;
    try {
      calls = callsOf(task, fn, this.#outcomes, this.#options.post);
    } catch (error) {
      this.#unprepared(task, error);
      return undefined;
    }
    const { rows, growing, call: inner } = calls;
    const each = endsRowsAlone(task) ? new RowScopes(task, claims, worker, setup) : undefined;
    const scope = each ?? new TaskScope(task, claims, worker, setup);
    this.#running = scope;
    scope.growing = growing;
    if (!stays) enterContext(scope);
    let call = inner;
    if (each !== undefined) call = (row) => each.call(row, inner);
    else if (sharesThread) call = (row) => withContext(scope, () => inner(row));
    const began = now();
    if (rows.length === 1 && !task.job.timed && growing === undefined) return this.#runOne(task, call, began);
    const clock = new RowClock(task, this.#options);
    const outcome = runRows(rows.length, task.onError === 'stop', task.job.concurrency, {
      begin: (row) => clock.begin(row),
      call,
      end: (row) => {
        each?.end(row);
        clock.end(row);
      },
      isLate: (row) => each?.isLate(row) === true,
      isOver: () => scope.isOver,
      sprint: sprintOf(task, fn, rows, this.#options),
      failing: (row, error, results) => this.#failing(task, row, error, results, began),
      tell: (results, failures, keeps) => {
        const isTold = this.#tell(task, results, failures, keeps);
        if (isTold) growing?.told(results.length + failures.length);
        return isTold;
      },
      asks: growing?.ask,
      patience: task.job.splits ? new Patience(stays ? fewRows : undefined) : undefined,
    });
    if (outcome instanceof Promise) return outcome.then((done) => this.#finish(task, done, began, growing?.placeOf));
    this.#finish(task, outcome, began);
    return undefined;
  }

  /** The only row of a task whose time nobody watches needs little of what several rows do. */
  #runOne(task: TaskMessage, call: (row: number) => unknown, began: number): Promise<void> | undefined {
    this.#options.claims?.mark(0);
    this.#options.marks?.mark(0);
    let result: unknown;
    try {
      result = call(0);
    } catch (error) {
      this.#finish(task, { told: 0, results: [], failures: [{ row: 0, error }] }, began);
      return undefined;
    }
    return this.#settle(task, result, began);
  }

  /** The only row of a task has given this. */
  #settle(task: TaskMessage, result: unknown, began: number): Promise<void> | undefined {
    try {
      if (isThenable(result)) return settleRow(result).then((done) => this.#finish(task, done, began));
    } catch (error) {
      this.#finish(task, { told: 0, results: [], failures: [{ row: 0, error }] }, began);
      return undefined;
    }
    const runUs = (now() - began) * 1000;
    this.#leave();
    this.#ends.add(this.#outcomes.single(task, result, runUs));
    return undefined;
  }

  /** What a single call of a job needs, if nothing has to be waited for. */
  readyFor(job: JobMessage): Ready | undefined {
    const { fn, setup, program, timed } = job;
    if (this.#pumping || this.#closing || timed) return undefined;
    const ready = this.functions.ready(fn);
    const result = setup === undefined ? undefined : this.#setups.known(setup);
    if (ready === undefined || (setup !== undefined && result === undefined)) return undefined;
    try {
      return { job, f: ready.get(program.kind === 'call'), setup: result?.result, again: !ready.stateful };
    } catch {
      return undefined; // as a task it says what is wrong
    }
  }

  /** Goes on with a task whose only row has been called. */
  adopt(scope: TaskScope, outcome: { readonly result: unknown } | { readonly error: unknown }, began: number): void {
    const { task } = scope;
    this.#pumping = true;
    this.#ends.start(this.#turns.begin());
    this.#running = scope;
    enterContext(scope);
    let pending: Promise<void> | undefined;
    if ('result' in outcome) pending = this.#settle(task, outcome.result, began);
    else this.#finish(task, { told: 0, results: [], failures: [{ row: 0, error: outcome.error }] }, began);
    if (pending === undefined) this.#pump();
    else pending.then(() => this.#resume());
  }

  #finish(task: TaskMessage, done: RowResults, began: number, placeOf?: (row: number) => number): void {
    const runUs = (now() - began) * 1000;
    this.#leave();
    this.#ends.add(this.#outcomes.endOf(task, done, runUs, placeOf));
  }

  /** The task's calls are over. */
  #leave(): void {
    this.#options.claims?.mark(-1);
    if (!this.#options.stays) enterContext(undefined);
    this.#running = undefined;
  }

  /** Those who wait for results need not wait for rows behind them, nor do idle workers for rows that have not begun. */
  #tell(task: TaskMessage, results: ArrayLike<unknown>, failures: readonly FailedRow[], keeps: number): boolean {
    const done = this.#outcomes.told(results, failures, task);
    if (done !== undefined) this.#options.post({ kind: 'rows', task: task.id, ...done, keeps });
    return done !== undefined;
  }

  /** Whoever waits for the task need not wait for the calls that are in flight beside the one that failed. */
  #failing(task: TaskMessage, row: number, error: unknown, results: unknown[], began: number): void {
    const runUs = (now() - began) * 1000;
    const end = this.#outcomes.stoppedAt(task, row, error, results, runUs);
    if (end !== undefined) this.#options.post({ kind: 'failing', end });
  }
}
