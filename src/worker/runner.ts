/**
 * What a worker does, the same in a thread, a process, or on the driver's own thread: runs the tasks it is given one at a time and
 * says how they ended.
 */
import { decodeRows } from '../codec/index.js';
import { callerOf, sprintOf } from './caller.js';
import type { Claims } from './claims.js';
import { collectAfter } from './collect.js';
import { enterContext, withContext } from './context.js';
import { type WorkerFunction, WorkerFunctions } from './functions.js';
import type { Marks } from './marks.js';
import { Outcomes } from './outcomes.js';
import type { FromWorker, JobMessage, TaskMessage, ToWorker, WorkerEnd } from './protocol.js';
import { RowClock } from './row-clock.js';
import { type RowResults, runRows, settleRow } from './rows.js';
import { TaskScope } from './scope.js';
import { Setups } from './setups.js';
import { isThenable } from './thenable.js';

/** Ends wait so long at most for others to travel with, in ms. */
const flushAfterMs = 1;
/** After so long without giving way, the event loop gets a turn, so that the user's timers and sockets keep their time; in ms. */
const yieldAfterMs = 5;

export interface RunnerOptions {
  readonly worker: number;
  readonly claims: Claims | undefined;
  /** Present where the driver learns from a file what a process died of. */
  readonly marks: Marks | undefined;
  /** Other tasks may run between the turns of this runner's on the same thread, so that each needs a context of its own. */
  readonly sharesThread: boolean;
  /** False where memory cannot be shared with the driver. */
  readonly sharedMemory: boolean;
  /** Messages to the driver are structured clones. */
  readonly clones: boolean;
  /** The driver is on this same thread: what it is told does not travel. */
  readonly stays: boolean;
  post(message: FromWorker): void;
  /** Everything is done after `close`. */
  closed(): void;
}

export class Runner {
  readonly #options: RunnerOptions;
  readonly #functions = new WorkerFunctions();
  readonly #outcomes: Outcomes;
  readonly #setups = new Setups(this.#functions);
  readonly #queue: (TaskMessage | undefined)[] = [];
  #head = 0;
  #pumping = false;
  #closing = false;
  #running: TaskScope | undefined;
  /** The task whose function or setup is being made ready. */
  #preparing: { readonly id: number; aborted: boolean } | undefined;
  #ends: WorkerEnd[] = [];
  #lastFlush = 0;
  #lastYield = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#outcomes = new Outcomes(this.#functions.table, options);
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'define':
        this.#functions.define(message.id, message.definition);
        break;
      case 'forget':
        this.#functions.forget(message.ids);
        break;
      case 'run':
        for (const task of message.tasks) this.#queue.push(task);
        if (!this.#pumping) this.#start();
        break;
      case 'abort':
        this.#abort(message.task, message.reason);
        break;
      case 'revoke':
        this.#options.post({ kind: this.#drop(message.task) ? 'revoked' : 'kept', task: message.task });
        break;
      case 'close':
        this.#closing = true;
        if (!this.#pumping) this.#options.closed();
        break;
    }
  }

  #abort(id: number, reason: 'timeout' | 'cancelled'): void {
    if (this.#running?.task.id === id) {
      this.#running.abort(reason);
      return;
    }
    if (this.#preparing?.id === id) {
      this.#preparing.aborted = true;
      return;
    }
    if (!this.#drop(id)) return;
    this.#end({ kind: 'dropped', task: id });
    if (!this.#pumping) this.#flush();
  }

  /** Takes a task that has not begun out of the queue; false if there is none. */
  #drop(id: number): boolean {
    const at = this.#queue.findIndex((task, i) => i >= this.#head && task?.id === id);
    if (at >= 0) this.#queue.splice(at, 1);
    return at >= 0;
  }

  #start(): void {
    this.#pumping = true;
    this.#lastYield = this.#lastFlush = performance.now();
    this.#pump();
  }

  /** Runs what is queued until it is empty, or a task has to be waited for, or the event loop is due a turn. */
  #pump(): void {
    while (this.#head < this.#queue.length) {
      const task = this.#queue[this.#head]!;
      this.#queue[this.#head++] = undefined; // what it brought with it may be large
      if (this.#head > 1024) {
        this.#queue.splice(0, this.#head);
        this.#head = 0;
      }
      if (this.#options.claims?.begin(task.claim) === false) continue; // taken back
      this.#options.marks?.begin(task.claim);
      const pending = this.#run(task);
      if (pending !== undefined) {
        pending.then(() => this.#resume());
        this.#flush(); // others need not wait for what this one waits for
        return;
      }
      collectAfter(task.input);
      if (this.#head < this.#queue.length && this.#isDue()) return;
    }
    this.#queue.length = this.#head = 0;
    this.#pumping = false;
    this.#flush();
    if (this.#closing) this.#options.closed();
  }

  #resume(): void {
    if (!this.#isDue()) this.#pump();
  }

  /** Sends what has waited long enough; true if the event loop gets a turn first, after which pumping goes on. */
  #isDue(): boolean {
    const now = performance.now();
    if (now - this.#lastFlush >= flushAfterMs) this.#flush();
    if (now - this.#lastYield < yieldAfterMs) return false;
    setImmediate(() => {
      this.#lastYield = performance.now();
      this.#pump();
    });
    return true;
  }

  #end(end: WorkerEnd): void {
    this.#ends.push(end);
  }

  #flush(): void {
    this.#lastFlush = performance.now();
    if (this.#ends.length === 0) return;
    const ends = this.#ends;
    this.#ends = [];
    this.#options.post({ kind: 'ended', ends });
  }

  /** Runs one task. Never throws; a promise when it has to be waited for, which never rejects. */
  #run(task: TaskMessage): Promise<void> | undefined {
    try {
      const { job } = task;
      const fn = this.#functions.get(job.fn);
      const setup = job.setup === undefined ? undefined : this.#setups.get(job.setup);
      if (!(fn instanceof Promise) && !(setup instanceof Promise)) return this.#runRows(task, fn, setup?.result);
      const preparing = { id: task.id, aborted: false };
      this.#preparing = preparing;
      return Promise.all([fn, setup instanceof Promise ? setup : setup?.result])
        .finally(() => {
          this.#preparing = undefined;
        })
        .then(
          ([ready, result]) => {
            if (!preparing.aborted) return this.#runRows(task, ready, result);
            this.#end({ kind: 'dropped', task: task.id });
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
    this.#end(this.#outcomes.unprepared(task, error));
  }

  #runRows(task: TaskMessage, fn: WorkerFunction, setup: unknown): Promise<void> | undefined {
    const { claims, worker, sharesThread } = this.#options;
    if (task.input.rows === 1 && !task.job.timed && !sharesThread) return this.#runOne(task, fn, setup);
    let rows: ArrayLike<unknown>;
    let call: (row: number) => unknown;
    try {
      rows = decodeRows(task.input);
      call = callerOf(task, fn, rows);
    } catch (error) {
      this.#unprepared(task, error);
      return undefined;
    }
    const scope = new TaskScope(task, claims, worker, setup);
    this.#running = scope;
    enterContext(scope);
    if (sharesThread) {
      const inner = call;
      call = (row) => withContext(scope, () => inner(row));
    }
    const clock = new RowClock(task, this.#options);
    const began = performance.now();
    const outcome = runRows(rows.length, task.onError === 'stop', task.job.concurrency, {
      begin: (row) => clock.begin(row),
      call,
      end: (row) => clock.end(row),
      sprint: sprintOf(task, fn, rows, this.#options),
      failing: (row, error, results) => this.#failing(task, row, error, results, began),
      tell: (results, keeps) => this.#tell(task, results, keeps),
      splits: task.job.splits,
    });
    if (!(outcome instanceof Promise)) {
      this.#finish(task, outcome, began);
      return undefined;
    }
    return outcome.then((done) => this.#finish(task, done, began));
  }

  /** The only row of a task whose time nobody watches: most single calls. They need little of what several rows do. */
  #runOne(task: TaskMessage, fn: WorkerFunction, setup: unknown): Promise<void> | undefined {
    const { claims, marks, worker } = this.#options;
    let row: unknown;
    let f: (...args: unknown[]) => unknown;
    const { program } = task.job;
    try {
      row = decodeRows(task.input)[0];
      f = fn.get(program.kind === 'call');
    } catch (error) {
      this.#unprepared(task, error);
      return undefined;
    }
    const scope = new TaskScope(task, claims, worker, setup);
    this.#running = scope;
    enterContext(scope);
    claims?.mark(0);
    marks?.mark(0);
    const began = performance.now();
    let result: unknown;
    try {
      if (program.kind === 'map') result = f(row, task.indices?.[0] ?? task.firstIndex);
      else result = program.spread ? f(...(row as unknown[])) : f(row);
    } catch (error) {
      this.#finish(task, { told: 0, results: [], failures: [{ row: 0, error }] }, began);
      return undefined;
    }
    return this.#settle(task, result, began);
  }

  /** The only row of a task has given this. */
  #settle(task: TaskMessage, result: unknown, began: number): Promise<void> | undefined {
    if (isThenable(result)) return settleRow(result).then((done) => this.#finish(task, done, began));
    const runUs = (performance.now() - began) * 1000;
    this.#leave();
    this.#end(this.#outcomes.single(task, result, runUs));
    return undefined;
  }

  /** What a single call of a job needs, if nothing has to be waited for. */
  readyFor({
    fn,
    setup,
    program,
    timed,
  }: JobMessage): { f: (...args: unknown[]) => unknown; setup: unknown } | undefined {
    if (this.#pumping || this.#closing || timed) return undefined;
    const ready = this.#functions.ready(fn);
    const result = setup === undefined ? undefined : this.#setups.known(setup);
    if (ready === undefined || (setup !== undefined && result === undefined)) return undefined;
    try {
      return { f: ready.get(program.kind === 'call'), setup: result?.result };
    } catch {
      return undefined; // as a task it says what is wrong
    }
  }

  /** Goes on with a task whose only row has been called. */
  adopt(scope: TaskScope, outcome: { readonly result: unknown } | { readonly error: unknown }, began: number): void {
    const { task } = scope;
    this.#pumping = true;
    this.#lastYield = this.#lastFlush = performance.now();
    this.#running = scope;
    enterContext(scope);
    let pending: Promise<void> | undefined;
    if ('result' in outcome) pending = this.#settle(task, outcome.result, began);
    else this.#finish(task, { told: 0, results: [], failures: [{ row: 0, error: outcome.error }] }, began);
    if (pending === undefined) this.#pump();
    else pending.then(() => this.#resume());
  }

  #finish(task: TaskMessage, done: RowResults, began: number): void {
    const runUs = (performance.now() - began) * 1000;
    this.#leave();
    this.#end(this.#outcomes.endOf(task, done, runUs));
  }

  /** The task's calls are over. */
  #leave(): void {
    this.#options.claims?.mark(-1);
    enterContext(undefined);
    this.#running = undefined;
  }

  /** Those who wait for results need not wait for rows behind them, nor do idle workers for rows that have not begun. */
  #tell(task: TaskMessage, results: ArrayLike<unknown>, keeps: number): boolean {
    const output = this.#outcomes.told(results);
    if (output !== undefined) this.#options.post({ kind: 'rows', task: task.id, output, keeps });
    return output !== undefined;
  }

  /** Whoever waits for the task need not wait for the calls that are in flight beside the one that failed. */
  #failing(task: TaskMessage, row: number, error: unknown, results: unknown[], began: number): void {
    const runUs = (performance.now() - began) * 1000;
    const end = this.#outcomes.stoppedAt(task, row, error, results, runUs);
    if (end !== undefined) this.#options.post({ kind: 'failing', end });
  }
}
