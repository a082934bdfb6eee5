import { hashKey, keyProblem } from '../partition/keys.js';
import type { Keyed } from './spec.js';
import { within } from './where.js';

type Fn = (...args: unknown[]) => unknown;

/** What gives the key of a row to the operator of this name. */
export function keyOf(keyed: Keyed, functions: readonly Fn[], name: string): (row: unknown) => unknown {
  switch (keyed.kind) {
    case 'first':
      return (row) => (Array.isArray(row) ? row[0] : refusePair(name, row));
    case 'row':
      return (row) => row;
    case 'fn': {
      const fn = functions[keyed.fn]!;
      return (row) => fn(row);
    }
    case 'fnOfFirst': {
      const fn = functions[keyed.fn]!;
      return (row) => fn(Array.isArray(row) ? row[0] : refusePair(name, row));
    }
  }
}

/** Of JavaScript that no type checker has seen: the key of a row that is no pair would be some part of it, or `undefined`. */
export function refusePair(name: string, row: unknown): never {
  const what = row === null ? 'null' : Array.isArray(row) ? 'an array' : `a value of type ${typeof row}`;
  return within(name, row, () => {
    throw new TypeError(`${name} takes rows that are pairs [key, value], not ${what}. Make them by keyBy() or map().`);
  });
}

/** Throws for what is no key, with the row that holds it. What compares keys may not look at all of one, and never at a key that is alone. */
export function checkKey(name: string, key: unknown, row: unknown): void {
  const type = typeof key;
  if (type !== 'object' && type !== 'function' && type !== 'symbol') return;
  // Hashing looks at all of a key, and says best what is wrong with it.
  if (keyProblem(key) !== undefined) within(name, row, () => hashKey(key));
}
