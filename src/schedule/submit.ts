import { refuse } from './commands.js';
import { take } from './grants.js';
import { placeShared } from './policies/least-loaded.js';
import type { State } from './state.js';
import { impossible } from './story.js';
import { addSubmission, setOut, setOver } from './submissions.js';
import type { Submitted } from './types.js';

/** New tasks go where their policy wants them; while there is no worker, to the queue that all share. */
export function submit(state: State, event: Submitted): void {
  const { from, to, priority } = event;
  if (!(from >= state.nextTask && from < to)) throw impossible(event, `The next task is ${state.nextTask}.`);
  if (Number.isNaN(priority)) throw impossible(event, 'A priority must be a number.');
  const submission = addSubmission(state, event);
  const { lane } = submission;
  if (event.givenTo !== undefined) {
    const worker = state.workers.get(event.givenTo);
    if (worker?.idle !== true || to !== from + 1) throw impossible(event, 'It was not to be given to that worker.');
    take(state, worker, submission, from);
    return;
  }
  if (state.open === 0) {
    placeShared(state, lane, submission, from);
    return;
  }
  const misplaced = lane.policy.place(state, lane, submission, from);
  if (misplaced === undefined) return;
  for (let task = misplaced.from; task < to; task++) {
    setOut(submission, task);
    refuse(state, task, misplaced.problem, misplaced.cause);
    setOver(state, submission);
  }
}
