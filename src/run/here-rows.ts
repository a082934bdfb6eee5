/** What a map needs of the calling thread where that takes part. */
import type { Block } from '../codec/block.js';
import { besideAlike, besideCopies } from '../codec/index.js';
import type { JobSpec, Task, TaskEnd } from '../engine/engine.js';
import { isLight } from '../function/light.js';
import type { PortableFunction } from '../function/portable.js';
import { mostOwnUs, type OwnArrays, ownArrays } from './own-arrays.js';

/** What a map may have that keeps it from being a plain one. */
interface Plain {
  readonly items: unknown;
  readonly transfer: unknown;
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
/** Rows of a light function that take longer than this, in µs, are left to the workers. */
const mostLightUs = 5;
/** More objects are in no slice, so that a slice of objects that are no more like those before does not take long. */
export const mostObjects = 4096;

/** What is known of a map's rows before one of them is measured. */
export interface Cheapness {
  /** A row takes no more than this, in µs, as far as the function's text tells; `undefined` where it does not tell. */
  readonly rowUs?: number;
  /** Rows are arrays that need no copies. */
  readonly own?: OwnArrays | undefined;
}

export function cheapness({ items, chunkSize, costOf, transfer }: Plain, fn: PortableFunction): Cheapness {
  if (chunkSize !== undefined || costOf !== undefined) return {};
  const own = transfer === undefined ? ownArrays(items, fn) : undefined;
  if (own !== undefined) return { rowUs: mostOwnUs, own };
  if (!Array.isArray(items) && !ArrayBuffer.isView(items)) return {};
  return (items as ArrayLike<unknown>).length >= manyRows && isLight(fn) ? { rowUs: mostLightUs } : {};
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
