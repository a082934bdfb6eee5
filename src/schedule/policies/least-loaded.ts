import { append } from '../queue.js';
import type { Lane, State, Submission } from '../state.js';
import type { TaskId } from '../types.js';
import type { Policy } from './policy.js';

/**
 * One queue that all share. Which worker gets a task is decided when one is free, so that no estimate has to be right: an idle worker
 * before a busy one, then the one with the least expected load, then the one that has had the fewest tasks.
 */
export const leastLoaded: Policy = { name: 'least-loaded', place: placeShared, steal: true };

/** Leaves it to the next free worker. */
export function placeShared(_state: State, lane: Lane, submission: Submission, from: TaskId): undefined {
  append(lane.shared, submission, from, 1, submission.to - from);
}
