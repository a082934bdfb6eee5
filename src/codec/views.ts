/** Typed arrays, DataViews and Buffers from their parts. */
import { Buffer } from 'node:buffer';
import { damaged } from './bytes.js';
import { viewClasses } from './tags.js';

type ViewConstructor = new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => ArrayBufferView;

/** What a view says of itself: a program may have put something else in front of it, on the object or in a class of its own. */
const getterOf = (prototype: object, key: PropertyKey): ((this: unknown) => unknown) =>
  Object.getOwnPropertyDescriptor(prototype, key)!.get!;
const typedArrays: object = Object.getPrototypeOf(Uint8Array.prototype);
const typedArrayName = getterOf(typedArrays, Symbol.toStringTag) as (this: unknown) => string | undefined;
const typedArrayLength = getterOf(typedArrays, 'length') as (this: unknown) => number;

interface Parts {
  readonly buffer: (this: unknown) => ArrayBufferLike;
  readonly size: (this: unknown) => number;
  readonly start: (this: unknown) => number;
}
const partsOf = (prototype: object): Parts => ({
  buffer: getterOf(prototype, 'buffer') as Parts['buffer'],
  size: getterOf(prototype, 'byteLength') as Parts['size'],
  start: getterOf(prototype, 'byteOffset') as Parts['start'],
});
const ofTypedArray = partsOf(typedArrays);
const ofDataView = partsOf(DataView.prototype);

/** Whether a view is a typed array, whatever prototype it has. */
export function isTypedArray(view: ArrayBufferView): boolean {
  return typedArrayName.call(view) !== undefined;
}

/** The number of a view's class in `viewClasses`, by its internal type and not by its prototype. */
export function viewClass(view: ArrayBufferView): number {
  return viewClasses.indexOf(Buffer.isBuffer(view) ? 'Buffer' : (typedArrayName.call(view) ?? 'DataView'));
}

/** Length in the elements of its class; in bytes for a DataView. */
export function viewLength(view: ArrayBufferView): number {
  return isTypedArray(view) ? typedArrayLength.call(view) : sizeOf(view);
}

export function bufferOf(view: ArrayBufferView): ArrayBufferLike {
  return isTypedArray(view) ? ofTypedArray.buffer.call(view) : ofDataView.buffer.call(view);
}

/** Length in bytes; 0 if there is nothing behind it any more. */
export function sizeOf(view: ArrayBufferView): number {
  return isTypedArray(view) ? ofTypedArray.size.call(view) : unlessGone(ofDataView.size, view);
}

/** Where in its buffer it begins; 0 if there is nothing behind it any more. */
export function startOf(view: ArrayBufferView): number {
  return isTypedArray(view) ? ofTypedArray.start.call(view) : unlessGone(ofDataView.start, view);
}

/** A DataView whose buffer was detached, or shrunk below it, throws where a typed array says 0. */
function unlessGone(get: (this: unknown) => number, view: ArrayBufferView): number {
  try {
    return get.call(view);
  } catch {
    return 0;
  }
}

/** The part of its buffer that a view is of. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(bufferOf(view), startOf(view), sizeOf(view));
}

/** A view of class number `kind`; without `length` one that follows the length of its buffer. */
export function newView(kind: number, buffer: ArrayBufferLike, byteOffset: number, length?: number): ArrayBufferView {
  const name = viewClasses[kind];
  try {
    if (name === 'Buffer') {
      // Typed as for ArrayBuffer alone, but made for shared memory as well.
      return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
    }
    const view: unknown = name === undefined ? undefined : Reflect.get(globalThis, name);
    if (typeof view !== 'function') throw damaged(`${name ?? 'a typed array'} in it is unknown here`);
    return length === undefined
      ? new (view as ViewConstructor)(buffer, byteOffset)
      : new (view as ViewConstructor)(buffer, byteOffset, length);
  } catch (error) {
    if (error instanceof RangeError) throw damaged('a typed array in it is larger than its memory');
    throw error;
  }
}
