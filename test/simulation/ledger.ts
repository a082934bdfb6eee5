/**
 * Keeps books, from events and commands alone, of what the scheduler has been told and has said, and throws at the first thing that must
 * not be. It shares no code with the scheduler.
 *
 * When messages are under way: a worker is idle once the scheduler was told the end of all that it was granted. A task waits while it is
 * in no worker's hands, or, where the policy takes tasks back, while it is in one's hands behind another task, was not asked back and was
 * not kept.
 */
import assert from 'node:assert/strict';
import type { Allocation } from '../../src/schedule/policy.js';
import type { Command, Event, Grant, Interrupt, Report, ScheduleOptions, Submitted } from '../../src/schedule/types.js';
import {
  askedBack,
  checkAhead,
  checkCancelled,
  checkDeadlines,
  checkIdle,
  idleWorkers,
  type LedgerTask,
  type LedgerWorker,
} from './promises.js';

interface LostWorker {
  readonly tasks: readonly LedgerTask[];
  /** Those that had begun, by all that was told; none where the worker was to be replaced. */
  readonly begun: readonly LedgerTask[];
}

export class Ledger {
  readonly #options: ScheduleOptions;
  readonly #tasks: LedgerTask[] = [];
  readonly #workers = new Map<number, LedgerWorker>();
  /** Tasks that wait, by number. */
  readonly #waiting = new Set<LedgerTask>();
  /** Where each task is running. */
  readonly #running = new Map<number, number>();
  /** All work goes through one queue, so that its order can be checked. */
  readonly #oneQueue: boolean;
  /** What was said of the worker that the event in hand is about, before the event. */
  #lost: LostWorker | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(options: ScheduleOptions, oneQueue: boolean) {
    this.#options = options;
    this.#oneQueue = oneQueue;
  }

  /** An event is about to be sent to the scheduler. */
  before(event: Event): void {
    this.#lost = undefined;
    switch (event.kind) {
      case 'worker-joined':
        this.#workers.set(event.worker, { id: event.worker, state: 'open', has: [], total: 0, full: false });
        return;
      case 'submitted':
        this.#submitted(event);
        return;
      case 'worker-lost':
        this.#loseWorker(event.worker);
        return;
      case 'cancelled':
        for (const task of this.#tasks) if (task.submitted.job === event.job) this.#cancel(task);
        return;
      case 'cancelled-task':
        this.#cancel(this.#tasks[event.task]!);
        return;
      case 'tick':
        this.#wakeAt = Number.POSITIVE_INFINITY;
        return;
      default:
        this.#told(event);
    }
  }

  /** What the scheduler answered. */
  after(event: Event, commands: readonly Command[]): void {
    for (const command of commands) this.#command(command, event.now);
    if (this.#lost !== undefined) this.#checkLost(this.#lost);
    const books = { workers: [...this.#workers.values()], waiting: this.#waiting, wakeAt: this.#wakeAt };
    checkIdle(books);
    checkDeadlines(books);
    checkCancelled(books);
    if (this.#oneQueue) checkAhead(books, this.#options);
  }

  /** A task has begun in a worker. */
  began(task: number, worker: number): void {
    const other = this.#running.get(task);
    assert.equal(other, undefined, `task ${task} begins in worker ${worker} while it runs in worker ${other}`);
    const { state, interrupted } = this.#tasks[task]!;
    // A worker that is being killed does not know what was decided meanwhile.
    if (this.#workers.get(worker)!.state === 'open')
      assert.notEqual(
        state,
        'over',
        `task ${task} begins in worker ${worker} after it is over (${interrupted?.reason})`,
      );
    this.#running.set(task, worker);
  }

  /** A task does not run any more. */
  stopped(task: number): void {
    this.#running.delete(task);
  }

  /** Everything has come to its end. */
  checkEnd(): void {
    for (const { task, state } of this.#tasks) assert.equal(state, 'over', `task ${task} is ${state} in the end`);
  }

  #submitted(event: Submitted): void {
    const promised = takesBack(event.allocation ?? this.#options.allocation);
    for (let task = event.from; task < event.to; task++) {
      const one: LedgerTask = {
        task,
        submitted: event,
        promised,
        state: 'waiting',
        worker: undefined,
        begun: false,
        asked: false,
        kept: false,
        cancelled: false,
        startedAt: undefined,
        interrupted: undefined,
        end: undefined,
      };
      this.#tasks[task] = one;
      this.#waiting.add(one);
      const { givenTo, from, to } = event;
      if (givenTo !== undefined) this.#grant({ kind: 'grant', worker: givenTo, from, to }, one);
    }
  }

  #cancel(task: LedgerTask): void {
    if (task.state !== 'over') task.cancelled = true;
  }

  #loseWorker(id: number): void {
    const worker = this.#workers.get(id)!;
    if (worker.state === 'lost') return;
    const begun = worker.state === 'replaced' ? [] : worker.has.filter((task) => task.begun);
    this.#lost = { tasks: [...worker.has], begun };
    worker.state = 'lost';
    for (const task of worker.has) this.#wait(task);
    worker.has.length = 0;
  }

  #wait(task: LedgerTask): void {
    task.state = 'waiting';
    task.worker = undefined;
    task.asked = false;
    task.kept = false;
    task.startedAt = undefined;
    this.#waiting.add(task);
  }

  /** A worker says something about a task. */
  #told(event: Event & { worker: number; task: number }): void {
    const worker = this.#workers.get(event.worker)!;
    const task = this.#tasks[event.task]!;
    const place = worker.has.indexOf(task);
    if (place < 0) return;
    if (event.kind === 'kept') {
      task.asked = false;
      for (const one of worker.has.slice(0, place + 1)) one.kept = true;
      return;
    }
    if (event.kind === 'revoked') {
      worker.has.splice(place, 1);
      worker.total--;
      this.#wait(task);
    } else {
      for (const one of worker.has.slice(0, place + 1)) one.begun = true;
      if (event.kind === 'started') {
        task.startedAt = event.now;
        if (task.interrupted?.reason === 'timeout') task.interrupted = undefined;
        return;
      }
      worker.has.splice(place, 1);
      task.state = 'over';
    }
    if (worker.has.length > 0 && worker.state !== 'replaced') worker.has[0]!.begun = true;
  }

  #command(command: Command, now: number): void {
    switch (command.kind) {
      case 'grant':
        for (let task = command.from; task < command.to; task++) this.#grant(command, this.#tasks[task]!);
        return;
      case 'revoke': {
        const task = this.#tasks[command.task]!;
        assert.equal(task.worker?.id, command.worker, `task ${task.task} is asked from a worker that does not have it`);
        assert.ok(!task.asked, `task ${task.task} is asked back twice`);
        assert.ok(!task.begun, `task ${task.task} is asked back, and has begun`);
        assert.ok(!task.kept || task.cancelled, `task ${task.task} is asked back, and could not be`);
        const workers = [...this.#workers.values()];
        const needed = task.cancelled || idleWorkers(workers) > askedBack(workers);
        assert.ok(needed, `task ${task.task} is asked back for nobody`);
        task.asked = true;
        return;
      }
      case 'interrupt':
        this.#interrupt(command, now);
        return;
      case 'replace': {
        const worker = this.#workers.get(command.worker)!;
        assert.ok(
          worker.state === 'open' || worker.state === 'retired',
          `worker ${worker.id} is ${worker.state}, and replaced`,
        );
        worker.state = 'replaced';
        return;
      }
      case 'retire': {
        const worker = this.#workers.get(command.worker)!;
        assert.equal(worker.state, 'open', `worker ${worker.id} is retired`);
        assert.equal(worker.has.length, 0, `worker ${worker.id} is retired with work`);
        assert.ok(worker.full, `worker ${worker.id} is retired after ${worker.total} tasks`);
        worker.state = 'retired';
        return;
      }
      case 'report':
        for (let task = command.from; task < command.to; task++) this.#report(command, this.#tasks[task]!, now);
        return;
      case 'refuse':
        for (let task = command.from; task < command.to; task++) {
          assert.equal(this.#tasks[task]!.state, 'waiting', `task ${task} is refused`);
          this.#over(this.#tasks[task]!);
        }
        return;
      case 'wake':
        assert.ok(command.at < this.#wakeAt, `a wake at ${command.at} after one at ${this.#wakeAt}`);
        this.#wakeAt = command.at;
        return;
    }
  }

  #grant({ worker: id }: Grant, task: LedgerTask): void {
    const { aheadUs = 2000, aheadMax = 64, oneAhead = false } = this.#options;
    const { maxTasksPerWorker = Number.POSITIVE_INFINITY } = this.#options;
    const worker = this.#workers.get(id)!;
    const name = `task ${task.task}`;
    assert.equal(worker.state, 'open', `${name} is granted to worker ${id}`);
    assert.equal(task.state, 'waiting', `${name} is granted`);
    assert.ok(!task.cancelled, `${name} is granted, and was cancelled`);
    assert.ok(!worker.full && worker.total < maxTasksPerWorker, `${name} is one too many for worker ${id}`);
    if (worker.has.length > 0) {
      const expected = worker.has.map((one) => one.submitted.expectedUs ?? Number.NaN);
      const sum = expected.reduce((a, b) => a + b);
      assert.ok(task.submitted.expectedUs !== undefined, `${name} is granted ahead, and may be long`);
      // Sums differ in the last digits with the order of adding and taking away.
      const short = sum < aheadUs * (1 + 1e-9) || (oneAhead && worker.has.length === 1 && !Number.isNaN(sum));
      assert.ok(short, `${name} is granted ahead of ${sum} µs`);
      assert.ok(worker.has.length <= aheadMax, `${name} is granted ahead behind ${worker.has.length}`);
    }
    if (this.#oneQueue) {
      for (const other of this.#waiting) {
        assert.ok(other.submitted.priority <= task.submitted.priority, `${name} is granted before task ${other.task}`);
      }
    }
    task.state = 'granted';
    task.worker = worker;
    task.begun = worker.has.length === 0;
    task.interrupted = undefined;
    worker.has.push(task);
    worker.total++;
    worker.full ||= worker.total >= maxTasksPerWorker;
    this.#waiting.delete(task);
  }

  #interrupt({ task: id, worker, reason }: Interrupt, now: number): void {
    const task = this.#tasks[id]!;
    assert.equal(task.worker?.id, worker, `task ${id} is interrupted in a worker that does not have it`);
    assert.equal(task.interrupted, undefined, `task ${id} is interrupted twice`);
    if (reason === 'cancelled') assert.ok(task.cancelled, `task ${id} is interrupted, and was not cancelled`);
    else {
      const deadline = task.startedAt! + task.submitted.timeoutMs!;
      assert.ok(now >= deadline, `task ${id} is interrupted at ${now}, before ${deadline}`);
    }
    task.interrupted = { reason, at: now };
  }

  #report({ end }: Report, task: LedgerTask, now: number): void {
    const name = `task ${task.task}`;
    assert.notEqual(task.state, 'over', `${name} is reported (${end}), and was over`);
    const ofLost = this.#lost?.begun.includes(task) === true;
    if (end === 'cancelled') assert.ok(task.cancelled, `${name} is reported as cancelled, and was not`);
    else if (end === 'worker-lost') assert.ok(ofLost, `${name} is reported as lost, and had not begun`);
    else assert.equal(task.interrupted?.reason, 'timeout', `${name} is reported as timed out`);
    if (task.state === 'granted') {
      const { graceMs } = this.#options;
      assert.ok(now >= task.interrupted!.at + graceMs, `${name} is reported within its grace`);
      task.worker!.has.splice(task.worker!.has.indexOf(task), 1);
    }
    task.end = end;
    this.#over(task);
  }

  #over(task: LedgerTask): void {
    task.state = 'over';
    this.#waiting.delete(task);
  }

  /** What a lost worker had is over if it had begun or was cancelled, else it waits or is granted again. */
  #checkLost({ tasks, begun }: LostWorker): void {
    for (const one of tasks) {
      const { task, cancelled, end } = one;
      const hadBegun = begun.includes(one);
      let expected: Report['end'] | undefined;
      if (hadBegun && one.interrupted?.reason === 'timeout') expected = 'timed-out';
      else if (cancelled) expected = 'cancelled';
      else if (hadBegun) expected = 'worker-lost';
      assert.equal(end, expected, `task ${task} of a lost worker (begun: ${hadBegun}, cancelled: ${cancelled})`);
    }
  }
}

function takesBack(allocation: Allocation): boolean {
  if (typeof allocation === 'object') return allocation.steal === true;
  return allocation !== 'round-robin';
}
