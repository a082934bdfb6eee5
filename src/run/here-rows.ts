/** What a map needs of the calling thread where that takes part. */
import type { Block } from '../codec/block.js';
import { besideAlike, besideCopies } from '../codec/index.js';
import type { JobSpec, Task, TaskEnd } from '../engine/engine.js';
import { isLight } from '../function/light.js';
import type { PortableFunction } from '../function/portable.js';

/** What a map may have that keeps it from being a plain one. */
interface Plain {
  readonly items: unknown;
  readonly chunkSize: unknown;
  readonly costOf: unknown;
}

/** The calling thread; `waits` is called where a row gave a promise. */
export interface HereEngine {
  submit(task: Task, waits: () => void): Promise<TaskEnd>;
  /** The loop over rows that are numbers and give numbers: up to the first that is none or does not. `undefined` before a first task. */
  numbers(
    job: JobSpec,
  ): ((rows: ArrayLike<unknown>, from: number, to: number, out: { [index: number]: unknown }) => number) | undefined;
}

/** Fewer rows are no matter: the workers tell what they cost. */
const manyRows = 4096;
/** More objects are in no slice, so that a slice of objects that are no more like those before does not take long. */
export const mostObjects = 4096;

/** Whether a map is one of many rows by a function that is known to cost next to nothing. */
export function isCheap({ items, chunkSize, costOf }: Plain, fn: PortableFunction): boolean {
  if (chunkSize !== undefined || costOf !== undefined) return false;
  if (!Array.isArray(items) && !ArrayBuffer.isView(items)) return false;
  return (items as ArrayLike<unknown>).length >= manyRows && isLight(fn);
}

/**
 * Copies for a receiver on this thread; `undefined` where there can be none, and for rows of which encoding tells what is wrong.
 *
 * @param alike only of objects of one shape
 * @param copies gets those of the first rows, in any case
 */
export function copiesOf(
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  alike: boolean,
  copies: unknown[],
): Block | undefined {
  try {
    return (alike ? besideAlike : besideCopies)(rows, from, to, copies);
  } catch {
    return undefined;
  }
}
