/**
 * What can be a key, when two keys are the same, and which comes first.
 *
 * Keys are strings, numbers, bigints, booleans, `null`, `undefined`, Dates, and arrays or plain objects of these. Everything else is equal
 * to nothing but itself (functions, symbols, instances of classes, Maps, Sets, typed arrays …): a copy of it in another worker would be
 * another key, so it is refused, also inside an array or object.
 *
 * All keys have **one order**, in which kinds come one after another:
 *
 * | | kind | within the kind |
 * |---|---|---|
 * | 1 | `undefined` | |
 * | 2 | `null` | |
 * | 3 | booleans | `false`, `true` |
 * | 4 | numbers and bigints | by value, exactly; -0 is 0; of 1 and 1n, the number first; NaN after all others, bigints too |
 * | 5 | Dates | by time; invalid ones last |
 * | 6 | strings | by UTF-16 code unit, as `<` has it |
 * | 7 | arrays | by the first element that differs; a beginning of another array comes before it; a hole is `undefined` |
 * | 8 | plain objects | as arrays of [name, value] in order of the names, so whatever the order of their properties |
 *
 * Two keys are **the same** when neither comes before the other: for primitives as in a `Map` (1 and 1n are two keys, NaN is one),
 * for Dates, arrays and objects by what they hold. Of an object the own enumerable properties with string names count (one that is
 * `undefined` is not one that is missing), of an array its elements. Keys that are the same have the same hash.
 */
import { deepest, describeRefused, kind, kindOf, refuseDepth, refused, refuseKey } from './kinds.js';
import { sortedNames } from './names.js';

export { hashKey } from './hash-key.js';
export { murmur3 } from './murmur.js';

/** Where a value is no key, and why: `{ path: '.user[0]', what: 'a function (onClick)' }`; `undefined` for a key. */
export function keyProblem(key: unknown): { path: string; what: string } | undefined {
  // Most are primitives, and those are decided at once.
  if (typeof key !== 'object') return problemIn(key, '', noAncestors);
  return problemIn(key, '', []);
}

const noAncestors: object[] = [];

function problemIn(key: unknown, path: string, ancestors: object[]): { path: string; what: string } | undefined {
  const kindOfKey = kindOf(key);
  if (kindOfKey === refused) return { path, what: describeRefused(key) };
  if (kindOfKey < kind.array) return undefined;
  const parent = key as object;
  if (ancestors.includes(parent)) return { path, what: 'an object that contains itself' };
  if (ancestors.length === deepest) return { path, what: `an object nested deeper than ${deepest} levels` };
  ancestors.push(parent);
  const problem =
    kindOfKey === kind.array
      ? problemInArray(parent as readonly unknown[], path, ancestors)
      : problemInObject(parent as Readonly<Record<string, unknown>>, path, ancestors);
  ancestors.pop();
  return problem;
}

function problemInArray(key: readonly unknown[], path: string, ancestors: object[]) {
  for (let i = 0; i < key.length; i++) {
    if (isPlainlyFine(key[i])) continue;
    const problem = problemIn(key[i], `${path}[${i}]`, ancestors);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemInObject(key: Readonly<Record<string, unknown>>, path: string, ancestors: object[]) {
  for (const name of Object.keys(key)) {
    const value = key[name];
    if (isPlainlyFine(value)) continue;
    const step = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    const problem = problemIn(value, path + step, ancestors);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Spares the text of a path for what most elements are. */
function isPlainlyFine(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** Negative when `a` comes before `b`, positive when after, 0 when they are the same key. Throws a `TypeError` for what is no key. */
export function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a === b ? 0 : 1;
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  return compareOthers(a, b, 0);
}

/** Whether two keys are the same: `compareKeys(a, b) === 0`, faster. Throws a `TypeError` for what is no key. */
export function sameKey(a: unknown, b: unknown): boolean {
  return same(a, b, 0);
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Numbers and bigints share a place, so that they are compared by value. */
function place(kindOfKey: number): number {
  return kindOfKey === kind.bigint ? kind.number : kindOfKey;
}

function compareOthers(a: unknown, b: unknown, depth: number): number {
  const kindOfA = kindOf(a);
  const kindOfB = kindOf(b);
  if (kindOfA === refused) return refuseKey(a);
  if (kindOfB === refused) return refuseKey(b);
  if (place(kindOfA) !== place(kindOfB)) return place(kindOfA) - place(kindOfB);
  switch (kindOfA) {
    case kind.undefined:
    case kind.null:
      return 0;
    case kind.number:
    case kind.bigint:
      return compareNumeric(a as number | bigint, b as number | bigint);
    case kind.boolean:
    case kind.date:
      return compareNumbers(Number(a), Number(b));
    case kind.string:
      return (a as string) < (b as string) ? -1 : a === b ? 0 : 1;
    case kind.array:
      return compareArrays(a as readonly unknown[], b as readonly unknown[], depth);
    case kind.object:
      return compareObjects(a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>, depth);
  }
}

function compareNumeric(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  const nan = Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (nan !== 0 || Number.isNaN(a)) return nan;
  return Number(typeof a === 'bigint') - Number(typeof b === 'bigint');
}

function compareArrays(a: readonly unknown[], b: readonly unknown[], depth: number): number {
  if (depth === deepest) refuseDepth();
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const order = compareOthers(a[i], b[i], depth + 1);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

type Fields = Readonly<Record<string, unknown>>;

function compareObjects(a: Fields, b: Fields, depth: number): number {
  if (depth === deepest) refuseDepth();
  const namesOfA = sortedNames(a);
  const namesOfB = sortedNames(b);
  const shorter = Math.min(namesOfA.length, namesOfB.length);
  for (let i = 0; i < shorter; i++) {
    const name = namesOfA[i]!;
    const other = namesOfB[i]!;
    if (name !== other) return name < other ? -1 : 1;
    const order = compareOthers(a[name], b[name], depth + 1);
    if (order !== 0) return order;
  }
  return namesOfA.length - namesOfB.length;
}

function same(a: unknown, b: unknown, depth: number): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return samePrimitive(a, b);
  const kindOfA = kindOf(a);
  const kindOfB = kindOf(b);
  if (kindOfA === refused) return refuseKey(a);
  if (kindOfB === refused) return refuseKey(b);
  if (kindOfA !== kindOfB) return false;
  if (kindOfA === kind.date) return samePrimitive(Number(a), Number(b));
  if (depth === deepest) return refuseDepth();
  if (kindOfA === kind.array) return sameArrays(a as readonly unknown[], b as readonly unknown[], depth);
  return sameObjects(a as Fields, b as Fields, depth);
}

function samePrimitive(a: unknown, b: unknown): boolean {
  if (typeof a === 'function' || typeof a === 'symbol') return refuseKey(a);
  if (typeof b === 'function' || typeof b === 'symbol') return refuseKey(b);
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** As `same`, faster for what most parts of keys are. */
function sameParts(a: unknown, b: unknown, depth: number): boolean {
  if (typeof a === 'string') return a === b;
  return same(a, b, depth);
}

function sameArrays(a: readonly unknown[], b: readonly unknown[], depth: number): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameParts(a[i], b[i], depth + 1)) return false;
  return true;
}

const isEnumerable = Object.prototype.propertyIsEnumerable;

function sameObjects(a: Fields, b: Fields, depth: number): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  for (const name of names) {
    // Enumerable, as what `Object.keys` gives.
    if (!isEnumerable.call(b, name) || !sameParts(a[name], b[name], depth + 1)) return false;
  }
  return true;
}
