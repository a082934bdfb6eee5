/** Cancelling: what waits is over, what runs is interrupted, what was granted ahead is asked back. */
import { command, report } from './commands.js';
import { interrupt } from './interrupts.js';
import { isWaiting } from './queue.js';
import type { Granted, State } from './state.js';
import { setOut, setOver, submissionOf } from './submissions.js';
import type { JobId, TaskId } from './types.js';
import { refresh, setRevocable } from './workers.js';

/** Cancels all tasks of a job. */
export function cancelJob(state: State, id: JobId): void {
  const job = state.jobs.get(id);
  if (job === undefined) return;
  for (let one = job.firstSubmission; one !== undefined; ) {
    // Unlinked once all of it is over.
    const { next } = one;
    for (let task = one.from; one.waiting > 0; task++) {
      if (!isWaiting(one, task)) continue;
      setOut(one, task);
      report(state, task, 'cancelled');
      setOver(state, one);
    }
    one = next;
  }
  for (let granted = job.granted; granted !== undefined; granted = granted.next) cancelGranted(state, granted);
}

/** Cancels one task, unless it is over. */
export function cancelTask(state: State, task: TaskId): void {
  const granted = state.granted.get(task);
  if (granted !== undefined) {
    cancelGranted(state, granted);
    return;
  }
  const submission = submissionOf(state, task);
  if (submission === undefined || !isWaiting(submission, task)) return;
  setOut(submission, task);
  report(state, task, 'cancelled');
  setOver(state, submission);
}

function cancelGranted(state: State, granted: Granted): void {
  if (granted.cancelled) return;
  granted.cancelled = true;
  const { worker } = granted;
  if (granted.asked === 'idle') {
    granted.asked = 'cancelled';
    state.revokes--;
  }
  if (worker.replaced) return;
  if (granted.begun) {
    // One that began before the running one has ended, and the news is on its way.
    if (granted === worker.running) interrupt(state, granted, 'cancelled');
  } else if (granted.asked === undefined) {
    granted.asked = 'cancelled';
    setRevocable(granted, false);
    refresh(state, worker);
    command(state, { kind: 'revoke', worker: worker.id, task: granted.task });
  }
}
