import { append } from '../queue.js';
import type { Lane, State, Submission } from '../state.js';
import type { TaskId } from '../types.js';
import { ownQueue, queuedFor } from '../workers.js';
import { placeShared } from './least-loaded.js';
import type { Policy } from './policy.js';

/**
 * The worker that holds the input: of those in `prefer` the first that is idle, or else the first that is there. Without one, as
 * least-loaded. Moving a task to its input is cheaper than the reverse, but an idle worker is dearer than either: a worker with nothing
 * else to do takes the last task of the longest queue, even if it prefers another.
 */
export const locality: Policy = { name: 'locality', place: placeNearInput, steal: true };

function placeNearInput(state: State, lane: Lane, submission: Submission, from: TaskId): undefined {
  const there = submission.prefer.map((id) => state.workers.get(id)).filter((worker) => worker?.open);
  const worker = there.find((one) => one!.idle && queuedFor(one!) === 0) ?? there[0];
  if (worker === undefined) return placeShared(state, lane, submission, from);
  append(ownQueue(state, lane, worker), submission, from, 1, submission.to - from);
}
