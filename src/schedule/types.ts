/**
 * What goes into the scheduler and what comes out of it. The scheduler is a pure state machine: `step(state, event)` answers with
 * commands, and whoever owns the workers (the shell) carries them out and sends what happens then as further events. Time arrives
 * with the events, in milliseconds of one monotonic clock.
 *
 * Ranges of tasks are half open: `from` belongs to the range, `to` does not. A range of one is `{ from: 7, to: 8 }`.
 *
 * A worker runs what it was granted one at a time and in order. The first task granted to it counts as begun; the ones behind it were
 * granted ahead, so that the worker need not wait for a message between them.
 */
import type { Allocation } from './policy.js';

/** Given by the shell: a submitted range starts at or after the end of the range before it. A task that is tried again has a new number. */
export type TaskId = number;

/** Given by the shell; each joining worker has a larger number than all before it. */
export type WorkerId = number;

/** Tasks of one job can be cancelled together. */
export type JobId = number;

/**
 * What happened. Events of one worker arrive in the order in which they happened there. Everything a worker says is passed on, also
 * about tasks that were reported as over: the scheduler ignores what is late, and throws at what cannot be.
 */
export type Event =
  | WorkerJoined
  | WorkerLost
  | Submitted
  | Started
  | Ended
  | Revoked
  | Kept
  | JobCancelled
  | TaskCancelled
  | Tick;

/**
 * A worker can take tasks. What was submitted while there was no worker waits in a queue that all share, but a worker that joins later
 * does not get what `round-robin` placed elsewhere: the shell lets all workers of a pool join before it submits.
 */
export interface WorkerJoined {
  readonly kind: 'worker-joined';
  readonly worker: WorkerId;
  readonly now: number;
}

/** A worker is gone, by itself, by `replace` or by `retire`. Nothing it says afterwards counts. */
export interface WorkerLost {
  readonly kind: 'worker-lost';
  readonly worker: WorkerId;
  readonly now: number;
}

/** Tasks wait to be run. The tasks of the range are alike: what is said here holds for each. */
export interface Submitted {
  readonly kind: 'submitted';
  readonly from: TaskId;
  readonly to: TaskId;
  readonly job: JobId;
  /** Larger is granted first; first come first served among equals. */
  readonly priority: number;
  /** Expected time of one task in µs. Only tasks that have it are granted ahead. */
  readonly expectedUs?: number | undefined;
  /** Bound for what a `started` event begins, in ms. */
  readonly timeoutMs?: number | undefined;
  /** Workers that hold the input, best first; used by `locality`. */
  readonly prefer?: readonly WorkerId[] | undefined;
  /** Overrides the allocation given to {@link createState}. */
  readonly allocation?: Allocation | undefined;
  /**
   * The only task of the range was given to this worker before anybody was asked: nothing waited, and the worker was idle, so that any
   * policy that leaves tasks to whoever is free could have said so.
   */
  readonly givenTo?: WorkerId | undefined;
  readonly now: number;
}

/**
 * A granted task begins to run, or its next row does. Arms the bound of `timeoutMs`, anew for each row, also when the row before had
 * already been interrupted for being late. Needed for tasks with a `timeoutMs` only.
 */
export interface Started {
  readonly kind: 'started';
  readonly worker: WorkerId;
  readonly task: TaskId;
  readonly now: number;
}

/** A granted task is over in the worker, however it ended there. */
export interface Ended {
  readonly kind: 'ended';
  readonly worker: WorkerId;
  readonly task: TaskId;
  readonly now: number;
}

/** Answer to `revoke`: the task had not begun and the worker will not run it. */
export interface Revoked {
  readonly kind: 'revoked';
  readonly worker: WorkerId;
  readonly task: TaskId;
  readonly now: number;
}

/** Answer to `revoke`: the task has begun, or cannot be taken back for another reason; the worker runs it when its turn comes. */
export interface Kept {
  readonly kind: 'kept';
  readonly worker: WorkerId;
  readonly task: TaskId;
  readonly now: number;
}

/** Cancels the tasks of a job that were submitted so far. */
export interface JobCancelled {
  readonly kind: 'cancelled';
  readonly job: JobId;
  readonly now: number;
}

/** Cancels one task. */
export interface TaskCancelled {
  readonly kind: 'cancelled-task';
  readonly task: TaskId;
  readonly now: number;
}

/** Time has come as far as `now`. */
export interface Tick {
  readonly kind: 'tick';
  readonly now: number;
}

/** What the shell is to do, in this order. */
export type Command = Grant | Revoke | Interrupt | Replace | Retire | Report | Refuse | Wake;

/** Hand these tasks to the worker, behind those it has. */
export interface Grant {
  readonly kind: 'grant';
  readonly worker: WorkerId;
  readonly from: TaskId;
  readonly to: TaskId;
}

/** Take back a task that the worker has not begun: for an idle worker, or because it was cancelled. Answered by `revoked` or `kept`. */
export interface Revoke {
  readonly kind: 'revoke';
  readonly worker: WorkerId;
  readonly task: TaskId;
}

/**
 * Tell the task to stop: the running one (its abort signal), or one that the worker kept, which should then end as soon as it begins.
 * It is answered by `ended`, or ends in `report` and `replace` after the grace, which counts from when it runs. A `timeout` is meant for the row whose `started` was the last that the scheduler was told.
 */
export interface Interrupt {
  readonly kind: 'interrupt';
  readonly worker: WorkerId;
  readonly task: TaskId;
  readonly reason: 'timeout' | 'cancelled';
}

/** Kill the worker: the task it runs did not stop within the grace. Answered by `worker-lost`; a new worker may join. */
export interface Replace {
  readonly kind: 'replace';
  readonly worker: WorkerId;
}

/** Stop the worker kindly: it has nothing left and has had `maxTasksPerWorker` tasks. Answered by `worker-lost`; a new worker may join. */
export interface Retire {
  readonly kind: 'retire';
  readonly worker: WorkerId;
}

/**
 * These tasks are over without an `ended` (or before it: one that still comes is ignored).
 * - `cancelled`: they never began, or did not stop within the grace;
 * - `timed-out`: did not stop within the grace, or their worker was lost meanwhile;
 * - `worker-lost`: had begun when their worker was lost.
 */
export interface Report {
  readonly kind: 'report';
  readonly from: TaskId;
  readonly to: TaskId;
  readonly end: 'cancelled' | 'worker-lost' | 'timed-out';
}

/** These tasks are over before they began: an allocation policy of the user's threw, or answered with nonsense. */
export interface Refuse {
  readonly kind: 'refuse';
  readonly from: TaskId;
  readonly to: TaskId;
  /** What happened, and in which policy. */
  readonly problem: string;
  /** What the policy threw, if it threw. */
  readonly cause: unknown;
}

/** Send a `tick` at this time. Takes the place of the `wake` before it. */
export interface Wake {
  readonly kind: 'wake';
  readonly at: number;
}

/** How a scheduler behaves. */
export interface ScheduleOptions {
  readonly allocation: Allocation;
  /** A task is granted ahead only while what its worker has is expected to take less than this, in µs. Default 2000; 0 grants nothing ahead. */
  readonly aheadUs?: number | undefined;
  /**
   * One task is granted ahead however long the worker's other one is expected to take, as long as that is known: where the way to a
   * worker is long, a worker that has to wait for its next task loses more than one that has it too early. Default false.
   */
  readonly oneAhead?: boolean | undefined;
  /** At most so many tasks are granted ahead of the running one. Default 64. */
  readonly aheadMax?: number | undefined;
  /** How long an interrupted task has to stop, in ms. */
  readonly graceMs: number;
  /** A worker is granted at most so many tasks, and is then retired. Default: no bound. */
  readonly maxTasksPerWorker?: number | undefined;
}
