import type { Claims } from './claims.js';
import type { WorkerFunction } from './functions.js';
import type { Marks } from './marks.js';
import type { TaskMessage } from './protocol.js';
import { type RowHooks, sprintAfter } from './rows.js';

/** What makes the call of a row. */
export function callerOf(task: TaskMessage, fn: WorkerFunction, rows: ArrayLike<unknown>): (row: number) => unknown {
  const { program } = task.job;
  if (program.kind === 'call') {
    if (!program.spread) return (row) => fn.get(true)(rows[row]);
    return (row) => {
      const args = rows[row] as unknown[] | undefined;
      return args === undefined ? fn.get(true)() : fn.get(true)(...args);
    };
  }
  const f = fn.get(false);
  const { firstIndex, indices } = task;
  return indices === undefined ? (row) => f(rows[row], firstIndex + row) : (row) => f(rows[row], indices[row]);
}

/** The fast loop over the rows, where nothing but the function has to be called for each. */
export function sprintOf(
  task: TaskMessage,
  fn: WorkerFunction,
  rows: ArrayLike<unknown>,
  { claims, marks }: { readonly claims: Claims | undefined; readonly marks: Marks | undefined },
): RowHooks['sprint'] {
  const { indices, firstIndex } = task;
  const { program, timed, concurrency } = task.job;
  if (timed || concurrency > 1 || indices !== undefined) return undefined;
  if (program.kind === 'call' && program.spread) return undefined;
  if (rows.length <= sprintAfter) return undefined;
  const sprinter = fn.sprinter(program.kind === 'call', program.kind === 'map');
  if (sprinter === undefined) return undefined;
  return (from, results, patience) => {
    marks?.mark(-1);
    return sprinter.run(rows, from, firstIndex, results, claims?.rowWord ?? new Int32Array(1), patience);
  };
}
