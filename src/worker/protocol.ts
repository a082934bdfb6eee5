/**
 * What driver and worker say to each other: two closed unions, the same on every channel. Blocks inside are opaque to the channel.
 */
import type { Block } from '../codec/block.js';
import type { Program } from '../engine/program.js';
import type { ArrayUse } from '../function/arrays.js';
import type { PortableCode } from '../function/portable.js';
import type { Carrier } from '../observe/tracing.js';

/** From the driver to a worker. */
export type ToWorker =
  /** Before all others, where the way to the driver is long: how long a task may take before it tells what it has, in ms. */
  | { readonly kind: 'begin'; readonly patienceMs: number }
  /** Introduces a function under a number; the code only the first time this worker meets its hash. */
  | { readonly kind: 'define'; readonly id: number; readonly definition: FunctionDefinition }
  /** These functions will not be named again. */
  | { readonly kind: 'forget'; readonly ids: readonly number[] }
  /** Run these, one at a time, in order. */
  | { readonly kind: 'run'; readonly tasks: readonly TaskMessage[] }
  /** Rows for a task that asked for them, behind those that it has; one that is over meanwhile does not take them. */
  | ({ readonly kind: 'more'; readonly task: number } & MoreRows)
  /** Answer whether the task has begun; where it has not, forget it: somebody else is free to run it. */
  | { readonly kind: 'revoke'; readonly task: number }
  /** Signal the task to stop; where it has not begun, drop it. With a `row`: that one is late, and the others go on. */
  | { readonly kind: 'abort'; readonly task: number; readonly reason: AbortReason; readonly row?: number }
  /** The context that a task comes with, for those who trace; sent before the task. */
  | { readonly kind: 'context'; readonly task: number; readonly carrier: Carrier }
  /** Tell how you are. `sentAt`: ms since 1970. */
  | { readonly kind: 'measure'; readonly sentAt: number }
  /** Answer when all that was printed so far is with the driver. Of threads only, whose channel it is for. */
  | { readonly kind: 'print' }
  /** Finish, then end. */
  | { readonly kind: 'close' };

/** Rows that a task gets while it goes on, and their places as in {@link TaskMessage}. */
export type MoreRows = Pick<TaskMessage, 'input' | 'firstIndex' | 'indices'>;

export type AbortReason = 'timeout' | 'cancelled';

export interface FunctionDefinition {
  readonly name: string;
  readonly hash: string;
  readonly code: PortableCode | undefined;
  readonly values: Block | undefined;
  /** Captures something mutable, so that unrelated calls each need an instance of their own. */
  readonly stateful: boolean;
}

/** What all tasks of a job have in common. */
export interface JobMessage {
  /** Its number with this worker: jobs that are alike have the same. */
  readonly number: number;
  readonly fn: number;
  /** The function that prepares this worker, run before its first task that names it. */
  readonly setup: number | undefined;
  readonly program: Program;
  /** Announce each row as it starts: somebody watches its time. */
  readonly timed: boolean;
  readonly concurrency: number;
  /** Rows that would begin late are to be given back; where several may be in flight, more are to be asked for. */
  readonly splits: boolean;
  /** Of rows that are plain data of nobody else, the results are, too (see `isLight`): of use to one on the driver's thread. */
  readonly light?: boolean;
  /** Of maps: what the function does with a row that is a typed array. */
  readonly arrays?: ArrayUse | undefined;
}

export interface TaskMessage {
  /** The engine's number for the task. */
  readonly id: number;
  /** The worker's own count of tasks given to it, for the claim words. */
  readonly claim: number;
  readonly job: JobMessage;
  readonly input: Block;
  readonly firstIndex: number;
  /** Places of the rows in the job's input where they are not consecutive. */
  readonly indices: readonly number[] | undefined;
  readonly attempt: number;
  readonly onError: 'stop' | 'continue';
}

/** A single call: id, claim, number of the job, then the arguments. */
export type QuickMessage = readonly unknown[];
/** What it gave: id, time in µs, the result. */
export type QuickAnswer = readonly [number, number, unknown];

/** From a worker to the driver. */
export type FromWorker =
  /** Up and listening. */
  | { readonly kind: 'ready' }
  /** Answers to `revoke`: it had not begun, and will not; it has, or is over. */
  | { readonly kind: 'revoked' | 'kept'; readonly task: number }
  /** A row of a timed task begins. */
  | { readonly kind: 'started'; readonly task: number; readonly row: number; readonly agoMs: number }
  /**
   * A task goes on, but its next rows are done: `output` has their results, `failures` what the others threw, and its end or a further
   * message those of the rows behind them. Rows from `keeps` on were not begun and are its rows no more.
   */
  | ({ readonly kind: 'rows'; readonly task: number; readonly keeps: number } & RowsDone)
  /** A task will soon have fewer calls in flight than it may: more rows are welcome. So many are over, after so long. */
  | { readonly kind: 'asks'; readonly task: number; readonly rows: number; readonly runUs: number }
  /** A task has failed, but calls of it are still in flight; its end follows when they are over. */
  | { readonly kind: 'failing'; readonly end: WorkerEnd & { readonly kind: 'threw' } }
  /** The answer to `print`. */
  | { readonly kind: 'printed' }
  /** How it is: memory in bytes, share of the time its event loop was busy, how long the question waited. */
  | { readonly kind: 'measured'; readonly memory: number; readonly utilization: number; readonly delayMs: number }
  | { readonly kind: 'ended'; readonly ends: readonly WorkerEnd[] };

/** Results of some rows, but for those that failed. */
export interface RowsDone {
  readonly output: Block;
  /** In order; rows count from the task's first. */
  readonly failures: readonly { readonly row: number; readonly thrown: Block }[];
}

/** How a task ended, as the worker saw it. */
export type WorkerEnd =
  | {
      readonly kind: 'done';
      readonly task: number;
      readonly output: Block;
      readonly failures: readonly { readonly row: number; readonly thrown: Block }[];
      readonly runUs: number;
    }
  | {
      readonly kind: 'threw';
      readonly task: number;
      readonly output: Block;
      readonly row: number;
      readonly thrown: Block;
      readonly runUs: number;
    }
  /** The function or the setup could not be made ready; no row ran. */
  | { readonly kind: 'unprepared'; readonly task: number; readonly thrown: Block }
  /** Dropped before it began. */
  | { readonly kind: 'dropped'; readonly task: number };
