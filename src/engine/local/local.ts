/**
 * The engine of this machine: carries out what the pure scheduler decides, with real workers over channels. All decisions of who runs
 * what, and of time, are in `schedule/`; this file only makes them happen and reports back.
 */
import type { Block } from '../../codec/block.js';
import { EngineError, ExchangeError, type WorkerExit } from '../../errors.js';
import type { Allocation } from '../../schedule/policy.js';
import { createState, step } from '../../schedule/step.js';
import type { Command, Event } from '../../schedule/types.js';
import type { FromWorker, WorkerEnd } from '../../worker/protocol.js';
import type { BlockRef, Engine, JobSpec, Task, TaskEnd } from '../engine.js';
import type { Connect } from './channel.js';
import type { Entry } from './entry.js';
import { failureOf, taskEndOf } from './task-end.js';
import { FunctionNumbers, WorkerHandle } from './worker-handle.js';

/** After so many workers in a row died before they were up, the engine gives up on what waits. */
const startAttempts = 3;

export interface LocalEngineOptions {
  readonly workers: number;
  readonly allocation: Allocation;
  readonly graceMs: number;
  readonly maxTasksPerWorker: number | undefined;
  /** Bound for a kind stop of a worker when the engine closes, in ms. */
  readonly closeMs: number;
  readonly connect: Connect;
  readonly sharesMemory: boolean;
}

export class LocalEngine implements Engine {
  readonly slots: number;
  readonly sharesMemory: boolean;
  readonly #options: LocalEngineOptions;
  readonly #state: ReturnType<typeof createState>;
  readonly #entries = new Map<number, Entry>();
  readonly #workers = new Map<number, WorkerHandle>();
  readonly #jobs = new Map<JobSpec, number>();
  readonly #functions = new FunctionNumbers();
  readonly #events: Event[] = [];
  #submitted: { from: number; to: number; task: Task; job: number }[] = [];
  #nextTask = 0;
  #nextWorker = 0;
  #nextJob = 0;
  #stepping = false;
  #startFailures = 0;
  #lastExit: WorkerExit = { how: 'exited' };
  #wake: NodeJS.Timeout | undefined;
  /** Holds the process while work is pending; workers never do. */
  #alive: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;
  #onIdle: (() => void) | undefined;
  #onGone: (() => void) | undefined;

  constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.slots = options.workers;
    this.sharesMemory = options.sharesMemory;
    const { allocation, graceMs, maxTasksPerWorker } = options;
    this.#state = createState({ allocation, graceMs, maxTasksPerWorker });
  }

  submit(task: Task): Promise<TaskEnd> {
    if (this.#closing !== undefined) {
      const error = new EngineError('The engine is closed. Open another pool, or close it after its last job.');
      return Promise.resolve({ kind: 'refused', error });
    }
    if (task.job.signal.aborted) return Promise.resolve({ kind: 'cancelled' });
    return new Promise((resolve) => {
      const id = this.#nextTask++;
      this.#entries.set(id, { task, resolve, worker: undefined, claim: -1, row: 0, interrupted: undefined });
      this.#hold();
      const job = this.#jobOf(task.job);
      const last = this.#submitted.at(-1);
      if (last === undefined) queueMicrotask(() => this.#admit());
      if (last?.job === job && last.task.expectedUs === task.expectedUs && last.to === id) last.to = id + 1;
      else this.#submitted.push({ from: id, to: id + 1, task, job });
    });
  }

  async fetch(ref: BlockRef): Promise<Block> {
    throw new ExchangeError(`Block ${ref.id} is not held by this engine.`);
  }

  release(_refs: Iterable<BlockRef>): void {}

  close(): Promise<void> {
    this.#closing ??= this.#stop(true);
    return this.#closing;
  }

  terminate(): Promise<void> {
    const kind = this.#closing;
    const now = this.#stop(false);
    this.#closing = kind === undefined ? now : Promise.all([kind, now]).then(() => {});
    return this.#closing;
  }

  /** Gives what was submitted in this turn to the scheduler, alike tasks as one range. */
  #admit(): void {
    const submitted = this.#submitted;
    this.#submitted = [];
    if (this.#closed) return;
    this.#grow();
    const now = performance.now();
    for (const { from, to, task, job } of submitted) {
      const { priority, timeoutMs, allocation } = task.job;
      this.#events.push({
        kind: 'submitted',
        from,
        to,
        job,
        priority,
        expectedUs: task.expectedUs,
        timeoutMs,
        allocation,
        now,
      });
    }
    this.#step();
  }

  /** Starts as many workers as there is work for. Policies that place by worker need all from the start. */
  #grow(): void {
    const { workers, allocation } = this.#options;
    const eager = allocation === 'round-robin' || typeof allocation === 'object';
    const wanted = Math.min(workers, eager && this.#entries.size > 0 ? workers : this.#entries.size);
    while (this.#workers.size < wanted && this.#startFailures < startAttempts) this.#start();
  }

  #start(): void {
    const id = this.#nextWorker++;
    let handle: WorkerHandle;
    try {
      handle = new WorkerHandle(
        id,
        this.#options.connect,
        { message: (message) => this.#receive(handle, message), exit: (exit) => this.#lost(handle, exit) },
        this.#functions,
      );
    } catch (error) {
      this.#startFailures = startAttempts;
      this.#giveUp({ how: 'crashed', message: error instanceof Error ? error.message : String(error) });
      return;
    }
    this.#workers.set(id, handle);
    this.#events.push({ kind: 'worker-joined', worker: id, now: performance.now() });
  }

  #receive(worker: WorkerHandle, message: FromWorker): void {
    if (!this.#workers.has(worker.id)) return;
    const now = performance.now();
    switch (message.kind) {
      case 'ready':
        worker.ready = true;
        this.#startFailures = 0;
        return;
      case 'started': {
        const entry = worker.holds.get(message.task);
        if (entry === undefined) return;
        entry.row = message.row;
        this.#events.push({ kind: 'started', worker: worker.id, task: message.task, now: now - message.agoMs });
        break;
      }
      case 'ended':
        for (const end of message.ends) this.#ended(worker, end, now);
        break;
    }
    this.#step();
  }

  #ended(worker: WorkerHandle, end: WorkerEnd, now: number): void {
    const entry = worker.holds.get(end.task);
    if (entry === undefined) return; // reported as over before
    worker.holds.delete(end.task);
    this.#events.push({ kind: 'ended', worker: worker.id, task: end.task, now });
    this.#resolve(end.task, entry, taskEndOf(entry, end, worker.id));
  }

  #resolve(id: number, entry: Entry, end: TaskEnd): void {
    if (!this.#entries.delete(id)) return;
    entry.resolve(end);
    if (this.#entries.size > 0) return;
    this.#alive?.unref();
    this.#onIdle?.();
  }

  /** A worker is gone, however that came. */
  #lost(worker: WorkerHandle, exit: WorkerExit): void {
    if (!this.#workers.delete(worker.id)) return;
    const now = performance.now();
    this.#lastExit = exit;
    // Tasks that it had finished but not told of are done again; the last one it began is the one it died of.
    const begun = [...worker.holds].filter(([, entry]) => worker.hasBegun(entry));
    for (const [id, entry] of begun.slice(0, -1)) {
      worker.holds.delete(id);
      this.#events.push({ kind: 'ended', worker: worker.id, task: id, now });
      this.#resolve(id, entry, { kind: 'worker-lost', blame: 'none', exit, worker: worker.id });
    }
    this.#events.push({ kind: 'worker-lost', worker: worker.id, now });
    if (!worker.ready && !worker.leaving && exit.how !== 'replaced') {
      this.#startFailures++;
      if (this.#startFailures >= startAttempts) this.#giveUp(exit);
    }
    this.#step();
    this.#grow();
    this.#step();
    if (this.#workers.size === 0) this.#onGone?.();
  }

  /** Workers do not start: what waits is refused, and the next submit tries anew. */
  #giveUp(exit: WorkerExit): void {
    const error = failureOf(exit);
    for (const [id, entry] of [...this.#entries]) {
      this.#events.push({ kind: 'cancelled-task', task: id, now: performance.now() });
      this.#resolve(id, entry, { kind: 'refused', error });
    }
    this.#startFailures = 0;
  }

  /** Feeds waiting events to the scheduler and carries out its commands, which may cause further events. */
  #step(): void {
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
        for (const command of step(this.#state, event)) this.#perform(command);
      }
    } finally {
      this.#stepping = false;
    }
    for (const worker of this.#workers.values()) worker.flush();
  }

  #perform(command: Command): void {
    const now = performance.now();
    switch (command.kind) {
      case 'grant':
        for (let id = command.from; id < command.to; id++)
          this.#grant(this.#workers.get(command.worker), command.worker, id);
        return;
      case 'revoke': {
        const { worker, task } = command;
        const kind = this.#workers.get(worker)?.revoke(task) === true ? 'revoked' : 'kept';
        this.#events.push({ kind, worker, task, now });
        return;
      }
      case 'interrupt': {
        const entry = this.#entries.get(command.task);
        if (entry === undefined) return;
        entry.interrupted = command.reason;
        this.#workers.get(command.worker)?.interrupt(command.task, command.reason);
        return;
      }
      case 'replace':
        this.#replace(command.worker);
        return;
      case 'retire':
        this.#workers.get(command.worker)?.leave();
        return;
      case 'report':
        for (let id = command.from; id < command.to; id++) this.#report(id, command.end);
        return;
      case 'refuse': {
        const error = new EngineError(command.problem, { cause: command.cause });
        for (let id = command.from; id < command.to; id++) {
          const entry = this.#entries.get(id);
          if (entry !== undefined) this.#resolve(id, entry, { kind: 'refused', error });
        }
        return;
      }
      case 'wake':
        this.#wakeAt(command.at);
        return;
    }
  }

  #grant(worker: WorkerHandle | undefined, workerId: number, id: number): void {
    const entry = this.#entries.get(id);
    let problem: unknown;
    if (worker !== undefined && entry !== undefined) {
      try {
        const input = entry.task.input();
        if (!('id' in input)) {
          worker.give(id, entry, input);
          return;
        }
        this.#resolve(id, entry, { kind: 'input-lost', ref: input });
      } catch (error) {
        problem = error;
      }
      this.#resolve(id, entry, { kind: 'refused', error: problem });
    }
    this.#events.push({ kind: 'ended', worker: workerId, task: id, now: performance.now() });
  }

  #report(id: number, end: 'cancelled' | 'worker-lost' | 'timed-out'): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { worker } = entry;
    const number = worker?.id ?? -1;
    if (end === 'cancelled') this.#resolve(id, entry, { kind: 'cancelled' });
    else if (end === 'timed-out') this.#resolve(id, entry, { kind: 'timed-out', row: entry.row, worker: number });
    else {
      const blame = worker?.blame(entry) ?? 'none';
      this.#resolve(id, entry, { kind: 'worker-lost', blame, exit: this.#lastExit, worker: number });
    }
    worker?.holds.delete(id);
  }

  #replace(id: number): void {
    const worker = this.#workers.get(id);
    if (worker === undefined) return;
    worker.leaving = true;
    void this.#track(worker.channel.kill());
    // Its work need not wait until it is really gone.
    this.#lost(worker, { how: 'replaced' });
  }

  readonly #dying = new Set<Promise<void>>();

  #track(kill: Promise<void>): Promise<void> {
    const done = kill.finally(() => this.#dying.delete(done));
    this.#dying.add(done);
    return done;
  }

  #jobOf(job: JobSpec): number {
    let number = this.#jobs.get(job);
    if (number !== undefined) return number;
    number = this.#nextJob++;
    this.#jobs.set(job, number);
    const id = number;
    const over = (): void => {
      this.#jobs.delete(job);
      for (const worker of this.#workers.values()) worker.forget(job.fn);
      if (this.#submitted.length > 0) this.#admit();
      this.#events.push({ kind: 'cancelled', job: id, now: performance.now() });
      this.#step();
    };
    job.signal.addEventListener('abort', over, { once: true });
    return number;
  }

  #hold(): void {
    if (this.#entries.size > 1) return;
    this.#alive ??= setInterval(() => {}, 0x7fffffff);
    this.#alive.ref();
  }

  #wakeAt(at: number): void {
    clearTimeout(this.#wake);
    this.#wake = setTimeout(
      () => {
        this.#events.push({ kind: 'tick', now: performance.now() });
        this.#step();
      },
      Math.max(0, at - performance.now()),
    );
    this.#wake.unref(); // the work it watches holds the process
  }

  async #stop(kind: boolean): Promise<void> {
    if (kind && this.#entries.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#closed = true;
    if (!kind) {
      for (const [id, entry] of [...this.#entries]) this.#resolve(id, entry, { kind: 'cancelled' });
    }
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve;
      if (this.#workers.size === 0) resolve();
    });
    this.#alive ??= setInterval(() => {}, 0x7fffffff);
    this.#alive.ref();
    if (kind) for (const worker of this.#workers.values()) worker.leave();
    const kill = (): void => {
      for (const worker of [...this.#workers.values()]) {
        worker.leaving = true;
        void this.#track(worker.channel.kill());
      }
    };
    const bound = setTimeout(kill, kind ? this.#options.closeMs : 0);
    await gone;
    clearTimeout(bound);
    await Promise.all(this.#dying);
    clearTimeout(this.#wake);
    clearInterval(this.#alive);
  }
}
