/** The words for values that cannot be encoded. */
import { types } from 'node:util';
import { ValueError } from '../errors.js';

/** One step from a value to what it holds: a property, an index, or a place in a Map or Set. */
export type PathStep =
  | string
  | number
  | { readonly mapKey: unknown }
  | { readonly keyAt: number }
  | { readonly elementAt: number }
  | typeof SKIPPED;

/** Stands for steps that were not kept. */
export const SKIPPED: unique symbol = Symbol('skipped');

/** Longer paths are shown without their middle. */
const MAX_STEPS = 20;

export function formatPath(steps: readonly PathStep[]): string {
  if (steps.length <= MAX_STEPS) return steps.map(formatStep).join('');
  const half = MAX_STEPS / 2;
  return `${formatPath(steps.slice(0, half))}…${formatPath(steps.slice(-half))}`;
}

function formatStep(step: PathStep): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'string') {
    return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  }
  if (step === SKIPPED) return '…';
  if ('keyAt' in step) return `.keys()[${step.keyAt}]`;
  return 'elementAt' in step ? `.values()[${step.elementAt}]` : `.get(${preview(step.mapKey)})`;
}

function preview(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
  if (typeof key === 'object' && key !== null) return '{…}';
  return typeof key === 'bigint' ? `${key}n` : String(key);
}

/** The error for a value found at the end of `steps` in the item at `index` (`undefined` where there are no items). */
export function refusal(detail: string, steps: readonly PathStep[], index: number | undefined): ValueError {
  return new ValueError(`${place(steps, index)} cannot be sent: it is ${detail}`, formatPath(steps), index);
}

/** The error for a getter, or something else that runs while a value is read, that threw `cause`. */
export function unreadable(cause: unknown, steps: readonly PathStep[], index: number | undefined): ValueError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ValueError(
    `${place(steps, index)} cannot be sent: reading it failed (${reason}).`,
    formatPath(steps),
    index,
    { cause },
  );
}

function place(steps: readonly PathStep[], index: number | undefined): string {
  const path = formatPath(steps);
  if (index === undefined) return path === '' ? 'The value' : `The value at ${path}`;
  return path === '' ? `Item ${index}` : `Item ${index}, at ${path},`;
}

/** What a value that structured clone refuses is, and what to do about it. */
export function describeRefused(value: unknown, isItem: boolean): string {
  if (typeof value === 'function') {
    const name = value.name === '' ? 'a function' : `the function ${value.name}`;
    return `${name}, and only data can be sent. Use it as a variable of the function that runs, or export it from a module that the function imports.`;
  }
  if (typeof value === 'symbol') return `${String(value)}, and a symbol means nothing elsewhere. Send a string.`;
  if (typeof value !== 'object' || value === null) return 'not data.';
  if (types.isProxy(value)) return 'a proxy. Send a plain copy of what is behind it, such as { ...value }.';
  if (types.isPromise(value)) {
    return isItem
      ? 'a promise. A promise as an item: await it first.'
      : 'a promise. Await it first, and send its value.';
  }
  if (types.isWeakMap(value)) return 'a WeakMap, whose entries cannot be listed. Send a Map.';
  if (types.isWeakSet(value)) return 'a WeakSet, whose elements cannot be listed. Send a Set.';
  if (types.isArgumentsObject(value)) return 'an arguments object. Send an array: [...arguments].';
  if (types.isGeneratorObject(value) || isIterator(value))
    return 'an iterator. Send what it yields as an array: [...iterator].';
  if (types.isModuleNamespaceObject(value)) return 'a module. Import it in the function that runs.';
  const name = className(value);
  return `${/^(?:[AEIOaeio]|U(?!RL))/.test(name) ? 'an' : 'a'} ${name}, which structured clone cannot copy. Send the data it is made from, and make it again on the other side.`;
}

export const DETACHED = 'memory that has been moved away (a detached ArrayBuffer). Copy it before it is moved.';
export const OUT_OF_BOUNDS = 'a view that lies outside of its buffer, which has been shrunk.';
export const TOO_DEEP = 'nested too deeply. Send it as an array of its parts.';
export const NOT_MOVED = 'a MessagePort, which can only be moved. Name it in the transfer option.';

export function threadsOnly(what: string): string {
  return `${what}, which travels between threads of one process only. Send a copy of its contents, or use threads.`;
}

export function className(value: object): string {
  if (types.isProxy(value)) return 'proxy';
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag !== 'Object') return tag;
  const maker: unknown = Object.getPrototypeOf(value)?.constructor;
  return typeof maker === 'function' && maker.name !== '' ? maker.name : 'object';
}

function isIterator(value: object): boolean {
  return 'next' in value && Symbol.iterator in value;
}
