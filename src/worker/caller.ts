import type { WorkerFunction } from './functions.js';
import type { TaskMessage } from './protocol.js';

/** What makes the call of a row. */
export function callerOf(task: TaskMessage, fn: WorkerFunction, rows: ArrayLike<unknown>): (row: number) => unknown {
  const { program } = task.job;
  if (program.kind === 'call') {
    if (!program.spread) return (row) => fn.get(true)(rows[row]);
    return (row) => fn.get(true)(...(rows[row] as unknown[]));
  }
  const f = fn.get(false);
  const { firstIndex, indices } = task;
  return indices === undefined ? (row) => f(rows[row], firstIndex + row) : (row) => f(rows[row], indices[row]);
}
