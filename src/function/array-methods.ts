/** Methods of typed arrays that keep nothing, and hand the array to nobody. */

import { arrayClasses } from '../codec/intact.js';

/** What a method gives: the array that it was called on, an array of its own, a number, or some primitive. */
type Gives = 'itself' | 'new' | 'number' | 'primitive';

export interface Method {
  readonly gives: Gives;
  /** Its first argument is an array, of which it takes the elements. */
  readonly takesArray?: boolean;
}

/** A method that calls a function. */
export interface Callback {
  readonly gives: Gives;
  /** What it calls the function with, up to where the array itself would follow. */
  readonly given: readonly ('number' | 'primitive')[];
  /** False where it may be called without. */
  readonly needed?: boolean;
}

export const methods: Readonly<Record<string, Method>> = {
  at: { gives: 'primitive' },
  includes: { gives: 'primitive' },
  indexOf: { gives: 'number' },
  lastIndexOf: { gives: 'number' },
  join: { gives: 'primitive' },
  slice: { gives: 'new' },
  toReversed: { gives: 'new' },
  fill: { gives: 'itself' },
  reverse: { gives: 'itself' },
  copyWithin: { gives: 'itself' },
  set: { gives: 'primitive', takesArray: true },
};

const element = { given: ['number', 'number'] } as const;
const elements = { given: ['number', 'number'], needed: false } as const;
const accumulated = { given: ['primitive', 'number', 'number'] } as const;

export const callbacks: Readonly<Record<string, Callback>> = {
  forEach: { gives: 'primitive', ...element },
  some: { gives: 'primitive', ...element },
  every: { gives: 'primitive', ...element },
  find: { gives: 'primitive', ...element },
  findLast: { gives: 'primitive', ...element },
  findIndex: { gives: 'number', ...element },
  findLastIndex: { gives: 'number', ...element },
  map: { gives: 'new', ...element },
  filter: { gives: 'new', ...element },
  reduce: { gives: 'primitive', ...accumulated },
  reduceRight: { gives: 'primitive', ...accumulated },
  sort: { gives: 'itself', ...elements },
  toSorted: { gives: 'new', ...elements },
};

/** The classes. */
export const classes: ReadonlySet<string> = new Set(arrayClasses);
