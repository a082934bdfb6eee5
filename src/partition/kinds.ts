/**
 * Which kind of key a value is. Kept apart from what is done with keys, since hashing, comparing and checking must agree on it.
 * The numbers are part of the hash (each kind is a seed of its own), so they never change.
 */
import { preview } from './show.js';

export const kind = {
  undefined: 0,
  null: 1,
  boolean: 2,
  number: 3,
  bigint: 4,
  date: 5,
  string: 6,
  array: 7,
  object: 8,
} as const;

/** A kind of key, or `refused`. */
export type Kind = (typeof kind)[keyof typeof kind] | typeof refused;

/** The kind of what cannot be a key. */
export const refused = -1;

/** Arrays and objects inside each other: as many levels as a key may have. Also what ends a cycle. */
export const deepest = 100;

/** The kind of a key. Looks at the value alone, not at what is inside it. */
export function kindOf(key: unknown): Kind {
  switch (typeof key) {
    case 'string':
      return kind.string;
    case 'number':
      return kind.number;
    case 'object':
      return key === null ? kind.null : kindOfObject(key);
    case 'undefined':
      return kind.undefined;
    case 'boolean':
      return kind.boolean;
    case 'bigint':
      return kind.bigint;
    default:
      return refused;
  }
}

function kindOfObject(key: object): Kind {
  const prototype: object | null = Object.getPrototypeOf(key);
  if (prototype === Object.prototype || prototype === null) return kind.object;
  if (prototype === Array.prototype && Array.isArray(key)) return kind.array;
  if (prototype === Date.prototype && isDate(key)) return kind.date;
  return kindOfForeign(key, prototype);
}

/** Arrays, Dates and plain objects of another realm (`node:vm`) have prototypes of their own, at a known height of the chain. */
function kindOfForeign(key: object, prototype: object): Kind {
  const above: object | null = Object.getPrototypeOf(prototype);
  if (above === null) return Object.hasOwn(prototype, 'isPrototypeOf') ? kind.object : refused;
  if (Object.getPrototypeOf(above) !== null) return refused;
  if (Array.isArray(key)) return Array.isArray(prototype) ? kind.array : refused;
  return isDate(key) && prototype !== Date.prototype && isForeignDatePrototype(prototype) ? kind.date : refused;
}

function isForeignDatePrototype(prototype: object): boolean {
  return Object.hasOwn(prototype, 'getTime') && Object.hasOwn(prototype, 'setTime');
}

function isDate(key: object): key is Date {
  try {
    Date.prototype.getTime.call(key);
    return true;
  } catch {
    return false;
  }
}

/** Why a value is no key, as the object of a sentence: `a function`, `an instance of Point`. */
export function describeRefused(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'a function' : `a function (${value.name})`;
  if (typeof value === 'symbol') return `a symbol (${String(value)})`;
  const name = className(value as object);
  return name === undefined ? 'an object with a prototype of its own' : `an instance of ${name}`;
}

function className(value: object): string | undefined {
  const made = (value as { constructor?: unknown }).constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : undefined;
}

/** What those functions throw that work with keys, where a value is none. Which row it is in is for their caller to say. */
export function refuseKey(value: unknown): never {
  throw new TypeError(
    `${describeRefused(value)} cannot be a key, nor be inside one (${preview(value)}): it is equal to nothing but itself, so a copy of it ` +
      'would be another key. Keys are strings, numbers, bigints, booleans, null, undefined, Dates, and arrays or plain objects of these.',
  );
}

/** What they throw for a key that contains itself, or as good as. */
export function refuseDepth(): never {
  throw new TypeError(
    `A key contains itself, or is nested deeper than ${deepest} levels. Use a part of it as the key.`,
  );
}
