import { append } from '../queue.js';
import type { Lane, State, Submission } from '../state.js';
import type { TaskId } from '../types.js';
import { ownQueue } from '../workers.js';
import type { Policy } from './policy.js';

/** The next worker in turn, however busy. Nobody takes from another's queue. */
export const roundRobin: Policy = { name: 'round-robin', place: placeInTurn, steal: false };

/** Deals tasks out to the open workers in the order in which they joined, going on where the last submission stopped. */
export function placeInTurn(state: State, lane: Lane, submission: Submission, from: TaskId): undefined {
  const { to } = submission;
  const workers = state.open;
  let worker = lane.turn ?? state.ring!;
  // Dealt out by hand, each worker would get every `workers`-th task: it gets them as one range with that step.
  const dealt = Math.min(to - from, workers);
  for (let i = 0; i < dealt; i++) {
    append(ownQueue(state, lane, worker), submission, from + i, workers, Math.ceil((to - from - i) / workers));
    worker = worker.next;
  }
  const rest = dealt < workers ? 0 : (to - from) % workers;
  for (let i = 0; i < rest; i++) worker = worker.next;
  lane.turn = worker;
}
