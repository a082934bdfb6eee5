import type { AllocationPolicy, WorkerView } from '../policy.js';
import { append } from '../queue.js';
import type { Lane, State, Submission } from '../state.js';
import type { TaskId, WorkerId } from '../types.js';
import { openViews, ownQueue } from '../workers.js';
import type { Failed, Misplaced, Policy } from './policy.js';

/** A policy of the user's, fenced in: whatever it does comes back as an answer that holds, or as {@link Failed}. */
export function customPolicy(policy: AllocationPolicy): Policy {
  const { name, steal } = policy;
  return {
    name,
    place: (state, lane, submission, from) => placeEach(policy, state, lane, submission, from),
    steal:
      typeof steal !== 'function'
        ? steal === true
        : (thief, victims) => askVictim(policy, victims, () => steal.call(policy, thief, victims)),
  };
}

function placeEach(
  policy: AllocationPolicy,
  state: State,
  lane: Lane,
  submission: Submission,
  from: TaskId,
): Misplaced | undefined {
  const { to, priority, expectedUs, prefer } = submission;
  for (let task = from; task < to; task++) {
    const view = { task, job: submission.job.id, priority, expectedUs, prefer };
    const answer = ask(policy, 'place', task, () => policy.place(view, openViews(state)));
    if (typeof answer === 'object') return { from: task, ...answer };
    const worker = answer === undefined ? undefined : state.workers.get(answer);
    if (answer === undefined) append(lane.shared, submission, task, 1, 1);
    else if (worker?.open) append(ownQueue(state, lane, worker), submission, task, 1, 1);
    else return { from: task, ...nonsense(policy, 'place', answer, `an open worker`) };
  }
  return undefined;
}

function askVictim(
  policy: AllocationPolicy,
  victims: readonly WorkerView[],
  call: () => unknown,
): WorkerId | undefined | Failed {
  const answer = ask(policy, 'steal', undefined, call);
  if (typeof answer === 'number' && !victims.some((victim) => victim.id === answer)) {
    return nonsense(policy, 'steal', answer, 'one of the victims');
  }
  return answer;
}

type Member = 'place' | 'steal';

function ask(
  policy: AllocationPolicy,
  member: Member,
  task: TaskId | undefined,
  call: () => unknown,
): WorkerId | undefined | Failed {
  let answer: unknown;
  try {
    answer = call();
  } catch (cause) {
    const about = task === undefined ? '' : ` for task ${task}`;
    return { problem: `${member}() of the allocation policy '${policy.name}' threw${about}: ${message(cause)}`, cause };
  }
  if (answer === undefined || typeof answer === 'number') return answer;
  return nonsense(policy, member, answer, 'a worker');
}

function nonsense(policy: AllocationPolicy, member: Member, answer: unknown, meant: string): Failed {
  const shown = typeof answer === 'string' ? `'${answer}'` : typeof answer === 'object' ? 'an object' : String(answer);
  const problem = `${member}() of the allocation policy '${policy.name}' returned ${shown}: it must return the id of ${meant}, or undefined`;
  return { problem, cause: undefined };
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
