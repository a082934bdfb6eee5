/** Thrown values in wire form: an error arrives as what it was, of the same class, with its properties, causes and stacks. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import type { Block } from '../codec/block.js';
import { decodeValue, encodeValue } from '../codec/index.js';
import * as sheafErrors from '../errors.js';
import { classById } from './classes.js';
import { isEntry } from './entry.js';
import { keyOf, symbolName } from './names.js';
import { placeOfClass } from './origin.js';
import type { AnyFunction, PropertyName } from './portable.js';
import type { FunctionTable } from './rebuild.js';
import { atHome } from './shipped.js';
import { splitStack, userFrames } from './stack.js';

/** A value inside a thrown one: data, one of the objects of the record, a list, or a symbol. */
type Part =
  | { readonly value: unknown }
  | { readonly object: number }
  | { readonly list: readonly Part[] }
  | { readonly symbol: string };

/** Where a class is found on the other side. */
type ClassPlace =
  | { readonly builtin: string }
  | { readonly sheaf: string }
  | { readonly travelled: string }
  | { readonly required: string; readonly path: readonly string[] }
  | { readonly imported: string; readonly name: string; readonly source: string };

interface WireObject {
  readonly isError: boolean;
  /** From the object's own class upwards; the first that is found there is used. */
  readonly classes: readonly ClassPlace[];
  /** What its `name` reads, whether its own or its class's. */
  readonly name: string;
  readonly isDomException: boolean;
  readonly message: string;
  readonly header: string;
  readonly frames: readonly string[];
  /** Own properties: name, value, enumerable. */
  readonly properties: readonly (readonly [PropertyName, Part, boolean])[];
}

interface Wire {
  readonly root: Part;
  readonly objects: readonly WireObject[];
}

/** `read()`, or `otherwise` if it throws. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Puts what was thrown into a block. Never fails: what cannot be copied is left out, or described. */
export function encodeThrown(error: unknown, table: Pick<FunctionTable, 'classIdOf'>): Block {
  try {
    const writer = new Writer(table);
    const root = writer.part(error);
    return encodeValue({ root: root ?? described(error, writer), objects: writer.objects } satisfies Wire);
  } catch (failure) {
    const message = `A value was thrown that cannot be sent (${attempt(() => String((failure as Error).message), 'unknown reason')}).`;
    const plain: WireObject = {
      isError: true,
      classes: [{ builtin: 'Error' }],
      name: 'Error',
      isDomException: false,
      message,
      header: `Error: ${message}`,
      frames: [],
      properties: [],
    };
    return encodeValue({ root: { object: 0 }, objects: [plain] } satisfies Wire);
  }
}

function described(value: unknown, writer: Writer): Part {
  const what = attempt(
    () =>
      typeof value === 'function'
        ? `the function ${value.name || '(anonymous)'}`
        : typeof value === 'symbol'
          ? String(value)
          : typeof value,
    'something unreadable',
  );
  return writer.part(new Error(`A worker threw ${what}, which cannot be sent. Throw an Error instead.`)) as Part;
}

class Writer {
  readonly objects: WireObject[] = [];
  private readonly places = new Map<object, number>();
  private readonly table: Pick<FunctionTable, 'classIdOf'>;

  constructor(table: Pick<FunctionTable, 'classIdOf'>) {
    this.table = table;
  }

  /** `undefined` for what cannot be sent. */
  part(value: unknown): Part | undefined {
    if (typeof value === 'symbol') {
      const symbol = symbolName(value);
      return symbol === undefined ? undefined : { symbol };
    }
    if (typeof value === 'function') return undefined;
    if (typeof value !== 'object' || value === null) return { value };
    if (!types.isProxy(value) && (isErrorLike(value) || this.isOfTravelledClass(value)))
      return { object: this.object(value) };
    if (Array.isArray(value) && !types.isProxy(value) && value.some((item) => isErrorLike(item))) {
      return { list: value.map((item) => this.part(item) ?? { value: undefined }) };
    }
    return attempt(() => {
      encodeValue(value);
      return { value };
    }, undefined);
  }

  private isOfTravelledClass(value: object): boolean {
    const itsClass = attempt(() => constructorOf(Object.getPrototypeOf(value)), undefined);
    return itsClass !== undefined && this.table.classIdOf(itsClass) !== undefined;
  }

  private object(error: object): number {
    const known = this.places.get(error);
    if (known !== undefined) return known;
    const at = this.objects.length;
    this.places.set(error, at);
    this.objects.push(undefined as never); // its place, before what it refers to
    const message = attempt(() => String((error as Error).message), '');
    const stack = attempt(() => (error as Error).stack, undefined);
    const { header, frames } = splitStack(typeof stack === 'string' ? stack : '');
    const chain = attempt(() => constructorsOf(error), []);
    const properties: [PropertyName, Part, boolean][] = [];
    for (const key of attempt(() => Reflect.ownKeys(error), [])) {
      if (key === 'stack' || key === 'message') continue;
      const name = typeof key === 'string' ? key : attempt(() => ({ symbol: symbolName(key) ?? '' }), undefined);
      if (name === undefined || (typeof name === 'object' && name.symbol === '')) continue;
      const enumerable = attempt(() => Object.getOwnPropertyDescriptor(error, key)?.enumerable === true, true);
      const part = attempt(() => this.part((error as Record<string | symbol, unknown>)[key]), undefined);
      if (part !== undefined) properties.push([name, part, enumerable]);
    }
    this.objects[at] = {
      isError: isErrorLike(error),
      classes: chain
        .map((itsClass) => attempt(() => this.placeOf(itsClass), undefined))
        .filter((place) => place !== undefined),
      name: attempt(() => String((error as Error).name), 'Error'),
      isDomException: isDomException(error),
      message,
      header: header === '' ? attempt(() => String(error), 'Error') : header,
      frames: userFrames(frames.map(atHome)),
      properties,
    };
    return at;
  }

  private placeOf(itsClass: AnyFunction): ClassPlace | undefined {
    const travelled = this.table.classIdOf(itsClass);
    if (travelled !== undefined) return { travelled };
    if ((globalThis as Record<string, unknown>)[itsClass.name] === itsClass) return { builtin: itsClass.name };
    // Not by the class's own name, which the minified worker does not have.
    for (const [name, one] of Object.entries(sheafErrors)) if (one === itsClass) return { sheaf: name };
    return placeOfClass(itsClass);
  }
}

const isDomException = (value: unknown): value is DOMException => attempt(() => value instanceof DOMException, false);

const isErrorLike = (value: unknown): value is Error => types.isNativeError(value) || isDomException(value);

function constructorOf(prototype: object | null): AnyFunction | undefined {
  const itsClass: unknown =
    prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof itsClass === 'function' ? itsClass : undefined;
}

function constructorsOf(value: object): AnyFunction[] {
  const found: AnyFunction[] = [];
  for (
    let prototype: object | null = Object.getPrototypeOf(value);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const itsClass = constructorOf(prototype);
    if (itsClass !== undefined && itsClass !== Object) found.push(itsClass);
  }
  return found;
}

/**
 * What {@link encodeThrown} was given, as far as this side has its class; a promise only where a module has to be imported for it.
 * Its stack is that of the worker, without Sheaf's own frames, followed by the frames of `caller`.
 */
export function decodeThrown(block: Block, caller?: { readonly stack: string }): unknown | Promise<unknown> {
  const wire = decodeValue(block) as Wire;
  const classes: (AnyFunction | undefined | Promise<AnyFunction | undefined>)[] = wire.objects.map((object) =>
    classOf(object.classes, 0),
  );
  const build = (found: readonly (AnyFunction | undefined)[]) => rebuild(wire, found, caller);
  return classes.some((found) => found instanceof Promise)
    ? Promise.all(classes).then(build)
    : build(classes as (AnyFunction | undefined)[]);
}

function classOf(
  places: readonly ClassPlace[],
  from: number,
): AnyFunction | undefined | Promise<AnyFunction | undefined> {
  for (let i = from; i < places.length; i++) {
    const found = resolve(places[i] as ClassPlace);
    if (found instanceof Promise) return found.then((one) => one ?? classOf(places, i + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function resolve(place: ClassPlace): AnyFunction | undefined | Promise<AnyFunction | undefined> {
  if ('travelled' in place) return classById(place.travelled);
  if ('builtin' in place) return asClass((globalThis as Record<string, unknown>)[place.builtin]);
  if ('sheaf' in place) return asClass((sheafErrors as Record<string, unknown>)[place.sheaf]);
  if ('required' in place) {
    if (isEntry(pathToFileURL(place.required).href)) return undefined;
    return attempt(() => {
      const module: unknown = createRequire(place.required)(place.required);
      return asClass(place.path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], module));
    }, undefined);
  }
  if (isEntry(place.imported)) return undefined;
  return import(place.imported).then(
    (namespace: Record<string, unknown>) =>
      Object.values(namespace)
        .map(asClass)
        .find((one) => one?.name === place.name && one.toString() === place.source),
    () => undefined,
  );
}

const asClass = (value: unknown): AnyFunction | undefined => (typeof value === 'function' ? value : undefined);

/** Defines a property as the language's own errors have them; what cannot be defined is left out. */
function define(target: unknown, key: string | symbol, value: unknown, enumerable: boolean): void {
  attempt(
    () => Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true }),
    undefined,
  );
}

function rebuild(
  wire: Wire,
  classes: readonly (AnyFunction | undefined)[],
  caller: { readonly stack: string } | undefined,
): unknown {
  const made = wire.objects.map((object, i) => shellOf(object, classes[i]));
  const resolved = (part: Part): unknown => {
    if ('object' in part) return made[part.object];
    if ('list' in part) return part.list.map(resolved);
    return 'symbol' in part ? keyOf(part) : part.value;
  };
  const { root } = wire;
  const callers = caller === undefined ? [] : userFrames(splitStack(caller.stack).frames);
  for (const [i, object] of wire.objects.entries()) {
    const target = made[i];
    for (const [name, part, enumerable] of object.properties) define(target, keyOf(name), resolved(part), enumerable);
    if (!object.isError) continue;
    // Where the class is not known here, its name still tells what happened.
    if (attempt(() => (target as Error).name, undefined) !== object.name) define(target, 'name', object.name, false);
    const isRoot = 'object' in root && root.object === i;
    define(target, 'stack', [object.header, ...object.frames, ...(isRoot ? callers : [])].join('\n'), false);
  }
  return resolved(root);
}

function shellOf({ isError, isDomException, message, name }: WireObject, itsClass: AnyFunction | undefined): object {
  if (isDomException) return new DOMException(message, name);
  const prototype = itsClass?.prototype as object | undefined;
  if (!isError) return Object.create(prototype ?? Object.prototype) as object;
  const error = new Error(message);
  if (message === '') delete (error as { message?: string }).message;
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
  return error;
}
