/** What a view of a run is made of: plain data. Times in ms since the view's origin. */
import type {
  EngineOpened,
  ItemFailed,
  JobEnded,
  JobStarted,
  StageStarted,
  TaskCause,
  WorkerKind,
  WorkerStarted,
} from './events.js';

export interface EngineView {
  readonly engine: number;
  readonly workers: EngineOpened['workers'];
  slots: number;
  closed: boolean;
}

export interface JobView {
  readonly job: number;
  readonly engine: number;
  readonly label: string;
  readonly of: JobStarted['of'];
  total: number | undefined;
  readonly plan: string | undefined;
  readonly parent: number | undefined;
  started: number;
  ended: number | undefined;
  outcome: JobEnded['outcome'] | undefined;
  cause: JobEnded['cause'];
  done: number;
  failed: number;
  /** Rows of earlier times, of calls that went on more than once. */
  before: { done: number; failed: number };
  /** Rows that were tried again. */
  retried: number;
  tasks: { waiting: number; sent: number; ended: number; lost: number };
  busyMs: number;
  /** How far it was, now and then: for its rate. */
  readonly samples: [time: number, finished: number][];
  readonly stages: StageView[];
}

export interface StageView {
  readonly stage: number;
  readonly name: string;
  readonly partitions: number;
  readonly reads: readonly string[];
  readonly writes: StageStarted['writes'];
  readonly started: number;
  ended: number | undefined;
  outcome: JobEnded['outcome'] | undefined;
  rowsIn: number;
  rowsOut: number;
  /** Partitions that are done, came from a cache, or were made again. */
  done: number;
  cached: number;
  recomputed: number;
  /** By partition: what it took, and what it read. */
  readonly ms: number[];
  readonly rows: number[];
}

export interface ExchangeView {
  readonly exchange: string;
  readonly job: number;
  rows: number;
  bytes: number;
  fileBytes: number;
  readRows: number;
  readBytes: number;
  /** Rows and bytes by writing and reading partition, `from,to`; -1 where several writers are told of together. */
  readonly cells: Record<string, [rows: number, bytes: number]>;
  /** By reading partition. */
  readonly partitionRows: number[];
  readonly partitionBytes: number[];
}

export interface WorkerView {
  readonly engine: number;
  readonly worker: number;
  readonly is: WorkerKind;
  readonly pid: WorkerStarted['pid'];
  readonly host: WorkerStarted['host'];
  readonly replaces: number | undefined;
  readonly started: number;
  ready: number | undefined;
  ended: number | undefined;
  /** How it ended, and whether it was told to. */
  exit: string | undefined;
  expected: boolean;
  tasks: number;
  rows: number;
  busyMs: number;
  /** Tasks that it has, in the order in which they were sent: it runs the first. */
  held: number[];
  /** When it ended the task before. */
  free: number;
  readonly measured: { time: number[]; memory: number[]; utilization: number[]; delayMs: number[] };
}

/** A task under way. */
export interface TaskView {
  readonly task: number;
  readonly job: number;
  readonly engine: number;
  readonly stage: number;
  readonly partition: number;
  readonly rows: number;
  readonly firstIndex: number;
  readonly attempt: number;
  readonly cause: TaskCause | undefined;
  readonly submitted: number;
  /** Place of its worker in the view's list; -1 while it waits for one. */
  worker: number;
  sent: number;
}

export type FailureView = Pick<
  ItemFailed,
  'job' | 'stage' | 'index' | 'item' | 'attempt' | 'worker' | 'cause' | 'again'
> & {
  readonly time: number;
};

/** What is counted over the whole run. */
export interface Totals {
  rowsDone: number;
  rowsFailed: number;
  retries: number;
  workersStarted: number;
  workersLost: number;
  moved: number;
  spilledBytes: number;
  spills: number;
  exchangedBytes: number;
  exchangedRows: number;
  recomputed: number;
  busyMs: number;
  /** Tasks by how they ended. */
  tasks: Record<string, number>;
}
