/**
 * What an engine tells of its work while it goes on: one family of events, the same from every engine. A log of them is enough to draw
 * everything that is shown of a run, afterwards as well as live.
 *
 * Events are plain data that JSON can hold. They speak of tasks, never of single rows (but for rows that fail), so that what they cost
 * does not grow with the number of rows.
 */
import type { WorkerExit } from '../errors.js';

/** What all events have in common. */
interface Common {
  /** When it happened: ms since 1970, by the driver's clock alone, with fractions. */
  readonly time: number;
  /** Which engine of this process tells it: 0 is the first. Workers are numbered within their engine, all else within the process. */
  readonly engine: number;
}

/** What concerns one job. */
interface OfJob extends Common {
  /** The job's number, unique in this process. */
  readonly job: number;
}

/** An error in an event. */
export interface EventError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

/** The engine as it is; the first event that every listener gets. */
export interface EngineOpened extends Common {
  readonly kind: 'engine-opened';
  /** Where its workers are. */
  readonly workers: WorkerKind;
  /** Tasks that can run at once. */
  readonly slots: number;
  readonly pid: number;
  readonly node: string;
}

/** The engine has stopped; nothing comes after it. */
export interface EngineClosed extends Common {
  readonly kind: 'engine-closed';
}

/** A job begins: a `map`, calls of one function, or an action of a dataset. */
export interface JobStarted extends OfJob {
  readonly kind: 'job-started';
  readonly label: string;
  /**
   * Of `calls`, which are single calls that travel together, one job starts when there is a first call and ends when none is pending; the
   * next call starts it again under the same number.
   */
  readonly of: 'map' | 'calls' | 'action';
  /** Rows in all, where that is known. */
  readonly total?: number | undefined;
  /** How the plan reads, of an action. */
  readonly plan?: string | undefined;
  /** The job that made this one. */
  readonly cause?: { readonly job: number } | undefined;
}

/** A job is over. */
export interface JobEnded extends OfJob {
  readonly kind: 'job-ended';
  readonly outcome: 'done' | 'failed' | 'cancelled';
  /** Rows that have succeeded, and rows that have failed for good. */
  readonly done: number;
  readonly failed: number;
  /** Why it failed or was cancelled. */
  readonly cause?: EventError | undefined;
}

/** A stage begins: tasks that need no exchange between them. */
export interface StageStarted extends OfJob {
  readonly kind: 'stage-started';
  /** Its number within the job. */
  readonly stage: number;
  readonly name: string;
  readonly partitions: number;
  /** The exchanges that it reads and the one it writes, by their ids. */
  readonly reads: readonly string[];
  readonly writes?: string | undefined;
}

/** A stage is over. */
export interface StageEnded extends OfJob {
  readonly kind: 'stage-ended';
  readonly stage: number;
  readonly outcome: 'done' | 'failed' | 'cancelled';
  /** Rows that it read and rows that it made, on all partitions. */
  readonly rowsIn: number;
  readonly rowsOut: number;
}

/** What concerns one task: a function and the rows that it is to be called with. */
interface OfTask extends OfJob {
  /** The task's number, unique in this process. */
  readonly task: number;
  readonly stage?: number | undefined;
  readonly partition?: number | undefined;
  /** Which try at its rows it is, from 1. */
  readonly attempt: number;
}

/** Why rows are tried again: their function threw, their worker was lost, or what they had made before is gone. */
export type TaskCause = 'failed' | 'worker-lost' | 'input-lost';

/** A task was given to the engine and waits for a worker. */
export interface TaskSubmitted extends OfTask {
  readonly kind: 'task-submitted';
  readonly rows: number;
  /** Place of its first row in the job's input. */
  readonly firstIndex: number;
  readonly expectedUs?: number | undefined;
  readonly cause?: TaskCause | undefined;
}

/** A task was handed to a worker, which runs it after what it had before. */
export interface TaskSent extends OfTask {
  readonly kind: 'task-sent';
  readonly worker: number;
}

/** A task was taken back from a worker that had not begun it, for one that has nothing to do. It is sent again. */
export interface TaskMoved extends OfTask {
  readonly kind: 'task-moved';
  /** The worker that had it. */
  readonly worker: number;
}

/** A task that takes long told of its first rows, or gave rows back that it had not begun, which come again as other tasks. */
export interface TaskProgressed extends OfTask {
  readonly kind: 'task-progressed';
  readonly worker: number;
  /** Rows that are done since the last time. */
  readonly rows: number;
  /** Rows that it gave back. */
  readonly back: number;
}

/** How a task can end. See `TaskEnd`. */
export type TaskOutcome =
  | 'done'
  | 'threw'
  | 'timed-out'
  | 'cancelled'
  | 'worker-lost'
  | 'unprepared'
  | 'refused'
  | 'input-lost';

/** A task is over, and with it one attempt at its rows. */
export interface TaskEnded extends OfTask {
  readonly kind: 'task-ended';
  /** The worker that had it; -1 is the calling thread, which may take part in a map; absent where none had it. */
  readonly worker?: number | undefined;
  readonly outcome: TaskOutcome;
  /** Rows that succeeded and have not been told of before. */
  readonly rows: number;
  /** Rows that threw. */
  readonly failures: number;
  /**
   * When it began to run and when it ended, on the clock of `time`. Ends of short tasks come many to a message, so that this is
   * reckoned back from their run times. Absent where nothing ran.
   */
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  /** Of `worker-lost`: how the worker ended. */
  readonly cause?: WorkerExit | undefined;
}

/** A row failed: for good, or it is tried again. */
export interface ItemFailed extends OfJob {
  readonly kind: 'item-failed';
  readonly stage?: number | undefined;
  readonly partition?: number | undefined;
  /** Place of the row in the job's input, and what it looks like, shortened. */
  readonly index: number;
  readonly item: string;
  readonly attempt: number;
  /** -1: no worker had it yet. */
  readonly worker: number;
  readonly cause: EventError;
  /** It is tried again, after so many ms. */
  readonly again?: number | undefined;
}

/** What a worker is. */
export type WorkerKind = 'thread' | 'process' | 'caller' | 'remote';

/** A worker starts. */
export interface WorkerStarted extends Common {
  readonly kind: 'worker-started';
  readonly worker: number;
  readonly is: WorkerKind;
  readonly pid?: number | undefined;
  /** The host it is on, of one that is elsewhere. */
  readonly host?: string | undefined;
  /** The lost worker whose place it takes. */
  readonly cause?: { readonly replaces: number } | undefined;
}

/** A worker is up. */
export interface WorkerReady extends Common {
  readonly kind: 'worker-ready';
  readonly worker: number;
}

/** A worker is gone. */
export interface WorkerEnded extends Common {
  readonly kind: 'worker-ended';
  readonly worker: number;
  /** `exit.how` is `replaced` where the engine ended it, since it did not stop in time or at the engine's end. */
  readonly cause: WorkerExit;
  /** It was told to end: nothing is lost with it. */
  readonly expected: boolean;
  /** Tasks that it had. */
  readonly tasks: number;
}

/** How a worker, or the driver, is: measured once a second while somebody listens for it. */
export interface WorkerMeasured extends Common {
  readonly kind: 'worker-measured';
  /** -1 is the driver's own thread. */
  readonly worker: number;
  /** Memory in bytes: of a thread its heap and what hangs on it, of a process all of it. */
  readonly memory: number;
  /** Share of the time since the last measurement in which its event loop was busy, 0 to 1. */
  readonly utilization: number;
  /** How long a message waited for its event loop, in ms. */
  readonly delayMs: number;
}

/** Rows of one partition were kept as a block. */
export interface PartitionCached extends OfJob {
  readonly kind: 'partition-cached';
  readonly stage: number;
  readonly partition: number;
  readonly rows: number;
  readonly bytes: number;
  readonly to: 'memory' | 'file';
}

/** Rows of one partition came from where they were kept, instead of being made again. */
export interface PartitionReadFromCache extends OfJob {
  readonly kind: 'partition-read-from-cache';
  readonly stage: number;
  readonly partition: number;
  readonly rows: number;
  readonly bytes: number;
}

/** What a partition had made is gone, and is made again. */
export interface Recomputed extends OfJob {
  readonly kind: 'recomputed';
  readonly stage: number;
  readonly partition: number;
  /** What was lost, and with what. */
  readonly cause: string;
}

/** Blocks went from memory to a file, since memory is full. */
export interface Spilled extends Common {
  readonly kind: 'spill';
  readonly job?: number | undefined;
  readonly worker?: number | undefined;
  readonly stage?: number | undefined;
  readonly partition?: number | undefined;
  readonly bytes: number;
  readonly file: string;
  /** What filled the memory. */
  readonly cause?: string | undefined;
}

/** Rows for one partition of the next stage were written. */
export interface ExchangeWritten extends OfJob {
  readonly kind: 'exchange-written';
  readonly exchange: string;
  /** The stage that writes, and which of its partitions; absent where several are told of together. */
  readonly stage?: number | undefined;
  readonly from?: number | undefined;
  /** The partition that the rows are for. */
  readonly partition: number;
  readonly rows: number;
  readonly bytes: number;
  readonly to: 'memory' | 'file';
}

/** Rows of an exchange were read by one partition of the stage that they are for. */
export interface ExchangeRead extends OfJob {
  readonly kind: 'exchange-read';
  readonly exchange: string;
  /** The stage that reads. */
  readonly stage: number;
  readonly partition: number;
  readonly rows: number;
  readonly bytes: number;
}

/** A reader of the iterator was slow, and events before this one were dropped. */
export interface EventsDropped extends Common {
  readonly kind: 'events-dropped';
  readonly count: number;
}

/** Everything an engine tells: a closed union, told apart by `kind`. */
export type SheafEvent =
  | EngineOpened
  | EngineClosed
  | JobStarted
  | JobEnded
  | StageStarted
  | StageEnded
  | TaskSubmitted
  | TaskSent
  | TaskMoved
  | TaskProgressed
  | TaskEnded
  | ItemFailed
  | WorkerStarted
  | WorkerReady
  | WorkerEnded
  | WorkerMeasured
  | PartitionCached
  | PartitionReadFromCache
  | Recomputed
  | Spilled
  | ExchangeWritten
  | ExchangeRead
  | EventsDropped;

/** An event before the hub has added its time and engine. */
export type Told = SheafEvent extends infer E ? (E extends SheafEvent ? Omit<E, 'time' | 'engine'> : never) : never;

/** An error as events hold it. */
export function eventError(error: unknown): EventError {
  if (!(error instanceof Error)) return { name: 'thrown', message: String(error) };
  return { name: error.name, message: error.message, stack: error.stack };
}
