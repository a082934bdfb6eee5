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
  if (worker.tasks.indexOf(granted) < worker.begun) watch(state, worker, granted, state.now + state.graceMs);
}

/** The task begins. If it was told to stop before, its grace counts from now: it could not have stopped earlier. */
export function startGrace(state: State, granted: Granted): void {
  const { worker, interrupted } = granted;
  if (interrupted === undefined || worker.watched === granted) return;
  watch(state, worker, granted, state.now + state.graceMs);
}
