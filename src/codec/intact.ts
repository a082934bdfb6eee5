/**
 * Whether what functions use of typed arrays is still the language's own here: a program may put something else in its place. Told by what
 * is there: it says of itself that it is native, under the name that it should have.
 */

import { viewClasses } from './tags.js';

/** What a function uses: a method or accessor of arrays by its name, `of` for their iterator, `new <class>`, `Math.<function>`. */
export type Uses = readonly string[];

/** The classes of typed arrays that all supported versions of Node have. */
export const arrayClasses = viewClasses.filter((name) => !['DataView', 'Float16Array', 'Buffer'].includes(name));
/** What nobody can put anything else in the place of; others of `Math` that are numbers are the program's. */
export const mathConstants: ReadonlySet<string> = new Set('E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2'.split(' '));
const errorNames = ['Error', 'RangeError', 'TypeError'] as const;

const { getOwnPropertyDescriptor, getOwnPropertyDescriptors, getPrototypeOf, hasOwn } = Object;
const { iterator, species, toStringTag } = Symbol;

type Descriptors = Readonly<Record<PropertyKey, PropertyDescriptor | undefined>>;
interface Class {
  readonly prototype: object;
}

/** How things were. */
interface Original {
  /** What all classes of typed arrays inherit from, and its prototype. */
  readonly base: Class;
  readonly ofBase: Descriptors;
  readonly speciesOfBase: PropertyDescriptor;
  readonly ofMemory: Descriptors;
  readonly math: object;
  readonly ofMath: Descriptors;
  readonly iterators: object;
  readonly next: PropertyDescriptor;
  /** The prototypes of the classes; and they and the classes of errors by name. */
  readonly classes: ReadonlySet<object>;
  readonly named: ReadonlyMap<string, unknown>;
}

let original: Original | undefined;

function known(): Original {
  original ??= lookAround();
  return original;
}

const toText = Function.prototype.toString;
const { apply } = Reflect;

/** The text of a function. */
export function textOf(fn: (...args: never[]) => unknown): string {
  return apply(toText, fn, []);
}

/** How things are when they are first asked for. */
function lookAround(): Original {
  const named = new Map<string, unknown>();
  const classes = new Set<object>();
  for (const name of arrayClasses) {
    const one = Reflect.get(globalThis, name) as Class;
    named.set(name, one);
    classes.add(one.prototype);
  }
  for (const name of errorNames) named.set(name, globalThis[name]);
  const base = getPrototypeOf(Float64Array) as Class;
  const iterators = getPrototypeOf([].values());
  return {
    base,
    ofBase: getOwnPropertyDescriptors(base.prototype),
    speciesOfBase: getOwnPropertyDescriptor(base, species)!,
    ofMemory: getOwnPropertyDescriptors(ArrayBuffer.prototype) as unknown as Descriptors,
    math: Math,
    ofMath: getOwnPropertyDescriptors(Math) as Descriptors,
    iterators,
    next: getOwnPropertyDescriptor(iterators, 'next')!,
    classes,
    named,
  };
}

/** The name of the class of a typed array; `undefined` for all else. Runs nothing of the program's. */
export function arrayClass(value: unknown): string | undefined {
  return apply(known().ofBase[toStringTag]!.get!, value, []);
}

/** What those who encode an array ask of it and of its memory. */
const encoding = ['length', 'buffer', 'byteLength', 'byteOffset'];
const encodingMemory = ['byteLength', 'resizable', 'maxByteLength'];

/** Whether arrays can be encoded without anything of the program's seeing them. */
export function encodesAlone(): boolean {
  const { base, ofBase, ofMemory, classes } = known();
  for (const key of encoding) {
    if (!same(base.prototype, key, ofBase[key]) || !isNamed(ofBase[key]?.get, `get ${key}`)) return false;
    for (const prototype of classes) if (hasOwn(prototype, key)) return false;
  }
  return encodingMemory.every((key) => {
    const then = ofMemory[key];
    return same(ArrayBuffer.prototype, key, then) && (then === undefined || isNamed(then.get, `get ${key}`));
  });
}

/** Whether `uses` mean what they did when this was first asked, of arrays of these classes. */
function isAsBefore(original: Original, uses: Uses, arrays: Iterable<string>): boolean {
  const { base, ofBase, speciesOfBase } = original;
  const keys: PropertyKey[] = ['then'];
  const seen = new Set<Class>();
  for (const use of uses) {
    if (use.startsWith('new ')) {
      if (!isGlobal(original, use.slice('new '.length), seen)) return false;
    } else if (use.startsWith('Math.')) {
      if (!isOfMath(original, use.slice('Math.'.length))) return false;
    } else {
      const key = use === 'of' ? iterator : use;
      if (!same(base.prototype, key, ofBase[key])) return false;
      if (use === 'of' && !iterates(original)) return false;
      keys.push(key);
    }
  }
  for (const name of arrays) if (!isGlobal(original, name, seen)) return false;
  if (getPrototypeOf(base.prototype) !== Object.prototype) return false;
  // What is asked of a result: whether it is a promise.
  if ('then' in base.prototype || 'then' in Array.prototype) return false;
  if (!same(base, species, speciesOfBase)) return false;
  for (const one of seen) {
    const { prototype } = one;
    if (getPrototypeOf(prototype) !== base.prototype || getPrototypeOf(one) !== base || hasOwn(one, species))
      return false;
    const { get, value } = getOwnPropertyDescriptor(prototype, 'constructor') ?? {};
    if (get !== undefined || value !== one) return false;
    for (const key of keys) if (hasOwn(prototype, key)) return false;
  }
  return true;
}

/** @param seen gets the class, if it is one of arrays */
function isGlobal({ named, classes }: Original, name: string, seen: Set<Class>): boolean {
  const now = getOwnPropertyDescriptor(globalThis, name);
  if (now === undefined || now.get !== undefined || now.value !== named.get(name)) return false;
  if (classes.has(now.value.prototype)) seen.add(now.value);
  return true;
}

function same(object: object, key: PropertyKey, then: PropertyDescriptor | undefined): boolean {
  const now = getOwnPropertyDescriptor(object, key);
  return now?.value === then?.value && now?.get === then?.get;
}

function isOfMath({ math, ofMath }: Original, key: string): boolean {
  const now = getOwnPropertyDescriptor(globalThis, 'Math');
  return now !== undefined && now.get === undefined && now.value === math && same(math, key, ofMath[key]);
}

/** An iterator that is left early is asked for a method that those of arrays do not have. */
function iterates({ iterators, next }: Original): boolean {
  return same(iterators, 'next', next) && !('return' in iterators);
}

function isNamed(value: unknown, name: string): boolean {
  return typeof value === 'function' && textOf(value as () => unknown) === `function ${name}() { [native code] }`;
}

/** Whether a method of typed arrays is one of arrays or collections, which has the same name. */
function isOfOthers(value: unknown, use: string): boolean {
  if (use !== 'of') return value !== undefined && value === Reflect.get(Array.prototype, use);
  return value === Map.prototype.values || value === Set.prototype.values;
}

/** Whether `uses`, and arrays of these classes, are the language's own. */
export function isNative(uses: Uses, arrays: Iterable<string>): boolean {
  const there = known();
  const { base, iterators } = there;
  const global = globalThis as unknown as Record<string, unknown>;
  const fieldOf = (object: object, key: PropertyKey): unknown => getOwnPropertyDescriptor(object, key)?.value;
  const isNativeUse = (use: string): boolean => {
    if (use.startsWith('new ')) return isNamed(global[use.slice('new '.length)], use.slice('new '.length));
    if (use.startsWith('Math.')) {
      const name = use.slice('Math.'.length);
      return mathConstants.has(name) || isNamed(fieldOf(Math, name), name);
    }
    // Under the same name there are others, which make or expect other things.
    if (isOfOthers(fieldOf(base.prototype, use === 'of' ? iterator : use), use)) return false;
    if (use === 'of')
      return isNamed(fieldOf(base.prototype, iterator), 'values') && isNamed(fieldOf(iterators, 'next'), 'next');
    const { get, value } = getOwnPropertyDescriptor(base.prototype, use) ?? {};
    return get === undefined ? isNamed(value, use) : isNamed(get, `get ${use}`);
  };
  if (!isAsBefore(there, uses, arrays) || !uses.every(isNativeUse)) return false;
  if (!isNamed(getOwnPropertyDescriptor(base, species)?.get, 'get [Symbol.species]')) return false;
  if (!isNamed(getOwnPropertyDescriptor(base.prototype, toStringTag)?.get, 'get [Symbol.toStringTag]')) return false;
  for (const name of arrays) if (!isNamed(global[name], name)) return false;
  return true;
}

/** Whether an array of this class is like any other: what `uses` ask of it is what its class has. */
export function isOrdinary(value: object, name: string, uses: Uses): boolean {
  if (getPrototypeOf(value) !== (known().named.get(name) as Class | undefined)?.prototype) return false;
  if (hasOwn(value, 'constructor')) return false;
  return uses.every((use) => !hasOwn(value, use === 'of' ? iterator : use));
}
