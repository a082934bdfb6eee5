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
const typedArrayBuffer = getterOf(typedArrays, 'buffer') as (this: unknown) => ArrayBufferLike;
const typedArrayBytes = getterOf(typedArrays, 'byteLength') as (this: unknown) => number;
const typedArrayStart = getterOf(typedArrays, 'byteOffset') as (this: unknown) => number;

/** The number of a view's class in `viewClasses`, by its internal type and not by its prototype. */
export function viewClass(view: ArrayBufferView): number {
  return viewClasses.indexOf(Buffer.isBuffer(view) ? 'Buffer' : (typedArrayName.call(view) ?? 'DataView'));
}

/** Length in the elements of its class; in bytes for a DataView. */
export function viewLength(view: ArrayBufferView): number {
  return view instanceof DataView ? view.byteLength : typedArrayLength.call(view);
}

export function bufferOf(array: ArrayBufferView): ArrayBufferLike {
  return typedArrayBuffer.call(array);
}

/** The part of its buffer that a typed array is of. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(bufferOf(array), typedArrayStart.call(array), typedArrayBytes.call(array));
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
