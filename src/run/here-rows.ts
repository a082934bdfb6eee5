/** What a map needs of the calling thread where that takes part. */
import type { Block } from '../codec/block.js';
import { besideCopies } from '../codec/index.js';
import type { Task, TaskEnd } from '../engine/engine.js';

/** The calling thread; `waits` is called where a row gave a promise. */
export interface HereEngine {
  submit(task: Task, waits: () => void): Promise<TaskEnd>;
}

/** Copying an object exactly, in and out, takes longer than sending it. */
export const isDearToCopy = (row: unknown): boolean => typeof row === 'object' && row !== null;

/** Copies for a receiver on this thread; `undefined` where there can be none, and for rows of which encoding tells what is wrong. */
export function copiesOf(rows: ArrayLike<unknown>, from: number, to: number): Block | undefined {
  try {
    return besideCopies(rows, from, to);
  } catch {
    return undefined;
  }
}
