/** What a map needs of the calling thread where that takes part. */
import type { Block } from '../codec/block.js';
import { besideAlike, besideCopies } from '../codec/index.js';
import type { Task, TaskEnd } from '../engine/engine.js';

/** The calling thread; `waits` is called where a row gave a promise. */
export interface HereEngine {
  submit(task: Task, waits: () => void): Promise<TaskEnd>;
}

/** So many rows at least are worth more than to ask the workers what they cost. */
export const manyRows = 4096;
/** More objects are in no slice, so that a slice of objects that are no more like those before does not take long. */
export const mostObjects = 4096;

/**
 * Copies for a receiver on this thread; `undefined` where there can be none, and for rows of which encoding tells what is wrong.
 *
 * @param alike only of objects of one shape
 */
export function copiesOf(rows: ArrayLike<unknown>, from: number, to: number, alike: boolean): Block | undefined {
  try {
    return alike ? besideAlike(rows, from, to) : besideCopies(rows, from, to);
  } catch {
    return undefined;
  }
}
