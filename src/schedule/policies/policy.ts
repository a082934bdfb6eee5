import type { WorkerView } from '../policy.js';
import type { Lane, State, Submission } from '../state.js';
import type { TaskId, WorkerId } from '../types.js';

/**
 * What a policy decides. Within the queues that it chose all policies are alike: larger priority first, then first come first served,
 * and a free worker takes from its own queue and from the shared one, whichever has the task that goes first.
 */
export interface Policy {
  readonly name: string;
  /** Where new work goes: puts the tasks of a submission from `from` on into queues of the lane. There is at least one open worker. */
  place(state: State, lane: Lane, submission: Submission, from: TaskId): Misplaced | undefined;
  /**
   * Whether a worker with nothing to do takes what waits for others. `true` is a promise that no worker idles while work waits: from the
   * longest queue, and, where nothing is queued, what a worker was granted ahead.
   */
  readonly steal: boolean | ((thief: WorkerView, victims: readonly WorkerView[]) => WorkerId | undefined | Failed);
}

/** A policy of the user's failed. */
export interface Failed {
  readonly problem: string;
  readonly cause: unknown;
}

/** A policy of the user's failed to place the tasks of a submission from this one on. */
export interface Misplaced extends Failed {
  readonly from: TaskId;
}
