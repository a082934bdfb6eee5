/**
 * Looks through captured values before they are encoded: which of them hold functions (those are taken apart), and which would not
 * arrive as what they are (those are refused).
 */
import { types } from 'node:util';
import { MessagePort } from 'node:worker_threads';
import { knownNative } from './natives.js';
import type { AnyFunction } from './portable.js';

/** How an object is made up, which decides how it travels. */
export type Shape = 'object' | 'array' | 'map' | 'set' | 'leaf';

/** The way from a value to one inside it, from the end: the last step (`.user`, `[3]`), and the way to where it starts. */
export interface Trail {
  readonly step: string;
  readonly before: Trail | undefined;
}

/** A reason why a value cannot travel, what to do about it, and the way to the value. */
export class RefusedValue extends Error {
  readonly advice: string;
  readonly steps: string;
  constructor(message: string, advice: string, trail: Trail | undefined) {
    super(message);
    this.advice = advice;
    let steps = '';
    for (let one = trail; one !== undefined; one = one.before) steps = one.step + steps;
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
  Promise: 'Await it first, and capture the result',
  WeakMap: 'Create it inside the function',
  WeakSet: 'Create it inside the function',
  WeakRef: 'Capture what it refers to, or create it inside the function',
  URL: 'Capture its `href` and call `new URL` inside the function',
  AbortSignal: 'Pass it as the `signal` option, and use `context().signal` inside the function',
  MessagePort: 'Give it as an item or an argument, and name it in the `transfer` option',
  Socket: 'Open it inside the function, or once in each worker with `setup`',
  Server: 'Open it inside the function, or once in each worker with `setup`',
};

/** How `value` is made up. @throws RefusedValue for what cannot be copied without becoming something else. */
export function shapeOf(value: object, trail: Trail | undefined): Shape {
  if (types.isProxy(value))
    throw new RefusedValue('is a Proxy, whose handler cannot travel', 'Capture the plain data behind it', trail);
  if (Array.isArray(value)) return ownClass(value, Array.prototype, 'Array', 'array', trail);
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return 'object';
  if (types.isMap(value)) return ownClass(value, Map.prototype, 'Map', 'map', trail);
  if (types.isSet(value)) return ownClass(value, Set.prototype, 'Set', 'set', trail);
  if (types.isPromise(value)) throw refusal('Promise', trail);
  if (types.isWeakMap(value)) throw refusal('WeakMap', trail);
  if (types.isWeakSet(value)) throw refusal('WeakSet', trail);
  if (types.isGeneratorObject(value)) throw refusal('generator', trail);
  if (value instanceof MessagePort)
    throw new RefusedValue('is a MessagePort, which can only be moved', ADVICE.MessagePort as string, trail);
  if (isPlainPrototype(prototype)) return 'object';
  if (isCloneable(value)) {
    if (Buffer.isBuffer(value) || isNativeConstructor(Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value))
      return 'leaf';
    if (types.isExternal(value)) throw refusal('external', trail);
  }
  const name = classOf(value, prototype);
  if (CLONEABLE_CLASSES.has(name) && !isUserClass(prototype)) return 'leaf';
  throw refusal(name, trail);
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
CLONEABLE_CLASSES.add('BlockList').add('SocketAddress').add('X509Certificate');

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

function ownClass(value: object, prototype: object, name: string, shape: Shape, trail: Trail | undefined): Shape {
  const actual: object | null = Object.getPrototypeOf(value);
  if (actual === prototype) return shape;
  const itsClass: unknown = actual === null ? undefined : Object.getOwnPropertyDescriptor(actual, 'constructor')?.value;
  if (isNativeConstructor(itsClass) && (itsClass as AnyFunction).name === name) return shape;
  throw refusal(actual === null ? `${name} without its prototype` : classOf(value, actual), trail);
}

function refusal(name: string, trail: Trail | undefined): RefusedValue {
  const what =
    name === 'unnamed' || name === 'Object' ? 'an object with a prototype of its own' : `an instance of ${name}`;
  const advice =
    ADVICE[name] ??
    'Capture its plain data and build the object inside the function, or once in each worker with `setup`';
  return new RefusedValue(`is ${what}, which would arrive without its class`, advice, trail);
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
  const work: { readonly value: object; readonly trail: Trail | undefined }[] = [{ value: root, trail: undefined }];
  holders.set(root, []);
  const marks: object[] = [];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { value, trail } = next;
    const shape = shapeOf(value, trail);
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
        work.push({ value: child, trail: { step: name, before: trail } });
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

/** Whether a value can be copied as it is. `known`: as of {@link objectsWithFunctions}. */
export function isData(value: unknown, known: Set<object> = new Set()): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (!isObject(value)) return true;
  if (types.isModuleNamespaceObject(value) || types.isProxy(value) || knownNative(value) !== undefined) return false;
  try {
    return objectsWithFunctions(value, known).size === 0;
  } catch (error) {
    if (error instanceof RefusedValue) return false;
    throw error;
  }
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
