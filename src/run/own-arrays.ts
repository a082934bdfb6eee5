/**
 * Large typed arrays that the calling thread looks at where they are, without copies: for functions that are sure to do no more than that, and
 * to be over soon (`function/scan.ts`). Copying an array elsewhere takes as long as such a function does.
 */

import { forcedEncoder } from '../codec/forced.js';
import { type Block, besideOwn } from '../codec/index.js';
import { arrayClass, isNative, isOrdinary, type Uses } from '../codec/intact.js';
import { isLendable } from '../codec/lent.js';
import { viewLength } from '../codec/views.js';
import { arrayUse } from '../function/arrays.js';
import type { PortableFunction } from '../function/portable.js';
import { Loans } from './loans.js';

/** In elements. Smaller ones, of which there may be many, are copied as all else is. */
const leastLength = 1 << 15;
/** What an array may take, in nodes of the function's text gone through for its elements: some 10 ms. */
const mostSteps = 40 * 2 ** 20;
/** Rows that take longer than this, in µs, against all that their function's text says, are left to the workers. */
export const mostOwnUs = 10_000;
/** Numbers take a cycle or two; bigints grow. */
const notNumbers = new Set(['BigInt64Array', 'BigUint64Array']);

export class OwnArrays {
  readonly #uses: Uses;
  readonly #weight: number;

  constructor(uses: Uses, weight: number) {
    this.#uses = uses;
    this.#weight = weight;
  }

  /** A block of the rows themselves; `undefined` if one of them is none that the function only looks at. */
  encode(rows: ArrayLike<unknown>, from: number, to: number): Block | undefined {
    const uses = this.#uses;
    const own: unknown[] = [];
    const names = new Set<string>();
    for (let row = from; row < to; row++) {
      const value = rows[row];
      if (!isLendable(value)) return undefined;
      names.add(nameOf(value));
      own.push(value);
    }
    if (!isNative(uses, names)) return undefined;
    const all = own.every((one) => {
      const value = one as Float64Array;
      const name = nameOf(value);
      return !notNumbers.has(name) && isOrdinary(value, name, uses) && fits(viewLength(value), this.#weight);
    });
    return all ? besideOwn(own) : undefined;
  }
}

function nameOf(value: ArrayBufferView): string {
  return arrayClass(value) ?? '';
}

function fits(length: number, weight: number): boolean {
  return length >= leastLength && length * (weight + 1) <= mostSteps;
}

/** Of a map whose first row is a typed array, and whose function does no more than look at it. */
export function ownArrays(items: unknown, fn: PortableFunction): OwnArrays | undefined {
  const [first] = Array.isArray(items) ? (items as unknown[]) : [];
  if (!isLendable(first) || viewLength(first) < leastLength) return undefined;
  if (forcedEncoder !== undefined || Loans.forced !== undefined) return undefined;
  const use = arrayUse(fn);
  if (use?.scan === undefined) return undefined;
  // It is asked here, too.
  const uses = [...use.uses, 'length'];
  return isNative(uses, []) ? new OwnArrays(uses, use.scan) : undefined;
}
