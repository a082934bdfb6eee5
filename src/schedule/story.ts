/** What is known about a task, for the message of an event that cannot be. */
import { isWaiting } from './queue.js';
import type { Granted, State } from './state.js';
import { submissionOf } from './submissions.js';
import type { Event, TaskId } from './types.js';

/** An error for an event that contradicts what happened before it. */
export function impossible(event: Event, because: string): Error {
  return new Error(`The scheduler was told what cannot be: ${JSON.stringify(event)}. ${because}`);
}

/** The life of a task so far. */
export function storyOf(state: State, task: TaskId): string {
  if (task >= state.nextTask) return `Task ${task} was never submitted; the next one would be ${state.nextTask}.`;
  const granted = state.granted.get(task);
  const submission = granted?.submission ?? submissionOf(state, task);
  if (submission === undefined) return `Task ${task} is over.`;
  const told = [
    `Task ${task} was submitted at ${submission.at} in ${submission.from} to ${submission.to} (job ${submission.job.id})`,
  ];
  if (granted !== undefined) told.push(...grantedStory(granted));
  else told.push(isWaiting(submission, task) ? 'it waits in a queue' : 'it is over');
  return `${told.join('; ')}.`;
}

function* grantedStory(granted: Granted): Generator<string> {
  const { worker } = granted;
  yield `granted to worker ${worker.id} at ${granted.at}`;
  yield granted.begun ? 'begun' : `number ${placeOf(granted)} behind the running task`;
  if (granted.startedAt !== undefined) yield `started at ${granted.startedAt}`;
  if (granted.asked !== undefined) yield 'a revoke is not answered';
  if (granted.cancelled) yield 'cancelled';
  if (granted.interrupted !== undefined) yield `interrupted (${granted.interrupted})`;
  if (worker.replaced) yield 'the worker is being replaced';
}

function placeOf({ ahead }: Granted): number {
  return ahead === undefined || ahead.begun ? 1 : 1 + placeOf(ahead);
}
