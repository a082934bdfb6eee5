/**
 * The scheduler's state: plain data that {@link step} changes in place. Everything is linked both ways, so that no event has to search.
 */
import { Heap, type Heaped } from './heap.js';
import type { Policy } from './policies/policy.js';
import type { Allocation, WorkerView } from './policy.js';
import type { Command, JobId, TaskId, WorkerId } from './types.js';

/** All there is. */
export interface State {
  readonly aheadUs: number;
  readonly oneAhead: boolean;
  readonly aheadMax: number;
  readonly graceMs: number;
  readonly maxTasksPerWorker: number;
  /** Live workers by number. */
  readonly workers: Map<WorkerId, Worker>;
  /** The first of the open workers, which form a ring in the order in which they joined. */
  ring: Worker | undefined;
  /** How many workers are in the ring. */
  open: number;
  /** How many of them have nothing to do. */
  idle: number;
  /** Workers that can be granted a task, the one that should get the next first: idle before busy, then by expected load. */
  readonly free: Heap<Worker>;
  /** Workers from which a task can be taken back, the most loaded first. */
  readonly laden: Heap<Worker>;
  /** Workers with a deadline, the earliest first. */
  readonly deadlines: Heap<Worker>;
  /** Revokes for idle workers that are not answered. */
  revokes: number;
  /** Lane of `ScheduleOptions.allocation`. */
  readonly main: Lane;
  /** Policies in use. Hardly ever more than one. */
  readonly lanes: Lane[];
  readonly laneOf: Map<Allocation, Lane>;
  /** In the order of their tasks; those that are over are swept out now and then. */
  submissions: Submission[];
  /** How many in `submissions` are over. */
  finished: number;
  readonly jobs: Map<JobId, Job>;
  readonly granted: Map<TaskId, Granted>;
  /** All tasks below were submitted. */
  nextTask: TaskId;
  /** The largest number that a worker has had. */
  lastWorker: WorkerId;
  /** When the next tick was asked for. */
  wakeAt: number;
  /** Time of the event in hand. */
  now: number;
  /** Workers that may have got something to do since the last dispatch: the first so many. */
  readonly touched: Worker[];
  touches: number;
  /** The open workers as user policies see them; made when asked for. */
  views: readonly WorkerView[] | undefined;
  /** Answer to the event in hand. */
  commands: readonly Command[];
}

/** A worker that can be granted tasks (open), or that only has to end what it has (not open). */
export interface Worker extends Heaped {
  readonly id: WorkerId;
  open: boolean;
  /** It is being killed. What it has counts as not begun. */
  replaced: boolean;
  /** What it was granted, in order. */
  first: Granted | undefined;
  last: Granted | undefined;
  /** How many tasks it has. */
  count: number;
  /** The last of them that has begun: the one it runs. Those before it have ended, and the news is on its way. */
  running: Granted | undefined;
  /** Expected time of its tasks in µs, as far as it is known. */
  load: number;
  /** How many of them have no expected time. */
  unknown: number;
  /** Tasks granted to it and not taken back since it joined. */
  total: number;
  /** How many of them can be taken back for an idle worker. */
  revocable: number;
  /** Its own queues, one for each policy that has used one. */
  readonly queues: Queue[];
  /** Neighbours in the ring of open workers. */
  next: Worker;
  previous: Worker;
  /** The task that has to end by `deadline`, or to be interrupted then. */
  watched: Granted | undefined;
  deadline: number;
  /** Whether it counts in `State.idle`. */
  idle: boolean;
  /** Whether it is in `State.touched`. */
  touched: boolean;
  /** What user policies see, once there are any. Written here, never read: what they do to it harms nobody else. */
  view: { -readonly [K in keyof WorkerView]: WorkerView[K] } | undefined;
}

/** Alike tasks submitted together, or one after another. */
export interface Submission {
  readonly from: TaskId;
  to: TaskId;
  readonly job: Job;
  readonly lane: Lane;
  readonly priority: number;
  readonly expectedUs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly prefer: readonly WorkerId[];
  /** Time of the first event. */
  readonly at: number;
  /** How many of its tasks wait in queues. */
  waiting: number;
  /** How many are not over. */
  left: number;
  /** One bit for each task that does not wait: granted or over. Only for more than one task; a single one waits while `waiting` is 1. */
  out: Uint32Array | undefined;
  /** Where its tasks wait. */
  ranges: TaskRange | undefined;
  next: Submission | undefined;
  previous: Submission | undefined;
}

/** Waiting tasks `from`, `from + step`, … (`count` of them) of one submission, at one place of a queue. */
export interface TaskRange {
  readonly submission: Submission;
  readonly queue: Queue;
  readonly bucket: Bucket;
  from: TaskId;
  step: number;
  count: number;
  /** Neighbours in the queue. */
  next: TaskRange | undefined;
  previous: TaskRange | undefined;
  /** Neighbours in the submission. */
  nextOfSubmission: TaskRange | undefined;
  previousOfSubmission: TaskRange | undefined;
}

/** Waiting tasks of one priority. */
export interface Bucket extends Heaped {
  readonly priority: number;
  first: TaskRange | undefined;
  last: TaskRange | undefined;
}

/** Where tasks of one policy wait, for one worker or (no owner) for all. */
export interface Queue extends Heaped {
  readonly lane: Lane;
  readonly owner: Worker | undefined;
  /**
   * Tasks in it. A task that was cancelled by itself, out of several in one submission, counts until it comes to an end of the queue.
   */
  count: number;
  /** What `count` was when it was last put among the longest. */
  rank: number;
  /** Whether that is still so. If it is not, the queue is in `Lane.changed`. */
  ranked: boolean;
  /** By priority, the largest first. */
  readonly buckets: Heap<Bucket>;
  readonly bucketOf: Map<number, Bucket>;
}

/** The queues of one policy. */
export interface Lane {
  readonly policy: Policy;
  /** What it was made for. */
  readonly allocation: Allocation;
  readonly shared: Queue;
  /** All queues of its workers. */
  readonly queues: Set<Queue>;
  /** Those of them that hold tasks, the longest first; empty where the policy never takes from another's queue. */
  readonly longest: Heap<Queue>;
  /** Those whose length has changed since `longest` was last asked for. */
  readonly changed: Queue[];
  /** Whose turn it is, for policies that go by turns. */
  turn: Worker | undefined;
  /** Submissions that are not over. */
  live: number;
}

/** What can be cancelled together. */
export interface Job {
  readonly id: JobId;
  firstSubmission: Submission | undefined;
  lastSubmission: Submission | undefined;
  granted: Granted | undefined;
}

/** A task that a worker has. */
export interface Granted {
  readonly task: TaskId;
  readonly submission: Submission;
  readonly worker: Worker;
  readonly at: number;
  begun: boolean;
  /** Time of the last `started`. */
  startedAt: number | undefined;
  /** It can be taken back for an idle worker. */
  revocable: boolean;
  /** A revoke is not answered: for an idle worker, or because the task is cancelled. */
  asked: 'idle' | 'cancelled' | undefined;
  cancelled: boolean;
  interrupted: 'timeout' | 'cancelled' | undefined;
  /** Neighbours in the worker. */
  ahead: Granted | undefined;
  behind: Granted | undefined;
  /** Neighbours in the job. */
  next: Granted | undefined;
  previous: Granted | undefined;
}

/** Slots of the heaps that workers are in. */
const FREE = 0;
const LADEN = 1;
const DEADLINE = 2;

/** Idle before busy; then by expected load, tasks so far, and number. */
export function freeBefore(a: Worker, b: Worker): boolean {
  if (a.idle !== b.idle) return a.idle;
  if (a.load !== b.load) return a.load < b.load;
  if (a.total !== b.total) return a.total < b.total;
  return a.id < b.id;
}

function ladenBefore(a: Worker, b: Worker): boolean {
  if (a.load !== b.load) return a.load > b.load;
  if (a.revocable !== b.revocable) return a.revocable > b.revocable;
  return a.id < b.id;
}

function deadlineBefore(a: Worker, b: Worker): boolean {
  return a.deadline !== b.deadline ? a.deadline < b.deadline : a.id < b.id;
}

/** Heaps of workers, empty. */
export function workerHeaps(): { free: Heap<Worker>; laden: Heap<Worker>; deadlines: Heap<Worker> } {
  return {
    free: new Heap(FREE, freeBefore),
    laden: new Heap(LADEN, ladenBefore),
    deadlines: new Heap(DEADLINE, deadlineBefore),
  };
}
