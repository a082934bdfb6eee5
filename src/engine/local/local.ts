/** The engine of this machine: makes happen, with real workers, what the pure scheduler decides, and reports back to it. */
import { forcedEncoder } from '../../codec/forced.js';
import { besideRows } from '../../codec/index.js';
import { EngineError, type WorkerExit } from '../../errors.js';
import { announce } from '../../observe/announce.js';
import { EventHub } from '../../observe/hub.js';
import { type Dashboard, type DashboardOptions, openDashboard } from '../../observe/open-dashboard.js';
import { createState, step } from '../../schedule/step.js';
import type { Command, Event } from '../../schedule/types.js';
import type { FromWorker, QuickAnswer } from '../../worker/protocol.js';
import type { Engine, JobSpec, QuickCall, Task, TaskEnd, Waiting } from '../engine.js';
import type { EngineStorage } from '../storage.js';
import { toldTask } from '../told.js';
import { afterwards } from './afterwards.js';
import { Alarm } from './alarm.js';
import { Crew } from './crew.js';
import { Entries } from './entries.js';
import type { Entry } from './entry.js';
import { giveMore } from './give-more.js';
import { Intake, placesByWorker, submitted } from './intake.js';
import { Jobs } from './jobs.js';
import type { Lane } from './lane.js';
import type { LocalEngineOptions } from './options.js';
import { goesOn, lateRow, reportedEnd, taskEndOf, withLate } from './task-end.js';
import { placeEnds, presentEvents, tellDriver, tellMove, tellWorkerEnded, workerStarted } from './telling.js';
import { Trip } from './trip.js';
import type { WorkerHandle } from './worker-handle.js';

/** So much the scheduler need not have heard of at most while nothing is under way. */
const untoldEvents = 128;

export class LocalEngine implements Engine {
  readonly sharesMemory: boolean;
  readonly clones: boolean;
  readonly countsTasks: boolean;
  readonly storage: EngineStorage;
  readonly events: EventHub;
  readonly #options: LocalEngineOptions;
  #state: ReturnType<typeof createState> | undefined;
  readonly #entries: Entries;
  readonly #crew: Crew;
  readonly #jobs = new Jobs(
    () => this.#makeTask(),
    (job) => this.#cancel(job),
    (fn) => {
      for (const worker of this.#crew) worker.forget(fn);
    },
  );
  readonly #events: Event[] = [];
  readonly #intake = new Intake();
  #stepping = false;
  readonly #trip: Trip | undefined;
  /** Open as long as nothing happens but its calls. */
  #lane: Lane | undefined;
  readonly #alarm = new Alarm(() => {
    this.#events.push({ kind: 'tick', now: performance.now() });
    this.#step();
  });
  #closing: Promise<void> | undefined;
  #closed = false;
  #eager: boolean; // some policy needs all workers from the start

  constructor(options: LocalEngineOptions) {
    const { room, together } = options;
    this.#options = options;
    const first = together?.first;
    if (together !== undefined) together.first ??= this;
    this.events =
      first?.events ?? new EventHub(() => presentEvents(options.is, this.slots, together?.crews ?? [this.#crew]));
    if (options.far === true) this.#trip = new Trip();
    this.#entries = new Entries(room && { afterMs: room.idleMs, call: () => this.#rest() });
    this.sharesMemory = options.sharesMemory;
    this.clones = options.clones && forcedEncoder === undefined;
    this.storage = options.storage;
    this.countsTasks = options.maxTasksPerWorker !== undefined;
    this.#eager = placesByWorker(options.allocation);
    this.#crew = new Crew(
      options.connect,
      {
        joined: (worker) => {
          this.#events.push({ kind: 'worker-joined', worker: worker.id, now: performance.now() });
          if (this.events.active) this.events.emit(workerStarted(worker, options.is));
        },
        ready: ({ id }) => {
          if (this.events.active) this.events.emit({ kind: 'worker-ready', worker: id });
        },
        message: (worker, message) => this.#receive(worker, message),
        answer: this.#answer,
        lost: (worker, exit) => this.#lost(worker, exit),
        failed: (error) => this.#refuseAll(error),
      },
      together,
    );
    together?.crews.add(this.#crew);
    if (first === undefined) announce(this);
    room?.attach({
      changed: () => this.#roomChanged(),
      failed: (error) => this.#refuseAll(error),
      yield: () => {
        if (this.#entries.size === 0) this.#rest();
      },
    });
  }

  get slots(): number {
    return this.#options.workers;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  get tripUs(): number | undefined {
    return this.#trip?.us;
  }

  /** A worker takes longer to start than a function to be captured, and on another core. Only the first: more may not be needed. */
  expectWork(): void {
    if (this.#closing === undefined && this.#crew.size === 0) this.#crew.grow(this.#roomFor(1));
  }

  submit(task: Task): Promise<TaskEnd> {
    if (this.#closing !== undefined) {
      const error = new EngineError('The engine is closed. Open another pool, or close it after its last job.');
      return Promise.resolve({ kind: 'refused', error });
    }
    if (task.job.signal.aborted) return Promise.resolve({ kind: 'cancelled' });
    this.#makeTask();
    return new Promise((resolve) => {
      const job = this.#jobs.numberOf(task.job);
      const entry: Entry = { task, resolve, worker: undefined, claim: -1, row: 0, interrupted: undefined };
      if (this.events.active) entry.resolve = toldTask(this.events, task, resolve, () => entry.endedAt);
      this.#eager ||= placesByWorker(task.job.allocation);
      const free = this.#freeWorker();
      if (free !== undefined && task.prefer?.includes(free.id) !== false) this.#giveAtOnce(free, entry, job);
      else {
        if (this.#intake.isEmpty) queueMicrotask(() => this.#admit());
        this.#entries.add(this.#intake.add(task, job), entry);
      }
      if (this.#entries.size > 0) this.#entries.hold(); // it may have been refused at once
    });
  }

  quick(call: QuickCall): boolean {
    if (this.#lane?.job !== call.job) this.#openLane(call.job);
    const lane = this.#lane;
    // Who listens is told of tasks: it becomes one.
    if (lane === undefined || lane.call !== undefined || lane.worker.leaving || this.events.active) return false;
    lane.id = this.#intake.number();
    lane.claim = lane.worker.quick(lane.id, lane.number, call.args);
    lane.call = call;
    this.#entries.hold();
    return true;
  }

  #openLane(job: JobSpec): void {
    if (this.#lane?.call !== undefined || this.#closing !== undefined || !this.clones) return;
    const worker = this.#freeWorker();
    const number = worker?.quickNumber(job);
    this.#lane =
      number === undefined ? undefined : { worker: worker!, job, number, call: undefined, id: -1, claim: -1 };
  }

  readonly #answer = (worker: WorkerHandle, answer: QuickAnswer): void => {
    const id = answer[0];
    const runUs = answer[1];
    const lane = this.#lane;
    const call = lane?.call;
    if (call !== undefined && lane!.id === id) {
      lane!.call = undefined;
      call.answered(answer[2]);
      afterwards(() => {
        if (this.#lane?.call === undefined && !this.#closed) this.#entries.release();
        call.settled(runUs);
      });
      return;
    }
    const output = besideRows([answer[2]]);
    this.#receive(worker, { kind: 'ended', ends: [{ kind: 'done', task: id, output, failures: [], runUs }] });
  };

  /**
   * Makes an ordinary task of the call that is under way without being one, because something is going to happen that it may matter to, or
   * that ends what was found of the lane.
   */
  #makeTask(): void {
    const lane = this.#lane;
    this.#lane = undefined;
    if (lane?.call === undefined) return;
    const { id, claim, worker, call } = lane;
    const { task, resolve } = call.asTask();
    const entry: Entry = { task, resolve, worker, claim, row: 0, interrupted: undefined };
    this.#entries.add(id, entry);
    worker.holds.set(id, entry);
    this.#events.push(submitted(id, id + 1, task, this.#jobs.numberOf(task.job), performance.now(), worker.id));
  }

  /** Tells how workers and driver are. A worker that is busy answers when it has an ear again, which is what is measured. */
  measure(): void {
    if (!this.events.active) return;
    tellDriver(this.events);
    if (this.#options.is !== 'caller') for (const worker of this.#crew) worker.measure();
  }

  dashboard(options?: DashboardOptions): Promise<Dashboard> {
    return openDashboard(this, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop(true);
    return this.#closing;
  }

  terminate(): Promise<void> {
    this.#closing = Promise.all([this.#closing, this.#stop(false)]).then(() => {});
    return this.#closing;
  }

  /**
   * The worker for a task that comes while nothing else is under way, where it does not matter which one it is: the one that worked
   * last, whose caches are warm. One that is not where a task's input lies is no such worker for it: those of the tasks behind it that
   * prefer this one would go elsewhere in turn.
   */
  #freeWorker(): WorkerHandle | undefined {
    if (this.#entries.size > 0 || this.#eager || this.countsTasks || this.#stepping) return undefined;
    const { latest } = this.#crew;
    // What was refused, since other workers do not start, may still be running there.
    return latest?.holds.size === 0 ? latest : undefined;
  }

  /** Sends a task to a worker that is idle. The scheduler hears of it afterwards: a single call is to take no longer than its message. */
  #giveAtOnce(worker: WorkerHandle, entry: Entry, job: number): void {
    const id = this.#intake.number();
    this.#entries.add(id, entry);
    this.#trip?.sent(worker, entry);
    const end = worker.take(id, entry);
    if (end !== undefined) {
      this.#entries.resolve(id, entry, end);
      return;
    }
    this.#events.push(submitted(id, id + 1, entry.task, job, performance.now(), worker.id));
    if (this.events.active) tellMove(this.events, 'task-sent', entry, worker.id);
    this.#flush(worker);
  }

  /** Gives what was submitted in this turn to the scheduler. */
  #admit(atOnce = false): void {
    if (this.#closed) return;
    this.#grow();
    // Policies that place by worker are to see all of them.
    if (this.#eager && !atOnce && this.#options.room?.isComing === true) return;
    this.#events.push(...this.#intake.take(performance.now()));
    this.#step();
  }

  /** Starts as many workers as there is work for. Policies that place by worker need all from the start. */
  #grow(): void {
    const most = this.#options.workers;
    this.#crew.grow(this.#roomFor(this.#eager && this.#entries.size > 0 ? most : Math.min(most, this.#entries.size)));
  }

  /** Of so many workers, how many can be there now. */
  #roomFor(workers: number): number {
    return this.#options.room?.want(workers) ?? workers;
  }

  /** There has been no work for a while. */
  #rest(): void {
    if (this.#lane?.call === undefined && this.#closing === undefined)
      for (const worker of [...this.#crew]) this.#crew.kill(worker);
  }

  #roomChanged(): void {
    if (this.#closed || (this.#entries.size === 0 && this.#lane?.call === undefined)) return;
    this.#makeTask();
    if (!this.#intake.isEmpty) this.#admit();
    else {
      this.#grow();
      this.#step();
    }
  }

  #receive(worker: WorkerHandle, message: FromWorker): void {
    if (message.kind === 'measured') {
      worker.isMeasuring = false;
      if (this.events.active) this.events.emit({ ...message, kind: 'worker-measured', worker: worker.id });
      return;
    }
    if (message.kind === 'asks') {
      this.#giveMore(worker, message);
      return;
    }
    this.#makeTask();
    const now = performance.now();
    if (message.kind === 'started') {
      const entry = worker.holds.get(message.task);
      if (entry === undefined) return; // reported as over before
      // A row that was late stays the one that was: what becomes of those behind it no longer counts. Unless it ends alone.
      if (entry.late !== undefined && entry.interrupted === 'timeout') entry.interrupted = undefined;
      if (entry.interrupted === undefined) entry.row = message.row;
      this.#events.push({ kind: 'started', worker: worker.id, task: message.task, now: now - message.agoMs });
    } else if (message.kind === 'failing') {
      const entry = worker.holds.get(message.end.task);
      // Only answered: it goes on holding the worker, until it has ended or its job's end is past the grace.
      entry?.resolve(taskEndOf(entry, message.end, worker.id));
      return;
    } else if (message.kind === 'revoked' || message.kind === 'kept') {
      const entry = message.kind === 'revoked' ? worker.holds.get(message.task) : undefined;
      if (entry !== undefined && this.events.active) tellMove(this.events, 'task-moved', entry, worker.id);
      if (message.kind === 'revoked') worker.released(message.task);
      this.#events.push({ kind: message.kind, worker: worker.id, task: message.task, now });
    } else if (message.kind === 'rows') {
      const entry = worker.holds.get(message.task);
      if (entry !== undefined && goesOn(entry)) {
        const failures = withLate(entry, message.failures);
        entry.task.told?.({ ...message, failures }, worker.id);
      }
      return;
    } else if (message.kind === 'ended') {
      if (this.events.active) placeEnds(message.ends, worker.holds, now);
      for (const end of message.ends) {
        const entry = worker.holds.get(end.task);
        if (entry === undefined) continue;
        worker.holds.delete(end.task);
        this.#trip?.ended(entry, end);
        this.#events.push({ kind: 'ended', worker: worker.id, task: end.task, now });
        this.#entries.resolve(end.task, entry, taskEndOf(entry, end, worker.id));
      }
    }
    // What nobody waits behind can be told with what comes next, many at a time, rather than between a call and the next.
    if (this.#entries.size === 0 && this.#events.length < untoldEvents && !this.countsTasks) return;
    // After those who hear of the ends: what they cancel must not be granted first.
    queueMicrotask(() => this.#step());
  }

  #giveMore(worker: WorkerHandle, asked: Extract<FromWorker, { kind: 'asks' }>): void {
    if (this.#closing !== undefined) return;
    const waiting = (job: JobSpec): Waiting => {
      // A task may still hold its worker that is over for those who asked for it.
      const isOpen = ([id, entry]: [number, Entry]): boolean => this.#entries.get(id) === entry;
      const running = [...this.#crew].flatMap(({ holds }) => [...holds].find(isOpen)?.[1].task.job ?? []);
      return { tasks: this.#entries.size - running.length, running: running.filter((one) => one === job).length };
    };
    giveMore(worker, asked, waiting, this.events, () => this.#giveMore(worker, asked));
  }

  /** A worker is gone, however that came. */
  #lost(worker: WorkerHandle, exit: WorkerExit): void {
    this.#makeTask();
    const now = performance.now();
    if (this.events.active) tellWorkerEnded(this.events, worker, exit);
    // Tasks that it had finished but not told of are done again; the last one it began is the one it died of.
    const begun = [...worker.holds].filter(([, entry]) => worker.hasBegun(entry));
    for (const [id, entry] of begun.slice(0, -1)) {
      worker.holds.delete(id);
      this.#events.push({ kind: 'ended', worker: worker.id, task: id, now });
      this.#entries.resolve(id, entry, { kind: 'worker-lost', blame: 'none', exit, worker: worker.id });
    }
    this.#events.push({ kind: 'worker-lost', worker: worker.id, now });
    this.#step();
    if (this.#closed) return;
    this.#grow();
    this.#step();
  }

  /** Workers do not start: what waits is refused. */
  #refuseAll(error: EngineError): void {
    this.#makeTask();
    this.#events.push(...this.#intake.take(performance.now()));
    for (const [id, entry] of this.#entries.all()) {
      this.#events.push({ kind: 'cancelled-task', task: id, now: performance.now() });
      this.#entries.resolve(id, entry, { kind: 'refused', error });
    }
  }

  /** Feeds waiting events to the scheduler and carries out its commands, which may cause further events. */
  #step(): void {
    if (this.#stepping) return;
    this.#stepping = true;
    this.#state ??= createState(this.#options); // not before a first worker is on its way
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
      this.#events.length = 0; // what cannot be is not told again
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
      this.#entries.resolve(id, entry, { kind: 'refused', error: unsent.error });
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
        const kind = this.#crew.get(worker)?.takeBack(task) ?? 'kept';
        const entry = kind === 'revoked' ? this.#entries.get(task) : undefined;
        if (entry !== undefined && this.events.active) tellMove(this.events, 'task-moved', entry, worker);
        if (kind !== 'asked') this.#events.push({ kind, worker, task, now });
        return;
      }
      case 'interrupt': {
        const entry = this.#entries.get(command.task);
        if (entry === undefined) return;
        const worker = this.#crew.get(command.worker);
        if (command.reason === 'cancelled' && worker?.revoke(command.task)) {
          // It has not left yet, or nobody has looked at it: it never begins.
          this.#events.push({ kind: 'ended', worker: command.worker, task: command.task, now });
          this.#entries.resolve(command.task, entry, { kind: 'cancelled' });
          return;
        }
        entry.interrupted = command.reason;
        worker?.interrupt(command.task, command.reason, lateRow(entry));
        return;
      }
      case 'replace': {
        const worker = this.#crew.get(command.worker);
        if (worker !== undefined) this.#crew.kill(worker);
        return;
      }
      case 'retire': {
        const worker = this.#crew.get(command.worker);
        if (worker !== undefined) this.#crew.retire(worker, this.#options.closeMs);
        return;
      }
      case 'report':
        for (let id = command.from; id < command.to; id++) this.#report(id, command.end);
        return;
      case 'refuse': {
        const error = new EngineError(command.problem, { cause: command.cause });
        for (let id = command.from; id < command.to; id++) {
          const entry = this.#entries.get(id);
          if (entry !== undefined) this.#entries.resolve(id, entry, { kind: 'refused', error });
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
      this.#trip?.sent(worker, entry);
      const end = worker.take(id, entry);
      if (end === undefined) {
        if (this.events.active) tellMove(this.events, 'task-sent', entry, workerId);
        return;
      }
      this.#entries.resolve(id, entry, end);
    }
    this.#events.push({ kind: 'ended', worker: workerId, task: id, now: performance.now() });
  }

  #report(id: number, end: 'cancelled' | 'worker-lost' | 'timed-out'): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.resolve(id, entry, reportedEnd(entry, end));
    entry.worker?.holds.delete(id);
  }

  /** A job is over: what it has not begun never begins. */
  #cancel(job: number): void {
    if (!this.#intake.isEmpty) this.#admit(true);
    this.#events.push({ kind: 'cancelled', job, now: performance.now() });
    this.#step();
  }

  async #stop(kind: boolean): Promise<void> {
    this.#makeTask();
    if (kind) await this.#entries.empty();
    this.#closed = true;
    for (const [id, entry] of this.#entries.all()) this.#entries.resolve(id, entry, { kind: 'cancelled' });
    this.#entries.hold();
    await this.#crew.end(kind ? this.#options.closeMs : 0);
    this.#options.room?.end();
    this.#alarm.end();
    this.#entries.end();
    this.#options.together?.crews.delete(this.#crew);
    if (this.#options.together === undefined || this.#options.together.first === this) this.events.end();
  }
}
