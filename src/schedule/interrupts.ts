/** Telling tasks to stop. */
import { command } from './commands.js';
import type { Granted, State } from './state.js';
import { watch } from './workers.js';

/** Tells a task to stop. One that was told already is not told again. */
export function interrupt(state: State, granted: Granted, reason: 'timeout' | 'cancelled'): void {
  const { worker, task } = granted;
  if (granted.interrupted !== undefined || worker.replaced) return;
  granted.interrupted = reason;
  command(state, { kind: 'interrupt', worker: worker.id, task, reason });
  if (worker.running === granted) watch(state, worker, granted, state.now + state.graceMs);
}

/**
 * The task begins. If it was cancelled while it was ahead, its grace counts from now, since it could not have stopped earlier. That goes
 * for one whose revoke is not answered, too: the worker may be too busy with it to answer.
 */
export function stopIfCancelled(state: State, granted: Granted): void {
  const { worker, interrupted, cancelled } = granted;
  if (!cancelled || worker.watched === granted) return;
  if (interrupted === undefined) interrupt(state, granted, 'cancelled');
  else watch(state, worker, granted, state.now + state.graceMs);
}
