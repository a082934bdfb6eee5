/**
 * The contract between what runs plans and maps and where they run. An engine never knows what a pool or a dataset is; its callers
 * never know where tasks run. `test/contract/engine.ts` holds the cases that every engine passes.
 */
import type { Block } from '../codec/block.js';
import type { WorkerExit } from '../errors.js';
import type { PortableFunction } from '../function/portable.js';
import type { Allocation } from '../schedule/policy.js';

/** Where tasks run. */
export interface Engine {
  /** Tasks that can run at once. May change as workers come and go. */
  readonly slots: number;
  /** Runs a task. Never rejects: how it ended, for better or worse, is the value. */
  submit(task: Task): Promise<TaskEnd>;
  /** The block behind a reference. Rejects with `ExchangeError` when it is gone. */
  fetch(ref: BlockRef): Promise<Block>;
  /** Forgets blocks; what they refer to may be dropped. */
  release(refs: Iterable<BlockRef>): void;
  /** Finishes what was submitted, then stops. Further submits end as `refused`. */
  close(): Promise<void>;
  /** Stops now: what runs is ended as `cancelled`. */
  terminate(): Promise<void>;
}

/** Names a block that lies with the engine. */
export interface BlockRef {
  readonly id: string;
  readonly rows: number;
  readonly byteLength: number;
}

/** How a task treats the rows of its input. */
export type Program =
  /** `fn(row, index)` of each row; the output has a row for each. */
  | { readonly kind: 'map' }
  /** `fn(...row)` of each row, the rows being unrelated calls. */
  | { readonly kind: 'call' };

/** One unit of work given to a worker. */
export interface Task {
  /** Tasks of one job share a number: they are cancelled together and share an instance of the function in each worker. */
  readonly job: number;
  readonly fn: PortableFunction;
  readonly program: Program;
  /** How many rows the input has. */
  readonly rows: number;
  /** Place of the first row in the job's input. */
  readonly firstIndex: number;
  /**
   * Makes the input. Called when the task is handed to a worker, and again if that worker is lost before it began; what it throws
   * ends the task as `refused`.
   */
  input(): Block | BlockRef;
  /** Of this try at these rows, from 1. */
  readonly attempt: number;
  /** After a row has thrown: `stop` there, or go on and report all failures at the end. */
  readonly onError: 'stop' | 'continue';
  /** Bound for one row, in ms, from when it starts to run; `undefined` for none. */
  readonly timeoutMs: number | undefined;
  /** Calls of an async function in flight at once. */
  readonly concurrency: number;
  /** Larger runs first. */
  readonly priority: number;
  /** Expected time of the whole task in µs; `undefined` when not known. Short tasks are handed out ahead of time. */
  readonly expectedUs: number | undefined;
  /** Overrides the engine's own policy. */
  readonly allocation: Allocation | undefined;
  /** Cancels this task: not begun, it never runs; begun, its function sees the signal, and the worker is replaced if that does not help. */
  readonly signal: AbortSignal | undefined;
  /** Result buffers are moved out of the worker instead of copied, where the function's results allow it. */
  readonly moveResults: boolean;
}

/** A row that failed: its place within the task, and what was thrown, in wire form (`function/thrown.ts`). */
export interface RowFailure {
  readonly row: number;
  readonly thrown: Block;
}

/**
 * How a task ended. A closed union; each member has its own recovery:
 * done → use it · threw → the user's error, retried only if asked · timed-out, worker-lost → rows other than `row` run again, uncharged ·
 * cancelled → nothing · refused → the caller's error, before anything ran · input-lost → make the input again.
 */
export type TaskEnd =
  | {
      readonly kind: 'done';
      /** One row for each row of input that did not fail, in order. */
      readonly output: Block | BlockRef;
      /** Only with `onError: 'continue'`. */
      readonly failures: readonly RowFailure[];
      readonly stats: TaskStats;
    }
  /** Stopped at a failing row; `output` has the rows before it. */
  | { readonly kind: 'threw'; readonly output: Block | BlockRef; readonly failure: RowFailure; readonly stats: TaskStats }
  /** `row` was past its bound. The rest of the task is not accounted for: it may have run or not. */
  | { readonly kind: 'timed-out'; readonly row: number; readonly stats: TaskStats }
  /** Not begun, or interrupted. */
  | { readonly kind: 'cancelled' }
  /** The worker died; `row` is the one it was running, where that is known. */
  | { readonly kind: 'worker-lost'; readonly row: number | undefined; readonly exit: WorkerExit; readonly stats: TaskStats }
  /** Never began: the input could not be made, the engine is closed, workers do not start. */
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'input-lost'; readonly ref: BlockRef };

/** What a task cost. */
export interface TaskStats {
  /** The worker's number. */
  readonly worker: number;
  /** Time in the worker from the first row's start to the last one's end, in µs. */
  readonly runUs: number;
}
