/** Bounds on time: of a row (`timeoutMs`), and of the grace that an interrupted task has. A worker has one deadline at a time. */
import { command } from './commands.js';
import { finish, release } from './grants.js';
import { interrupt, stopIfCancelled } from './interrupts.js';
import type { Granted, State, Worker } from './state.js';
import { begin, closeWorker, refresh, watch } from './workers.js';

/** A task has begun, or its next row has: the bound counts from now. */
export function markStarted(state: State, granted: Granted): void {
  const { worker, submission } = granted;
  granted.startedAt = state.now;
  begin(granted);
  refresh(state, worker);
  if (worker.replaced) return;
  if (granted.interrupted === 'timeout') {
    // The row that was late did end.
    granted.interrupted = undefined;
    watch(state, worker, undefined, Number.POSITIVE_INFINITY);
  }
  if (granted.cancelled) stopIfCancelled(state, granted);
  else if (submission.timeoutMs !== undefined) watch(state, worker, granted, state.now + submission.timeoutMs);
}

/** Interrupts what is past its bound, and replaces the workers of what is past its grace. */
export function checkTimes(state: State): void {
  state.wakeAt = Number.POSITIVE_INFINITY;
  for (;;) {
    const worker = state.deadlines.top();
    if (worker === undefined || worker.deadline > state.now) return;
    const granted = worker.watched!;
    if (granted.interrupted === undefined) interrupt(state, granted, 'timeout');
    else replace(state, worker, granted);
  }
}

function replace(state: State, worker: Worker, granted: Granted): void {
  worker.replaced = true;
  closeWorker(state, worker);
  release(state, granted);
  finish(state, granted, granted.interrupted === 'timeout' ? 'timed-out' : 'cancelled');
  command(state, { kind: 'replace', worker: worker.id });
}
