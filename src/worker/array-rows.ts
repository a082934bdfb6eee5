/** The rows of a task, and how arrays among them may be treated: functions are known that are sure to keep none (`function/arrays.ts`). */
import { Buffer } from 'node:buffer';
import { type Block, decodeRows, isBeside, isLent, lentClasses, lentRows, rowsBeside } from '../codec/index.js';
import { arrayClass, encodesAlone, isNative, textOf } from '../codec/intact.js';
import type { ArrayUse } from '../function/arrays.js';
import type { WorkerFunction } from './functions.js';
import type { Outcomes } from './outcomes.js';
import type { TaskMessage } from './protocol.js';

export function rowsOf(task: TaskMessage, fn: WorkerFunction, outcomes: Outcomes): ArrayLike<unknown> {
  const { input, job } = task;
  if (isBeside(input)) return rowsBeside(input);
  if (job.arrays === undefined) return decodeRows(input);
  const { rows, movable } = arrayRows(input, job.arrays, fn);
  if (movable) outcomes.mayMove(task);
  return rows;
}

interface ArrayRows {
  readonly rows: ArrayLike<unknown>;
  /** What the function gives of its row, or of arrays that it makes, is nobody else's. */
  readonly movable: boolean;
}

/** What is known of the function holds as long as the language's own arrays are in their place here. */
function arrayRows(input: Block, { uses, givesFirst, givesFresh, text }: ArrayUse, fn: WorkerFunction): ArrayRows {
  const isMeant = (classes: ReadonlySet<string>): boolean =>
    isNative(uses, classes) && (text === undefined || textOf(fn.get(false)) === text);
  if (isLent(input)) {
    const there = isMeant(lentClasses(input));
    return { rows: lentRows(input, there), movable: there && givesFresh && encodesAlone() };
  }
  const rows = decodeRows(input);
  if (!(givesFirst || givesFresh)) return { rows, movable: false };
  const classes = classesOf(rows);
  return { rows, movable: classes !== undefined && isMeant(classes) && encodesAlone() };
}

/** The names of the classes of rows that are all typed arrays; `undefined` if one is none. */
function classesOf(rows: ArrayLike<unknown>): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (let i = 0; i < rows.length; i++) {
    const name = arrayClass(rows[i]);
    if (name === undefined || Buffer.isBuffer(rows[i])) return undefined;
    names.add(name);
  }
  return names;
}
