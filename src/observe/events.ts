/**
 * What an engine tells of its work while it goes on: one family of events, the same from every engine. A log of them is enough to draw
 * everything that is shown of a run, afterwards as well as live.
 *
 * Events are plain data that JSON can hold. They speak of tasks, never of single rows (but for rows that fail), so that what they cost
 * does not grow with the number of rows.
 */
import type { WorkerExit } from '../errors.js';

/** What all events have in common. */
export interface EventBase {
  /** Which event it is: tells the members of {@link SheafEvent} apart. */
  readonly kind: string;
  /** When it happened: ms since 1970, by the driver's clock alone, with fractions. */
  readonly time: number;
  /** Which engine of this process tells it: 0 is the first. Workers are numbered within their engine, all else within the process. */
  readonly engine: number;
}

/** What events of one job have in common. */
export interface JobEvent extends EventBase {
  /** The job's number, unique in this process. */
  readonly job: number;
}

/** An error in an event. */
export interface EventError {
  /** Its class: `RangeError`; `thrown` of what was no error. */
  readonly name: string;
  /** Its message, or what was thrown, as text. */
  readonly message: string;
  /** Its stack, where it has one. */
  readonly stack?: string | undefined;
}

/** The engine as it is; the first event that every listener gets. */
export interface EngineOpened extends EventBase {
  readonly kind: 'engine-opened';
  /** Where its workers are. */
  readonly workers: WorkerKind;
  /** Tasks that can run at once. */
  readonly slots: number;
  /** The driver's process. */
  readonly pid: number;
  /** The driver's version of Node, without the `v`. */
  readonly node: string;
}

/** The engine has stopped; nothing comes after it. */
export interface EngineClosed extends EventBase {
  readonly kind: 'engine-closed';
}

/** A job begins: a `map`, calls of one function, or an action of a dataset. */
export interface JobStarted extends JobEvent {
  readonly kind: 'job-started';
  /** The job's `label`, or else the name of its function or action. */
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
  readonly cause?:
    | {
        /** Its number. */
        readonly job: number;
      }
    | undefined;
}

/** A job is over. */
export interface JobEnded extends JobEvent {
  readonly kind: 'job-ended';
  /** `failed`: an error ended it; `cancelled`: somebody cancelled it. */
  readonly outcome: 'done' | 'failed' | 'cancelled';
  /** Rows that have succeeded. */
  readonly done: number;
  /** Rows that have failed for good. */
  readonly failed: number;
  /** Why it failed or was cancelled. */
  readonly cause?: EventError | undefined;
}

/** A stage begins: tasks that need no exchange between them. */
export interface StageStarted extends JobEvent {
  readonly kind: 'stage-started';
  /** Its number within the job. */
  readonly stage: number;
  /** What it does, as the operators are called: `text → keyBy`. */
  readonly name: string;
  /** How many partitions it makes, each by a task of its own. */
  readonly partitions: number;
  /** Ids of the exchanges that it reads. */
  readonly reads: readonly string[];
  /** Id of the exchange that it writes; absent of the last stage. */
  readonly writes?: string | undefined;
}

/** A stage is over. */
export interface StageEnded extends JobEvent {
  readonly kind: 'stage-ended';
  /** Its number within the job. */
  readonly stage: number;
  /** `failed`: an error ended it; `cancelled`: somebody cancelled the action. */
  readonly outcome: 'done' | 'failed' | 'cancelled';
  /** Rows that it read, on all partitions. */
  readonly rowsIn: number;
  /** Rows that it made, on all partitions. */
  readonly rowsOut: number;
}

/** What events of one task have in common. A task is a function and the rows that it is to be called with. */
export interface TaskEvent extends JobEvent {
  /** The task's number, unique in this process. */
  readonly task: number;
  /** The number of its stage within the job, where the job has stages. */
  readonly stage?: number | undefined;
  /** The partition that it makes, where there are partitions. */
  readonly partition?: number | undefined;
  /** Which try at its rows it is, from 1. */
  readonly attempt: number;
}

/** Why rows are tried again: their function threw, or their worker was lost. */
export type TaskCause = 'failed' | 'worker-lost';

/** A task was given to the engine and waits for a worker. */
export interface TaskSubmitted extends TaskEvent {
  readonly kind: 'task-submitted';
  /** How many rows it has. */
  readonly rows: number;
  /** Place of its first row in the job's input. */
  readonly firstIndex: number;
  /** How long it is expected to take, in µs, where that is known. */
  readonly expectedUs?: number | undefined;
  /** Why its rows are tried again; absent at the first try. */
  readonly cause?: TaskCause | undefined;
}

/** A task was handed to a worker, which runs it after what it had before. */
export interface TaskSent extends TaskEvent {
  readonly kind: 'task-sent';
  /** The worker that has it now. */
  readonly worker: number;
}

/** A task was taken back from a worker that had not begun it, for one that has nothing to do. It is sent again. */
export interface TaskMoved extends TaskEvent {
  readonly kind: 'task-moved';
  /** The worker that had it. */
  readonly worker: number;
}

/** A task that takes long told of its first rows, gave rows back that it had not begun, which come again as other tasks, or got more. */
export interface TaskProgressed extends TaskEvent {
  readonly kind: 'task-progressed';
  /** The worker that runs it. */
  readonly worker: number;
  /** Rows that are done since the last time. */
  readonly rows: number;
  /** Rows that it gave back. */
  readonly back: number;
  /** Rows that it got besides those that it was submitted with. */
  readonly more?: number;
}

/**
 * How a task can end: all of its rows done, its function threw, a row past its time, cancelled, its worker lost, its function or the pool's
 * `setup` not made ready, or never begun (the engine is closed, or its workers do not start).
 */
export type TaskOutcome = 'done' | 'threw' | 'timed-out' | 'cancelled' | 'worker-lost' | 'unprepared' | 'refused';

/** A task is over, and with it one attempt at its rows. */
export interface TaskEnded extends TaskEvent {
  readonly kind: 'task-ended';
  /** The worker that had it; -1 is the calling thread, which may take part in a map; absent where none had it. */
  readonly worker?: number | undefined;
  /** How it ended. */
  readonly outcome: TaskOutcome;
  /** Rows that succeeded and have not been told of before. */
  readonly rows: number;
  /** Rows that threw. */
  readonly failures: number;
  /**
   * When it began to run, on the clock of `time`. Ends of short tasks come many to a message, so that this is
   * reckoned back from their run times. Absent where nothing ran.
   */
  readonly startedAt?: number | undefined;
  /** When it ended, on the clock of `time`. Absent where nothing ran. */
  readonly endedAt?: number | undefined;
  /** Of `worker-lost`: how the worker ended. */
  readonly cause?: WorkerExit | undefined;
}

/** A row failed: for good, or it is tried again. */
export interface ItemFailed extends JobEvent {
  readonly kind: 'item-failed';
  /** The number of its stage within the job, where the job has stages. */
  readonly stage?: number | undefined;
  /** The partition that was being made, where there are partitions. */
  readonly partition?: number | undefined;
  /** Place of the row in the job's input, from 0. */
  readonly index: number;
  /** What the row looks like, shortened. */
  readonly item: string;
  /** Which try at the row it was, from 1. */
  readonly attempt: number;
  /** -1: no worker had it yet. */
  readonly worker: number;
  /** What was thrown. */
  readonly cause: EventError;
  /** It is tried again, after so many ms. */
  readonly again?: number | undefined;
}

/** What a worker is. */
export type WorkerKind = 'thread' | 'process' | 'caller' | 'remote';

/** A worker starts. */
export interface WorkerStarted extends EventBase {
  readonly kind: 'worker-started';
  /** Its number, never used again within the engine. */
  readonly worker: number;
  /** What it is: `caller` is the calling thread, `remote` one on another machine. */
  readonly is: WorkerKind;
  /** Its process, of one that is a process. */
  readonly pid?: number | undefined;
  /** The host it is on, of one that is elsewhere. */
  readonly host?: string | undefined;
  /** The lost worker whose place it takes. */
  readonly cause?:
    | {
        /** Its number. */
        readonly replaces: number;
      }
    | undefined;
}

/** A worker is up. */
export interface WorkerReady extends EventBase {
  readonly kind: 'worker-ready';
  /** Its number. */
  readonly worker: number;
}

/** A worker is gone. */
export interface WorkerEnded extends EventBase {
  readonly kind: 'worker-ended';
  /** Its number. */
  readonly worker: number;
  /** `exit.how` is `replaced` where the engine ended it, since it did not stop in time or at the engine's end. */
  readonly cause: WorkerExit;
  /** It was told to end: nothing is lost with it. */
  readonly expected: boolean;
  /** Tasks that it had. */
  readonly tasks: number;
}

/** How a worker, or the driver, is: measured once a second while somebody listens for it. */
export interface WorkerMeasured extends EventBase {
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
export interface PartitionCached extends JobEvent {
  readonly kind: 'partition-cached';
  /** The number of the stage within the job. */
  readonly stage: number;
  /** The partition, from 0. */
  readonly partition: number;
  /** How many rows. */
  readonly rows: number;
  /** How many bytes they take, encoded. */
  readonly bytes: number;
  /** Where they lie. */
  readonly to: 'memory' | 'file';
}

/** Rows of one partition came from where they were kept, instead of being made again. */
export interface PartitionReadFromCache extends JobEvent {
  readonly kind: 'partition-read-from-cache';
  /** The number of the stage within the job. */
  readonly stage: number;
  /** The partition, from 0. */
  readonly partition: number;
  /** How many rows. */
  readonly rows: number;
  /** How many bytes they take, encoded. */
  readonly bytes: number;
}

/** What a partition had made is gone, and is made again. */
export interface Recomputed extends JobEvent {
  readonly kind: 'recomputed';
  /** The number of the stage within the job. */
  readonly stage: number;
  /** The partition, from 0. */
  readonly partition: number;
  /** What was lost, and with what. */
  readonly cause: string;
}

/** Blocks went from memory to a file, since memory is full. */
export interface Spilled extends EventBase {
  readonly kind: 'spill';
  /** The job, where one is known to be to blame. */
  readonly job?: number | undefined;
  /** The worker that wrote the file. */
  readonly worker?: number | undefined;
  /** The number of the stage within the job. */
  readonly stage?: number | undefined;
  /** The partition that was being made. */
  readonly partition?: number | undefined;
  /** How many bytes went there. */
  readonly bytes: number;
  /** The path of the file, which is deleted with its action. */
  readonly file: string;
  /** What filled the memory. */
  readonly cause?: string | undefined;
}

/** Rows for one partition of the next stage were written. */
export interface ExchangeWritten extends JobEvent {
  readonly kind: 'exchange-written';
  /** The id of the exchange. */
  readonly exchange: string;
  /** The stage that writes; absent where several are told of together. */
  readonly stage?: number | undefined;
  /** The partition that the rows come from; absent where several are told of together. */
  readonly from?: number | undefined;
  /** The partition that the rows are for. */
  readonly partition: number;
  /** How many rows. */
  readonly rows: number;
  /** How many bytes they take, encoded. */
  readonly bytes: number;
  /** Where they lie until they are read. */
  readonly to: 'memory' | 'file';
}

/** Rows of an exchange were read by one partition of the stage that they are for. */
export interface ExchangeRead extends JobEvent {
  readonly kind: 'exchange-read';
  /** The id of the exchange. */
  readonly exchange: string;
  /** The stage that reads. */
  readonly stage: number;
  /** The partition that reads. */
  readonly partition: number;
  /** How many rows. */
  readonly rows: number;
  /** How many bytes they take, encoded. */
  readonly bytes: number;
}

/** A reader of the iterator was slow, and events before this one were dropped. */
export interface EventsDropped extends EventBase {
  readonly kind: 'events-dropped';
  /** How many. */
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

/** An event before the hub has added its time and engine. @internal */
export type Told = SheafEvent extends infer E ? (E extends SheafEvent ? Omit<E, 'time' | 'engine'> : never) : never;

/** An error as events hold it. @internal */
export function eventError(error: unknown): EventError {
  if (!(error instanceof Error)) return { name: 'thrown', message: String(error) };
  return { name: error.name, message: error.message, stack: error.stack };
}
