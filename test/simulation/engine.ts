/** An engine over the real scheduler and simulated workers, in virtual time. What an item does is the scenario's word. */
import assert from 'node:assert/strict';
import type { Block } from '../../src/codec/block.js';
import { decodeRows, encodeRows } from '../../src/codec/index.js';
import type { Blame, Engine, JobSpec, RowFailure, Task, TaskEnd } from '../../src/engine/engine.js';
import { encodeThrown } from '../../src/function/thrown.js';
import { EventHub } from '../../src/observe/hub.js';
import type { Clock } from './clock.js';
import type { Random } from './random.js';
import type { TaskPlan } from './scenario.js';
import { Shell, type ShellSetting, type TaskOutcome } from './shell.js';

/** What an item does when its function runs. */
export interface ItemNature {
  readonly ms: number;
  /** It throws the first so many times. */
  readonly throws: number;
  /** It kills its worker the first so many times. */
  readonly kills: number;
  /** It never ends by itself. */
  readonly hangs: boolean;
  readonly stopMs: number | undefined;
  readonly sync: boolean;
}

interface Submitted {
  readonly task: Task;
  readonly resolve: (end: TaskEnd) => void;
  /** Items of the rows that run, and those of them that throw, as of its last beginning. */
  rows: readonly number[];
  thrown: ReadonlySet<number>;
  /** Rows behind these are given back. */
  keeps: number;
}

/** The function of the simulated job. */
export const simulatedFunction = (value: number): number => value * 2 + 1;

export class SimulatedEngine implements Engine {
  readonly slots: number;
  readonly sharesMemory = false;
  readonly clones = false;
  readonly countsTasks = false;
  readonly events = new EventHub();
  readonly shell: Shell;
  /** Tasks under way. */
  readonly submitted = new Map<number, Submitted>();
  /** Something was told to the driver, which has not had its turn yet. */
  told = false;
  readonly #clock: Clock;
  readonly #revokes: string;
  readonly #items: readonly ItemNature[];
  readonly #threw = new Map<number, number>();
  readonly #killed = new Map<number, number>();
  #nextTask = 0;

  constructor(
    setting: ShellSetting,
    slots: number,
    items: readonly ItemNature[],
    clock: Clock,
    random: Random,
    log: (line: () => string) => void,
  ) {
    this.slots = slots;
    this.#items = items;
    this.#clock = clock;
    this.#revokes = setting.machine.revokes;
    this.shell = new Shell(setting, false, clock, random, log, (task, outcome) => this.#ended(task, outcome));
    for (let i = 0; i < slots; i++) this.shell.join();
  }

  dashboard(): never {
    throw new Error('Nobody looks.');
  }

  submit(task: Task): Promise<TaskEnd> {
    const { job, rows, expectedUs } = task;
    if (job.signal.aborted) return Promise.resolve({ kind: 'cancelled' });
    return new Promise((resolve) => {
      const from = this.#nextTask++;
      const submitted: Submitted = { task, resolve, rows: [], thrown: new Set(), keeps: rows };
      this.submitted.set(from, submitted);
      const { id, priority, timeoutMs, allocation } = job;
      const now = this.#clock.now;
      const about = { from, to: from + 1, job: id, priority, expectedUs, timeoutMs, allocation, now };
      const sent = {
        task: from,
        timed: timeoutMs !== undefined,
        plan: () => this.#begin(submitted),
        kills: () => add(this.#killed, submitted.rows.at(-1)!),
      };
      assert.ok(rows > 0, 'a task without rows');
      // As from the outside: never in the middle of a step.
      this.#clock.after(0, () => this.shell.submit({ kind: 'submitted', ...about }, [sent]));
    });
  }

  /** The job is over. */
  cancel(job: JobSpec): void {
    this.#clock.after(0, () => this.shell.post({ kind: 'cancelled', job: job.id, now: this.#clock.now }));
  }

  async close(): Promise<void> {}

  async terminate(): Promise<void> {}

  /** What the worker is going to go through. */
  #begin(submitted: Submitted): TaskPlan {
    const { task } = submitted;
    const rows: number[] = [];
    const thrown = new Set<number>();
    const rowsMs: number[] = [];
    let fate: TaskPlan['fate'] = 'ends';
    submitted.keeps = keepsOf(task);
    for (let row = 0; row < submitted.keeps && fate === 'ends'; row++) {
      const item = task.indices?.[row] ?? task.firstIndex + row;
      const nature = this.#items[item]!;
      rows.push(item);
      rowsMs.push(nature.ms);
      if (count(this.#killed, item) < nature.kills) {
        fate = 'kills';
      } else if (nature.hangs) {
        fate = 'hangs';
      } else if (count(this.#threw, item) < nature.throws) {
        thrown.add(item);
        if (task.onError === 'stop') break;
      }
    }
    submitted.rows = rows;
    submitted.thrown = thrown;
    const { stopMs, sync } = this.#items[rows.at(-1)!]!;
    return { rowsMs, fate, stopMs, sync };
  }

  #ended(id: number, outcome: TaskOutcome): void {
    const submitted = this.submitted.get(id)!;
    this.submitted.delete(id);
    this.told = true;
    submitted.resolve(this.#endOf(id, submitted, outcome));
  }

  #endOf(id: number, submitted: Submitted, outcome: TaskOutcome): TaskEnd {
    const { worker, row } = this.shell.whereIs(id);
    const exit = { how: 'crashed', message: 'simulated' } as const;
    switch (outcome) {
      case 'done':
        return this.#done(submitted, worker, this.#tell(submitted, submitted.rows.length, worker));
      case 'timeout':
        this.#tell(submitted, this.shell.startedRow(id), worker);
        return { kind: 'timed-out', row: this.shell.startedRow(id), worker };
      case 'cancelled':
        return { kind: 'cancelled' };
      case 'blameless':
        return { kind: 'worker-lost', blame: 'none', exit, worker };
      case 'worker-lost': {
        let blame: Blame = 'unknown';
        if (submitted.task.rows === 1) blame = { row: 0 };
        else if (this.#revokes === 'shared' && row !== undefined) blame = { row: Math.max(row, 0) };
        if (typeof blame === 'object') this.#tell(submitted, blame.row, worker);
        return { kind: 'worker-lost', blame, exit, worker };
      }
      case 'refused':
        return { kind: 'refused', error: new Error('refused') };
    }
  }

  /** Tells of some of the first `finished` rows, and of rows given back; how many it told of. */
  #tell({ task, rows, thrown, keeps }: Submitted, finished: number, worker: number): number {
    if (task.told === undefined) return 0;
    const failed = rows.findIndex((item) => thrown.has(item));
    // Where a row that fails is the last, the end tells of it.
    const most = task.onError === 'continue' || failed < 0 ? finished : Math.min(finished, failed);
    const told = dice(task, 2) % 3 === 0 ? dice(task, 3) % (most + 1) : 0;
    if (told === 0 && keeps === task.rows) return 0;
    const values = decodeRows(task.input() as Block) as ArrayLike<number>;
    const results: number[] = [];
    const failures: RowFailure[] = [];
    for (const [row, item] of rows.slice(0, told).entries()) {
      if (thrown.has(item)) failures.push(this.#failure(row, item));
      else results.push(simulatedFunction(values[row]!));
    }
    task.told({ output: encodeRows(results), failures, keeps }, worker);
    return told;
  }

  #failure(row: number, item: number): RowFailure {
    add(this.#threw, item);
    return { row, thrown: encodeThrown(new RangeError(`item ${item}`), { classIdOf: () => undefined }) };
  }

  #done({ task, rows, thrown }: Submitted, worker: number, told: number): TaskEnd {
    const input = task.input();
    assert.ok(!('id' in input));
    const values = decodeRows(input) as ArrayLike<number>;
    const results: number[] = [];
    const failures: RowFailure[] = [];
    let runUs = 0;
    for (const [row, item] of rows.entries()) {
      runUs += this.#items[item]!.ms * 1000;
      if (row < told) continue;
      if (thrown.has(item)) failures.push(this.#failure(row, item));
      else results.push(simulatedFunction(values[row]!));
    }
    const output = encodeRows(results);
    const stats = { worker, runUs };
    const [failure] = failures;
    if (task.onError === 'stop' && failure !== undefined) return { kind: 'threw', output, failure, stats };
    return { kind: 'done', output, failures, stats };
  }
}

/** How many rows a task is going to run, where it gives the others back. */
function keepsOf(task: Task): number {
  if (!task.job.splits || task.told === undefined || dice(task, 0) % 4 !== 0) return task.rows;
  return 1 + (dice(task, 1) % task.rows);
}

/** Chance that is the same for the same task. */
function dice({ firstIndex, rows, attempt }: Task, salt: number): number {
  return Math.imul(firstIndex * 31 + rows * 7 + attempt * 3 + salt, 0x9e3779b1) >>> 8;
}

function add(counts: Map<number, number>, key: number): void {
  counts.set(key, count(counts, key) + 1);
}

function count(counts: ReadonlyMap<number, number>, key: number): number {
  return counts.get(key) ?? 0;
}
