/** The engine of this machine: makes happen, with real workers, what the pure scheduler decides, and reports back to it. */
import type { Block } from '../../codec/block.js';
import { EngineError, ExchangeError, type WorkerExit } from '../../errors.js';
import type { Allocation } from '../../schedule/policy.js';
import { createState, step } from '../../schedule/step.js';
import type { Command, Event } from '../../schedule/types.js';
import type { FromWorker } from '../../worker/protocol.js';
import type { BlockRef, Engine, JobSpec, Task, TaskEnd } from '../engine.js';
import { Alarm } from './alarm.js';
import type { Connect } from './channel.js';
import { Crew } from './crew.js';
import type { Entry } from './entry.js';
import { Intake, placesByWorker } from './intake.js';
import { Jobs } from './jobs.js';
import { KeepAlive } from './keep-alive.js';
import { reportedEnd, taskEndOf } from './task-end.js';
import type { WorkerHandle } from './worker-handle.js';

export interface LocalEngineOptions {
  readonly workers: number;
  readonly allocation: Allocation;
  readonly graceMs: number;
  readonly maxTasksPerWorker: number | undefined;
  /** Bound for a kind stop of the workers when the engine closes, in ms. */
  readonly closeMs: number;
  readonly connect: Connect;
  readonly sharesMemory: boolean;
}

export class LocalEngine implements Engine {
  readonly slots: number;
  readonly sharesMemory: boolean;
  readonly countsTasks: boolean;
  readonly #options: LocalEngineOptions;
  readonly #state: ReturnType<typeof createState>;
  /** Every task that has not ended. */
  readonly #entries = new Map<number, Entry>();
  readonly #crew: Crew;
  readonly #jobs = new Jobs();
  readonly #events: Event[] = [];
  readonly #intake = new Intake();
  #stepping = false;
  readonly #alarm = new Alarm(() => {
    this.#events.push({ kind: 'tick', now: performance.now() });
    this.#step();
  });
  readonly #alive = new KeepAlive();
  #closing: Promise<void> | undefined;
  #closed = false;
  #eager: boolean; // some policy needs all workers from the start
  #onIdle: (() => void) | undefined;

  constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.slots = options.workers;
    this.sharesMemory = options.sharesMemory;
    const { allocation, graceMs, maxTasksPerWorker } = options;
    this.countsTasks = maxTasksPerWorker !== undefined;
    this.#eager = placesByWorker(allocation);
    this.#state = createState({ allocation, graceMs, maxTasksPerWorker });
    this.#crew = new Crew(options.connect, {
      joined: (worker) => this.#events.push({ kind: 'worker-joined', worker: worker.id, now: performance.now() }),
      message: (worker, message) => this.#receive(worker, message),
      lost: (worker, exit) => this.#lost(worker, exit),
      failed: (error) => this.#refuseAll(error),
    });
  }

  submit(task: Task): Promise<TaskEnd> {
    if (this.#closing !== undefined) {
      const error = new EngineError('The engine is closed. Open another pool, or close it after its last job.');
      return Promise.resolve({ kind: 'refused', error });
    }
    if (task.job.signal.aborted) return Promise.resolve({ kind: 'cancelled' });
    return new Promise((resolve) => {
      const job = this.#jobOf(task.job);
      if (this.#intake.isEmpty) queueMicrotask(() => this.#admit());
      const id = this.#intake.add(task, job);
      this.#eager ||= placesByWorker(task.job.allocation);
      this.#entries.set(id, { task, resolve, worker: undefined, claim: -1, row: 0, interrupted: undefined });
      this.#alive.hold();
    });
  }

  fetch({ id }: BlockRef): Promise<Block> {
    return Promise.reject(new ExchangeError(`Block ${id} is not held by this engine.`));
  }

  release(): void {}

  close(): Promise<void> {
    this.#closing ??= this.#stop(true);
    return this.#closing;
  }

  terminate(): Promise<void> {
    this.#closing = Promise.all([this.#closing, this.#stop(false)]).then(() => {});
    return this.#closing;
  }

  /** Gives what was submitted in this turn to the scheduler. */
  #admit(): void {
    if (this.#closed) return;
    this.#grow();
    this.#events.push(...this.#intake.take(performance.now()));
    this.#step();
  }

  /** Starts as many workers as there is work for. Policies that place by worker need all from the start. */
  #grow(): void {
    const most = this.#options.workers;
    this.#crew.grow(this.#eager && this.#entries.size > 0 ? most : Math.min(most, this.#entries.size));
  }

  #receive(worker: WorkerHandle, message: FromWorker): void {
    const now = performance.now();
    if (message.kind === 'started') {
      const entry = worker.holds.get(message.task);
      if (entry === undefined) return; // reported as over before
      // A row that was late stays the one that was: what becomes of those behind it no longer counts.
      if (entry.interrupted === undefined) entry.row = message.row;
      this.#events.push({ kind: 'started', worker: worker.id, task: message.task, now: now - message.agoMs });
    } else if (message.kind === 'failing') {
      const entry = worker.holds.get(message.end.task);
      // Only answered: it goes on holding the worker, until it has ended or its job's end is past the grace.
      entry?.resolve(taskEndOf(entry, message.end, worker.id));
      return;
    } else if (message.kind === 'ended') {
      for (const end of message.ends) {
        const entry = worker.holds.get(end.task);
        if (entry === undefined) continue;
        worker.holds.delete(end.task);
        this.#events.push({ kind: 'ended', worker: worker.id, task: end.task, now });
        this.#resolve(end.task, entry, taskEndOf(entry, end, worker.id));
      }
    }
    // After those who hear of the ends: what they cancel must not be granted first.
    queueMicrotask(() => this.#step());
  }

  #resolve(id: number, entry: Entry, end: TaskEnd): void {
    if (!this.#entries.delete(id)) return;
    entry.resolve(end);
    if (this.#entries.size > 0) return;
    this.#alive.release();
    this.#onIdle?.();
  }

  /** A worker is gone, however that came. */
  #lost(worker: WorkerHandle, exit: WorkerExit): void {
    const now = performance.now();
    // Tasks that it had finished but not told of are done again; the last one it began is the one it died of.
    const begun = [...worker.holds].filter(([, entry]) => worker.hasBegun(entry));
    for (const [id, entry] of begun.slice(0, -1)) {
      worker.holds.delete(id);
      this.#events.push({ kind: 'ended', worker: worker.id, task: id, now });
      this.#resolve(id, entry, { kind: 'worker-lost', blame: 'none', exit, worker: worker.id });
    }
    this.#events.push({ kind: 'worker-lost', worker: worker.id, now });
    this.#step();
    if (this.#closed) return;
    this.#grow();
    this.#step();
  }

  /** Workers do not start: what waits is refused. */
  #refuseAll(error: EngineError): void {
    for (const [id, entry] of [...this.#entries]) {
      this.#events.push({ kind: 'cancelled-task', task: id, now: performance.now() });
      this.#resolve(id, entry, { kind: 'refused', error });
    }
  }

  /** Feeds waiting events to the scheduler and carries out its commands, which may cause further events. */
  #step(): void {
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      do {
        // Performing a command may add events, which the loop then reaches.
        for (let i = 0; i < this.#events.length; i++) {
          for (const command of step(this.#state, this.#events[i]!)) this.#perform(command);
        }
        this.#events.length = 0;
        for (const worker of this.#crew) this.#flush(worker);
      } while (this.#events.length > 0);
    } finally {
      this.#stepping = false;
    }
  }

  #flush(worker: WorkerHandle): void {
    const unsent = worker.flush();
    if (unsent === undefined) return;
    for (const id of unsent.tasks) {
      const entry = worker.holds.get(id);
      if (entry === undefined) continue;
      worker.holds.delete(id);
      this.#events.push({ kind: 'ended', worker: worker.id, task: id, now: performance.now() });
      this.#resolve(id, entry, { kind: 'refused', error: unsent.error });
    }
  }

  #perform(command: Command): void {
    const now = performance.now();
    switch (command.kind) {
      case 'grant':
        for (let id = command.from; id < command.to; id++) this.#grant(command.worker, id);
        return;
      case 'revoke': {
        const { worker, task } = command;
        const kind = this.#crew.get(worker)?.revoke(task) ? 'revoked' : 'kept';
        this.#events.push({ kind, worker, task, now });
        return;
      }
      case 'interrupt': {
        const entry = this.#entries.get(command.task);
        if (entry === undefined) return;
        const worker = this.#crew.get(command.worker);
        if (command.reason === 'cancelled' && worker?.revoke(command.task)) {
          // It has not left yet, or nobody has looked at it: it never begins.
          this.#events.push({ kind: 'ended', worker: command.worker, task: command.task, now });
          this.#resolve(command.task, entry, { kind: 'cancelled' });
          return;
        }
        entry.interrupted = command.reason;
        worker?.interrupt(command.task, command.reason);
        return;
      }
      case 'replace': {
        const worker = this.#crew.get(command.worker);
        if (worker !== undefined) this.#crew.kill(worker);
        return;
      }
      case 'retire':
        this.#crew.get(command.worker)?.leave();
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
        this.#alarm.set(command.at);
        return;
    }
  }

  #grant(workerId: number, id: number): void {
    const worker = this.#crew.get(workerId);
    const entry = this.#entries.get(id);
    if (worker !== undefined && entry !== undefined) {
      const end = worker.take(id, entry);
      if (end === undefined) return;
      this.#resolve(id, entry, end);
    }
    this.#events.push({ kind: 'ended', worker: workerId, task: id, now: performance.now() });
  }

  #report(id: number, end: 'cancelled' | 'worker-lost' | 'timed-out'): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#resolve(id, entry, reportedEnd(entry, end));
    entry.worker?.holds.delete(id);
  }

  #jobOf(job: JobSpec): number {
    return this.#jobs.numberOf(
      job,
      (number) => {
        if (!this.#intake.isEmpty) this.#admit();
        this.#events.push({ kind: 'cancelled', job: number, now: performance.now() });
        this.#step();
      },
      (fn) => {
        for (const worker of this.#crew) worker.forget(fn);
      },
    );
  }

  async #stop(kind: boolean): Promise<void> {
    if (kind && this.#entries.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#closed = true;
    for (const [id, entry] of [...this.#entries]) this.#resolve(id, entry, { kind: 'cancelled' });
    this.#alive.hold();
    await this.#crew.end(kind ? this.#options.closeMs : 0);
    this.#alarm.end();
    this.#alive.end();
  }
}
