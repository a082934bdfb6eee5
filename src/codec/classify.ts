/**
 * What an object is to structured clone. Its internal type decides, which JavaScript does not show directly; prototypes tell most of
 * it cheaply, and what they leave open is asked of the runtime itself.
 */
import { types } from 'node:util';
import { MessagePort } from 'node:worker_threads';

export type ObjectKind =
  | 'plain'
  | 'array'
  | 'map'
  | 'set'
  | 'date'
  | 'regexp'
  | 'error'
  | 'memory'
  | 'view'
  | 'boxed'
  /** An object of the runtime that structured clone carries as itself: KeyObject, Blob, WebAssembly.Module … */
  | 'host'
  | 'refused';

const objectPrototype = Object.prototype;
const { getPrototypeOf } = Object;
const { isProxy } = types;

/** Never invokes traps of a proxy, nor getters of ordinary objects. */
export function kindOf(value: object): ObjectKind {
  if (isProxy(value)) return 'refused';
  const prototype = getPrototypeOf(value);
  if (prototype === objectPrototype) return isArguments(value) ? 'refused' : 'plain';
  if (Array.isArray(value)) return 'array';
  switch (prototype === null ? 'other' : prototypeKind(prototype)) {
    case 'plain':
      return 'plain';
    case 'cloneable':
      return probe(value);
    default:
      return internalKind(value, prototype);
  }
}

/**
 * `arguments` has the prototype of a plain object, yet is refused. Its own enumerable keys are its indices, so objects with other
 * keys need no call into the runtime.
 */
function isArguments(value: object): boolean {
  for (const key in value) {
    if (key !== '0') return false;
    break;
  }
  return types.isArgumentsObject(value);
}

function internalKind(value: object, prototype: object | null): ObjectKind {
  if (types.isDate(value)) return 'date';
  if (types.isMap(value)) return 'map';
  if (types.isSet(value)) return 'set';
  if (types.isRegExp(value)) return 'regexp';
  if (types.isNativeError(value)) return 'error';
  if (ArrayBuffer.isView(value)) return 'view';
  if (types.isAnyArrayBuffer(value)) return 'memory';
  if (types.isBoxedPrimitive(value)) return types.isSymbolObject(value) ? 'refused' : 'boxed';
  if (prototype === null) return types.isModuleNamespaceObject(value) || isRawJson(value) ? 'refused' : 'plain';
  if (isForeignObjectPrototype(prototype)) return isArguments(value) ? 'refused' : 'plain';
  return probe(value);
}

type PrototypeKind =
  /** Made by user code throughout: its instances are ordinary objects. */
  | 'plain'
  /** Node gives its instances a structured clone of their own. */
  | 'cloneable'
  /** Something built in is among its parents. */
  | 'other';

const prototypeKinds = new WeakMap<object, PrototypeKind>();

export function prototypeKind(prototype: object): PrototypeKind {
  let kind = prototypeKinds.get(prototype);
  if (kind === undefined) {
    kind = inspectPrototypes(prototype);
    prototypeKinds.set(prototype, kind);
  }
  return kind;
}

function inspectPrototypes(first: object): PrototypeKind {
  let kind: PrototypeKind = 'plain';
  for (let prototype: object | null = first; prototype !== objectPrototype; prototype = getPrototypeOf(prototype)) {
    if (prototype === null) return kind;
    if (isProxy(prototype)) return 'other';
    if (Object.getOwnPropertySymbols(prototype).some((symbol) => symbol.description === 'messaging_clone_symbol')) {
      return 'cloneable';
    }
    const maker: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof maker === 'function' ? isBuiltIn(maker) : prototype === first && hasTag(prototype)) kind = 'other';
  }
  return kind;
}

/** Prototypes without constructors are those of iterators and generators, which have a tag, or of user code's `Object.create`. */
function hasTag(prototype: object): boolean {
  return Symbol.toStringTag in prototype || Symbol.iterator in prototype;
}

function isBuiltIn(maker: object): boolean {
  if (/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(maker))) return true;
  const name: unknown = Object.getOwnPropertyDescriptor(maker, 'name')?.value;
  // Node's own global classes are written in JavaScript; instances of some are marked as not to be cloned.
  return typeof name === 'string' && Object.hasOwn(globalThis, name) && Reflect.get(globalThis, name) === maker;
}

/** The `Object.prototype` of another realm (`node:vm`). */
function isForeignObjectPrototype(prototype: object): boolean {
  return getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'propertyIsEnumerable');
}

function isRawJson(value: object): boolean {
  const test: unknown = Reflect.get(JSON, 'isRawJSON');
  return typeof test === 'function' && Reflect.apply(test, JSON, [value]) === true;
}

/** Asks the runtime, at the price of a whole clone; only for instances of rare built-in classes. */
function probe(value: object): ObjectKind {
  if (value instanceof MessagePort) return 'refused'; // only moved; and Node crashes where a closed one is cloned
  let clone: object;
  try {
    clone = structuredClone(value);
  } catch {
    return 'refused';
  }
  return getPrototypeOf(clone) === objectPrototype ? 'plain' : 'host';
}
