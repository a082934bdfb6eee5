/** What workers have: granting tasks to them, and taking tasks off them. */

import { command, grantTask, report } from './commands.js';
import { stopIfCancelled } from './interrupts.js';
import { prepend } from './queue.js';
import type { Granted, State, Submission, Worker } from './state.js';
import { linkToJob, setOut, setOver, setWaiting, unlinkFromJob } from './submissions.js';
import type { TaskId } from './types.js';
import { begin, closeWorker, refresh, setRevocable, touch, watch } from './workers.js';

/** Gives a task that was just taken out of its queue to a worker. */
export function grant(state: State, worker: Worker, submission: Submission, task: TaskId): void {
  grantTask(state, worker.id, task);
  take(state, worker, submission, task);
}

/** Notes that a worker has a task that waits nowhere. */
export function take(state: State, worker: Worker, submission: Submission, task: TaskId): void {
  const granted: Granted = {
    task,
    submission,
    worker,
    at: state.now,
    startedAt: undefined,
    begun: false,
    revocable: false,
    asked: undefined,
    cancelled: false,
    interrupted: undefined,
    ahead: worker.last,
    behind: undefined,
    next: undefined,
    previous: undefined,
  };
  setOut(submission, task);
  state.granted.set(task, granted);
  linkToJob(granted);
  if (worker.last === undefined) worker.first = granted;
  else worker.last.behind = granted;
  worker.last = granted;
  worker.count++;
  worker.total++;
  if (submission.expectedUs === undefined) worker.unknown++;
  else worker.load += submission.expectedUs;
  if (worker.count === 1) begin(granted);
  else setRevocable(granted, submission.lane.policy.steal === true);
  if (worker.total >= state.maxTasksPerWorker) closeWorker(state, worker);
  else refresh(state, worker);
}

/** The worker does not have the task any more: it has ended, or was taken back. The next one begins. */
export function release(state: State, granted: Granted): void {
  const { worker } = granted;
  forget(state, granted);
  const { first } = worker;
  if (worker.running === undefined && first !== undefined && !worker.replaced) {
    begin(first);
    stopIfCancelled(state, first);
  }
  touch(state, worker);
  refresh(state, worker);
  if (worker.count === 0 && !worker.open && !worker.replaced) {
    command(state, { kind: 'retire', worker: worker.id });
  }
}

/** The worker is gone. What had not begun waits again; what had begun is lost. */
export function loseWorker(state: State, worker: Worker): void {
  closeWorker(state, worker);
  // Backwards, since each goes to the front of its queue.
  for (let granted = worker.last; granted !== undefined; granted = worker.last) {
    forget(state, granted);
    const begun = granted.begun && !worker.replaced;
    if (begun && granted.interrupted === 'timeout') finish(state, granted, 'timed-out');
    else if (granted.cancelled) finish(state, granted, 'cancelled');
    else if (begun) finish(state, granted, 'worker-lost');
    else giveBack(granted);
  }
  state.laden.remove(worker);
  state.workers.delete(worker.id);
}

/** A task that no worker has waits again, before all others of its priority, for whoever is free. */
export function giveBack(granted: Granted): void {
  const { submission, task } = granted;
  setWaiting(submission, task);
  prepend(submission.lane.shared, submission, task);
}

/** A task that no worker has is over without having ended in one. */
export function finish(state: State, granted: Granted, end: 'cancelled' | 'worker-lost' | 'timed-out'): void {
  report(state, granted.task, end);
  setOver(state, granted.submission);
}

function forget(state: State, granted: Granted): void {
  const { worker, submission, ahead, behind } = granted;
  if (ahead === undefined) worker.first = behind;
  else ahead.behind = behind;
  if (behind === undefined) worker.last = ahead;
  else behind.ahead = ahead;
  granted.ahead = granted.behind = undefined;
  worker.count--;
  if (worker.running === granted) worker.running = ahead;
  if (granted.asked === 'idle') state.revokes--;
  setRevocable(granted, false);
  if (submission.expectedUs === undefined) worker.unknown--;
  // Sums of fractions would leave a rest behind.
  else worker.load = worker.count === 0 ? 0 : worker.load - submission.expectedUs;
  if (worker.watched === granted) watch(state, worker, undefined, Number.POSITIVE_INFINITY);
  state.granted.delete(granted.task);
  unlinkFromJob(granted);
}
