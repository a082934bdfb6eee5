/**
 * The contract between what runs plans and maps and where they run. An engine never knows what a pool or a dataset is; its callers
 * never know where tasks run. `test/contract/engine.ts` holds the cases that every engine passes.
 */
import type { Block } from '../codec/block.js';
import type { WorkerExit } from '../errors.js';
import type { PortableFunction } from '../function/portable.js';
import type { TaskCause } from '../observe/events.js';
import type { EventHub } from '../observe/hub.js';
import type { Dashboard, DashboardOptions } from '../observe/open-dashboard.js';
import type { Carrier } from '../observe/tracing.js';
import type { Allocation } from '../schedule/policy.js';
import type { Program } from './program.js';
import type { EngineStorage } from './storage.js';

/** Where tasks run. */
export interface Engine {
  /** Tasks that can run at once. May change as workers come and go. */
  readonly slots: number;
  /** Workers share memory with the driver, so that shared arrays and ports can travel. */
  readonly sharesMemory: boolean;
  /** Messages to workers are structured clones, so that a single small row may be part of one instead of a block of bytes. */
  readonly clones: boolean;
  /** What a message takes to a worker and back, in µs, where workers are far away; `undefined` where they are on this machine. */
  readonly tripUs?: number | undefined;
  /** It was told to close: submits end as `refused`. */
  readonly isClosed?: boolean | undefined;
  /** Workers are replaced after a number of tasks, so that calls must not share one. */
  readonly countsTasks: boolean;
  /** How tasks of datasets may use memory and disk. */
  readonly storage?: EngineStorage | undefined;
  /** What it tells of its work, to whoever listens. */
  readonly events: EventHub;
  /** Work is about to come, as far as anybody can tell: what takes time to start may start now. Promises nothing, and never throws. */
  expectWork?(): void;
  /**
   * Sends a single call of plain arguments to a worker at once: where one is free, nothing else is under way and the worker knows the
   * job. False where it has to be submitted as a task. For the trip of one call, of which all bookkeeping is a large part.
   */
  quick?(call: QuickCall): boolean;
  /** Runs a task. Never rejects: how it ended, for better or worse, is the value. */
  submit(task: Task): Promise<TaskEnd>;
  /** Finishes what was submitted, then stops. Further submits end as `refused`. */
  close(): Promise<void>;
  /** Stops now: what runs is ended as `cancelled`. */
  terminate(): Promise<void>;
  /** Serves a page that shows what it does from now on, on this machine only. Loaded when first called for. */
  dashboard(options?: DashboardOptions): Promise<Dashboard>;
}

/** A call for {@link Engine.quick}. */
export interface QuickCall {
  readonly job: JobSpec;
  /** All primitives; the function gets them as its arguments. */
  readonly args: readonly unknown[];
  /** It gave this primitive. Nothing else is called then but `settled`. */
  answered(result: unknown): void;
  /** Called when who waited for the answer has gone on: what is done here, nobody waits for. */
  settled(runUs: number): void;
  /** It turned out not to be that simple, or something else came: the same call as a task, and who is to hear how it ends. */
  asTask(): { readonly task: Task; readonly resolve: (end: TaskEnd) => void };
}

/** Which nodes may have workers: of each label its value, one of several, or what it must not be. */
export type Labels = Readonly<Record<string, string | readonly string[] | NotLabel>>;

/** What a label must not be. */
export interface NotLabel {
  /** A value, or several. */
  readonly not: string | readonly string[];
}

/** Where the tasks of one job may run, beyond what its engine says. */
export interface Where {
  readonly labels: Labels;
  /** A label over whose values its workers are spread. */
  readonly spreadOver: string | undefined;
}

/** What the tasks of one job have in common. */
export interface JobSpec {
  /** Names the job in events. Specs of several stages of one job have the same. */
  readonly id: number;
  /** Which stage of the job its tasks are, where it has stages; for events. */
  readonly stage?: number | undefined;
  readonly fn: PortableFunction;
  /** Run once in each worker before the first task that has it; its result reaches the function through `context()`. */
  readonly setup: PortableFunction | undefined;
  readonly program: Program;
  /**
   * Aborted when the job is over, well or badly. Tasks that have not begun never run then; those that have see their signal, and a
   * worker that does not stop within the engine's grace is replaced. What the engine keeps for the job is dropped.
   */
  readonly signal: AbortSignal;
  /** Larger runs first. */
  readonly priority: number;
  /** Bound for one row, in ms, from when it starts to run; `undefined` for none. */
  readonly timeoutMs: number | undefined;
  /** Calls of an async function in flight at once in one worker. */
  readonly concurrency: number;
  /** Rows of a task that takes long may be given back before they begin, through `Task.told`; one with several in flight gets more, by `Task.more`. */
  readonly splits: boolean;
  /** Overrides the engine's own policy. */
  readonly allocation: Allocation | undefined;
  /** Which nodes its tasks may run on, where there are nodes to choose from. */
  readonly where?: Where | undefined;
}

/** One unit of work given to a worker. */
export interface Task {
  readonly job: JobSpec;
  /** Names the task in events: see `nextTaskId`. */
  readonly id: number;
  /** Which partition of its stage it makes, where there are partitions; for events. */
  readonly partition?: number | undefined;
  /** Why its rows are tried again, where they are; for events. */
  readonly cause?: TaskCause | undefined;
  /** Workers that have something of its input at hand, best first. They may be gone. Heeded by `locality`. */
  readonly prefer?: readonly number[] | undefined;
  /** Begins the attempt's span, where somebody traces, and gives what travels of it; called when the task is handed to a worker. */
  readonly trace?: (() => Carrier | undefined) | undefined;
  /** How many rows the input has. */
  readonly rows: number;
  /** Place of the first row in the job's input. */
  readonly firstIndex: number;
  /** Places of the rows, where they are not consecutive. */
  readonly indices: readonly number[] | undefined;
  /**
   * Makes the input. Called when the task is handed to a worker, and again if that worker is lost before it began; what it throws
   * ends the task as `refused`.
   */
  input(): Block;
  /** Of this try at these rows, from 1. */
  readonly attempt: number;
  /** After a row has thrown: `stop` there, or go on and report all failures at the end. */
  readonly onError: 'stop' | 'continue';
  /**
   * Called while the task goes on, where an engine has something to tell before the end: its next rows, in order, results and failures;
   * and how many rows the task keeps, where it has given back those behind them, which were not begun. The end then has the rows that
   * are left. Rows in it, and in what is told, count from the task's first one.
   */
  readonly told: ((rows: RowsTold, worker: number) => void) | undefined;
  /**
   * Called while the task goes on, where several of its rows may be in flight and it has places for calls that will soon be empty: makes more rows
   * for it, which count from its last one on; `undefined` for none. So many are over, after `runUs`. Where there are none now,
   * `later` asks again. Of a task that is done, rows are missing at the end that came too late for it.
   */
  readonly more?:
    | ((done: number, runUs: number, waiting: Waiting, later: () => void) => MoreRows | undefined)
    | undefined;
  /** Expected time of the whole task in µs; `undefined` when not known. Short tasks are handed out ahead of time. */
  readonly expectedUs: number | undefined;
}

/** Tasks at an engine. */
export interface Waiting {
  /** Of all jobs, those that no worker runs. */
  readonly tasks: number;
  /** Of the job that is asked, those that workers run. */
  readonly running: number;
}

/** Rows for a task that goes on, and their places as in {@link Task}. */
export interface MoreRows {
  readonly input: Block;
  readonly firstIndex: number;
  readonly indices: readonly number[] | undefined;
}

/** Rows of a task that goes on. */
export interface RowsTold {
  /** One row for each that did not fail. */
  readonly output: Block;
  readonly failures: readonly RowFailure[];
  /** So many of its rows the task keeps. */
  readonly keeps: number;
}

/** A row that failed: its place within the task, and what was thrown, in wire form (`function/thrown.ts`). */
export interface RowFailure {
  readonly row: number;
  readonly thrown: Block;
  /** It was past its `timeoutMs` and was asked to stop: what it threw, if anything, is of no interest. */
  readonly late?: boolean;
}

/**
 * How a task ended. A closed union; each member has its own recovery:
 * done → use it · threw → the user's error, retried only if asked · timed-out, worker-lost → rows other than `row` run again, uncharged ·
 * cancelled → nothing · refused → the caller's error, before anything ran.
 */
export type TaskEnd =
  | {
      readonly kind: 'done';
      /** One row for each row of input that did not fail, in order. */
      readonly output: Block;
      /** Only with `onError: 'continue'`. */
      readonly failures: readonly RowFailure[];
      readonly stats: TaskStats;
    }
  /** Stopped at a failing row; `output` has the rows before it, or, where calls were in flight at once, the first of them. */
  | {
      readonly kind: 'threw';
      readonly output: Block;
      readonly failure: RowFailure;
      readonly stats: TaskStats;
    }
  /** `row` was past its bound. The rest of the task is not accounted for: it may have run or not. */
  | { readonly kind: 'timed-out'; readonly row: number; readonly worker: number }
  /** Not begun, or interrupted. */
  | { readonly kind: 'cancelled' }
  /** The worker died. The rows are not accounted for: they may have run or not. */
  | { readonly kind: 'worker-lost'; readonly blame: Blame; readonly exit: WorkerExit; readonly worker: number }
  /** No row ran: the function or the setup could not be made ready in the worker; `thrown` says why, in wire form. */
  | { readonly kind: 'unprepared'; readonly thrown: Block; readonly worker: number }
  /** Never began: the input could not be made, the engine is closed, workers do not start. */
  | { readonly kind: 'refused'; readonly error: unknown };

/** Which row a worker died of: the one it was running, none of this task, or one of them, unknown which. */
export type Blame = { readonly row: number } | 'none' | 'unknown';

/** What a task cost. */
export interface TaskStats {
  /** The worker's number. */
  readonly worker: number;
  /** Time in the worker from the first row's start to the last one's end, in µs. */
  readonly runUs: number;
}
