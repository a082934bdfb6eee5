/**
 * Looks through captured values before they are encoded: which of them hold functions (those are taken apart), and which would not
 * arrive as what they are (those are refused).
 */
import { types } from 'node:util';
import type { AnyFunction } from './portable.js';

/** How an object is made up, which decides how it travels. */
export type Shape = 'object' | 'array' | 'map' | 'set' | 'leaf';

/** A reason why a value cannot travel, and the way to it (`.user`, `[3]`). */
export class RefusedValue extends Error {
  readonly steps: readonly string[];
  constructor(message: string, steps: readonly string[]) {
    super(message);
    this.steps = steps;
  }
}

const functionToString = Function.prototype.toString;

/** Whether a constructor belongs to the engine, of whatever realm. */
function isNativeConstructor(value: unknown): boolean {
  return typeof value === 'function' && /\{\s*\[native code\]\s*\}\s*$/.test(functionToString.call(value));
}

/** The class of an object that is not a plain one, or `undefined`. */
function classOf(value: object, prototype: object): string {
  const itsClass: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof itsClass === 'function' && itsClass.name !== ''
    ? itsClass.name
    : Object.prototype.toString.call(value).slice(8, -1) || 'unnamed';
}

const isPlainPrototype = (prototype: object) =>
  prototype === Object.prototype ||
  (Object.getPrototypeOf(prototype) === null &&
    isNativeConstructor(Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value));

const ADVICE: Readonly<Record<string, string>> = {
  Promise: 'await it first, and capture the result',
  WeakMap: 'create it inside the function',
  WeakSet: 'create it inside the function',
  WeakRef: 'capture what it refers to, or create it inside the function',
  URL: 'capture its `href` and call `new URL` inside the function',
  AbortSignal: 'pass it as the `signal` option, and use `context().signal` inside the function',
  Socket: 'open it inside the function, or once in each worker with `setup`',
  Server: 'open it inside the function, or once in each worker with `setup`',
};

/** How `value` is made up. @throws RefusedValue for what cannot be copied without becoming something else. */
export function shapeOf(value: object, steps: readonly string[]): Shape {
  if (types.isProxy(value))
    throw new RefusedValue('is a Proxy, whose handler cannot travel; capture the plain data behind it', steps);
  if (Array.isArray(value)) return ownClass(value, Array.prototype, 'Array', 'array', steps);
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return 'object';
  if (types.isMap(value)) return ownClass(value, Map.prototype, 'Map', 'map', steps);
  if (types.isSet(value)) return ownClass(value, Set.prototype, 'Set', 'set', steps);
  if (types.isPromise(value)) throw refusal('Promise', steps);
  if (types.isWeakMap(value)) throw refusal('WeakMap', steps);
  if (types.isWeakSet(value)) throw refusal('WeakSet', steps);
  if (types.isGeneratorObject(value)) throw refusal('generator', steps);
  if (isPlainPrototype(prototype)) return 'object';
  if (isCloneable(value)) {
    if (Buffer.isBuffer(value) || isNativeConstructor(Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value))
      return 'leaf';
    if (types.isExternal(value)) throw refusal('external', steps);
  }
  const name = classOf(value, prototype);
  if (CLONEABLE_CLASSES.has(name) && !isUserClass(prototype)) return 'leaf';
  throw refusal(name, steps);
}

// Node's own classes that structured clone carries.
const CLONEABLE_CLASSES = new Set([
  'DOMException',
  'KeyObject',
  'SecretKeyObject',
  'PublicKeyObject',
  'PrivateKeyObject',
  'CryptoKey',
  'Blob',
  'File',
]);
CLONEABLE_CLASSES.add('BlockList').add('SocketAddress').add('X509Certificate').add('MessagePort');

function isUserClass(prototype: object): boolean {
  const itsClass: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return (
    typeof itsClass !== 'function' || ((globalThis as Record<string, unknown>)[itsClass.name] ?? itsClass) !== itsClass
  );
}

const isCloneable = (value: object) =>
  types.isDate(value) ||
  types.isRegExp(value) ||
  types.isArrayBufferView(value) ||
  types.isAnyArrayBuffer(value) ||
  types.isNativeError(value) ||
  types.isBoxedPrimitive(value);

function ownClass(value: object, prototype: object, name: string, shape: Shape, steps: readonly string[]): Shape {
  const actual: object | null = Object.getPrototypeOf(value);
  if (actual === prototype) return shape;
  const itsClass: unknown = actual === null ? undefined : Object.getOwnPropertyDescriptor(actual, 'constructor')?.value;
  if (isNativeConstructor(itsClass) && (itsClass as AnyFunction).name === name) return shape;
  throw refusal(actual === null ? `${name} without its prototype` : classOf(value, actual), steps);
}

function refusal(name: string, steps: readonly string[]): RefusedValue {
  const what =
    name === 'unnamed' || name === 'Object' ? 'an object with a prototype of its own' : `an instance of ${name}`;
  const advice =
    ADVICE[name] ??
    'capture its plain data and build the object inside the function, or once in each worker with `setup`';
  return new RefusedValue(`is ${what}, which would arrive without its class: ${advice}`, steps);
}

/** An object's children: [step, value]. Values behind getters are not looked at: such properties make an object "mixed". */
function childrenOf(value: object, shape: Shape): readonly (readonly [string, unknown])[] {
  switch (shape) {
    case 'map':
      return [...(value as Map<unknown, unknown>)].flatMap(([key, item]) => [
        ['(key)', key] as const,
        [`.get(${preview(key)})`, item] as const,
      ]);
    case 'set':
      return [...(value as Set<unknown>)].map((item) => ['(element)', item] as const);
    case 'leaf':
      return [];
    default:
      return Object.keys(value).map((key) => [stepOf(key, shape), (value as Record<string, unknown>)[key]] as const);
  }
}

/** How a path names a property. */
export function stepOf(key: string, shape: Shape): string {
  if (shape === 'array') return `[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

const preview = (key: unknown) =>
  typeof key === 'string' ? JSON.stringify(key) : typeof key === 'object' ? '…' : String(key);

/** Whether a value is an object and no function. */
export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether an object has parts that plain copying would drop or freeze: accessors, or functions behind symbols. */
function hasHiddenParts(value: object, shape: Shape): boolean {
  if (shape !== 'object') return false;
  for (const key of Object.keys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor !== undefined && !('value' in descriptor)) return true;
  }
  return Object.getOwnPropertySymbols(value).length > 0;
}

/**
 * Finds the objects that hold functions, near or far, below `root` (itself included). Everything else below it is plain data.
 * `known`: objects found to be plain data before; those found now are added.
 * @throws RefusedValue when something below cannot travel. Functions themselves are not judged here.
 */
export function objectsWithFunctions(root: object, known: Set<object>): ReadonlySet<object> {
  const holders = new Map<object, object[]>();
  const mixed = new Set<object>();
  const work: { value: object; steps: readonly string[] }[] = [{ value: root, steps: [] }];
  holders.set(root, []);
  const marks: object[] = [];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { value, steps } = next;
    const shape = shapeOf(value, steps);
    if (hasHiddenParts(value, shape)) {
      marks.push(value);
      for (const key of Object.keys(value)) {
        const descriptor = Object.getOwnPropertyDescriptor(value, key);
        if (descriptor !== undefined && 'value' in descriptor) step(stepOf(key, shape), descriptor.value);
      }
    } else if (!(shape === 'array' && isFlat(value as unknown[])))
      for (const [name, child] of childrenOf(value, shape)) step(name, child);

    function step(name: string, child: unknown): void {
      if (typeof child === 'symbol') marks.push(value);
      if ((!isObject(child) && typeof child !== 'function') || known.has(child)) return;
      if (typeof child === 'function' || types.isModuleNamespaceObject(child)) {
        marks.push(value);
        return;
      }
      const seen = holders.get(child);
      if (seen !== undefined) seen.push(value);
      else {
        holders.set(child, [value]);
        work.push({ value: child, steps: [...steps, name] });
      }
    }
  }
  for (let holder = marks.pop(); holder !== undefined; holder = marks.pop()) {
    if (mixed.has(holder)) continue;
    mixed.add(holder);
    marks.push(...(holders.get(holder) ?? []));
  }
  for (const value of holders.keys()) if (!mixed.has(value)) known.add(value);
  return mixed;
}

/** Whether an array has nothing but numbers, strings and the like, which is quick to see and common in large ones. */
function isFlat(values: readonly unknown[]): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if ((typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'symbol')
      return false;
  }
  return true;
}
