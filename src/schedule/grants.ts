/** What workers have: granting tasks to them, and taking tasks off them. */

import { command, grantTask, report } from './commands.js';
import { stopIfCancelled } from './interrupts.js';
import { prepend } from './queue.js';
import type { Granted, State, Submission, Worker } from './state.js';
import { linkToJob, setOut, setOver, setWaiting, unlinkFromJob } from './submissions.js';
import type { TaskId } from './types.js';
import { closeWorker, refresh, setBegun, setRevocable, touch, watch } from './workers.js';

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
    revocable: false,
    asked: undefined,
    cancelled: false,
    interrupted: undefined,
    next: undefined,
    previous: undefined,
  };
  setOut(submission, task);
  state.granted.set(task, granted);
  linkToJob(granted);
  worker.tasks.push(granted);
  worker.total++;
  if (submission.expectedUs === undefined) worker.unknown++;
  else worker.load += submission.expectedUs;
  if (worker.tasks.length === 1) worker.begun = 1;
  else setRevocable(granted, submission.lane.policy.steal === true);
  if (worker.total >= state.maxTasksPerWorker) closeWorker(state, worker);
  else refresh(state, worker);
}

/** The worker does not have the task any more: it has ended, or was taken back. The next one begins. */
export function release(state: State, granted: Granted): void {
  const { worker } = granted;
  const index = worker.tasks.indexOf(granted);
  worker.tasks.splice(index, 1);
  if (index < worker.begun) worker.begun--;
  forget(state, granted);
  if (worker.begun === 0 && worker.tasks.length > 0 && !worker.replaced) {
    setBegun(worker, 1);
    stopIfCancelled(state, worker.tasks[0]!);
  }
  touch(state, worker);
  refresh(state, worker);
  if (worker.tasks.length === 0 && !worker.open && !worker.replaced) {
    command(state, { kind: 'retire', worker: worker.id });
  }
}

/** The worker is gone. What had not begun waits again; what had begun is lost. */
export function loseWorker(state: State, worker: Worker): void {
  closeWorker(state, worker);
  // Backwards, since each goes to the front of its queue.
  for (let i = worker.tasks.length - 1; i >= 0; i--) {
    const granted = worker.tasks[i]!;
    forget(state, granted);
    const begun = i < worker.begun && !worker.replaced;
    if (begun && granted.interrupted === 'timeout') finish(state, granted, 'timed-out');
    else if (granted.cancelled) finish(state, granted, 'cancelled');
    else if (begun) finish(state, granted, 'worker-lost');
    else giveBack(granted);
  }
  worker.tasks.length = 0;
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
  const { worker, submission } = granted;
  if (granted.asked === 'idle') state.revokes--;
  setRevocable(granted, false);
  if (submission.expectedUs === undefined) worker.unknown--;
  // Sums of fractions would leave a rest behind.
  else worker.load = worker.tasks.length === 0 ? 0 : worker.load - submission.expectedUs;
  if (worker.watched === granted) watch(state, worker, undefined, Number.POSITIVE_INFINITY);
  state.granted.delete(granted.task);
  unlinkFromJob(granted);
}
