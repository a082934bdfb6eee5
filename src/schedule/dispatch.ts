/** Who gets what next, after an event has changed something. */
import { command, refuse } from './commands.js';
import { grant } from './grants.js';
import type { Failed } from './policies/policy.js';
import { back, dropBack, dropFront, front, lastOf, longestOf } from './queue.js';
import type { Lane, Queue, State, TaskRange, Worker } from './state.js';
import { setOut, setOver } from './submissions.js';
import { hasRoom, refresh, setRevocable, viewOf } from './workers.js';

/**
 * Grants what can be granted. Afterwards no idle worker could have been given a task, and no worker could have been given one ahead;
 * so only workers and queues that the next event touches have to be looked at then.
 */
export function dispatch(state: State): void {
  employIdle(state);
  grantAhead(state);
  for (let i = 0; i < state.touches; i++) state.touched[i]!.touched = false;
  state.touches = 0;
  takeBack(state);
}

/** First those that have nothing to do: from their own queue, from the shared ones, from others'. */
function employIdle(state: State): void {
  for (let i = 0; i < state.touches; i++) {
    const worker = state.touched[i]!;
    if (!worker.idle) continue;
    const range = nextFor(state, worker);
    if (range !== undefined) grantFirst(state, worker, range);
  }
  for (;;) {
    const worker = state.free.top();
    if (worker === undefined || !worker.idle) return;
    const range = nextShared(state);
    if (range !== undefined) grantFirst(state, worker, range);
    else if (!steal(state, worker)) break;
  }
  for (const lane of [...state.lanes]) {
    if (typeof lane.policy.steal === 'function') stealAsTold(state, lane);
  }
}

/** Then those that will soon have nothing to do. */
function grantAhead(state: State): void {
  for (let i = 0; i < state.touches; i++) {
    const worker = state.touched[i]!;
    while (hasRoom(state, worker)) {
      const range = nextFor(state, worker);
      if (range === undefined || !fits(worker, range)) break;
      grantFirst(state, worker, range);
    }
  }
  for (;;) {
    const worker = state.free.top();
    if (worker === undefined) return;
    const range = nextShared(state);
    if (range === undefined || !fits(worker, range)) return;
    grantFirst(state, worker, range);
  }
}

/** Asks for tasks that wait behind a running one, as many as there are idle workers that could run them. */
function takeBack(state: State): void {
  while (state.revokes < state.idle) {
    const worker = state.laden.top();
    if (worker === undefined) return;
    let granted = worker.last!;
    while (!granted.revocable) granted = granted.ahead!;
    granted.asked = 'idle';
    state.revokes++;
    setRevocable(granted, false);
    refresh(state, worker);
    command(state, { kind: 'revoke', worker: worker.id, task: granted.task });
  }
}

/** The last task of the longest queue. */
function steal(state: State, thief: Worker): boolean {
  let found: TaskRange | undefined;
  for (const lane of state.lanes) {
    if (lane.policy.steal !== true) continue;
    const range = endOfLongest(lane);
    if (range !== undefined && (found === undefined || range.submission.priority > found.submission.priority)) {
      found = range;
    }
  }
  if (found === undefined) return false;
  grantLast(state, thief, found);
  return true;
}

function endOfLongest(lane: Lane): TaskRange | undefined {
  for (;;) {
    const queue = longestOf(lane);
    if (queue === undefined) return undefined;
    const range = back(queue);
    if (range !== undefined) return range;
  }
}

/** Asks the user's policy for each idle worker. */
function stealAsTold(state: State, lane: Lane): void {
  const { steal } = lane.policy;
  if (typeof steal !== 'function' || longestOf(lane) === undefined) return;
  for (const thief of idleWorkers(state)) {
    const victims = [...lane.queues].filter((queue) => front(queue) !== undefined);
    if (victims.length === 0) return;
    const answer = steal(
      viewOf(thief),
      victims.map((queue) => viewOf(queue.owner!)),
    );
    if (typeof answer === 'object') {
      refuseAll(state, lane, answer);
      return;
    }
    const queue = victims.find((one) => one.owner!.id === answer);
    if (queue !== undefined) grantLast(state, thief, back(queue)!);
  }
}

function idleWorkers(state: State): Worker[] {
  const idle: Worker[] = [];
  let worker = state.ring;
  for (let i = 0; i < state.open; i++) {
    if (worker!.idle) idle.push(worker!);
    worker = worker!.next;
  }
  return idle;
}

function refuseAll(state: State, lane: Lane, { problem, cause }: Failed): void {
  for (const queue of [lane.shared, ...lane.queues]) {
    for (let range = front(queue); range !== undefined; range = front(queue)) {
      const { submission, from } = range;
      dropFront(range);
      setOut(submission, from);
      refuse(state, from, problem, cause);
      setOver(state, submission);
    }
  }
}

/** Of what the worker may take, what goes first. */
function nextFor(state: State, worker: Worker): TaskRange | undefined {
  let next = nextShared(state);
  for (const queue of worker.queues) next = earlier(next, queue);
  return next;
}

function nextShared(state: State): TaskRange | undefined {
  let next: TaskRange | undefined;
  for (const lane of state.lanes) next = earlier(next, lane.shared);
  return next;
}

/** Larger priority first, then older. */
function earlier(best: TaskRange | undefined, queue: Queue): TaskRange | undefined {
  const range = front(queue);
  if (best === undefined || range === undefined) return range ?? best;
  const { priority } = range.submission;
  const other = best.submission.priority;
  return priority > other || (priority === other && range.from < best.from) ? range : best;
}

/** Whether a worker with room for a task can be granted this one. One whose time is not known is not granted ahead. */
function fits(worker: Worker, range: TaskRange): boolean {
  return worker.idle || range.submission.expectedUs !== undefined;
}

function grantFirst(state: State, worker: Worker, range: TaskRange): void {
  const { submission, from } = range;
  dropFront(range);
  grant(state, worker, submission, from);
}

function grantLast(state: State, worker: Worker, range: TaskRange): void {
  const { submission } = range;
  const task = lastOf(range);
  dropBack(range);
  grant(state, worker, submission, task);
}
