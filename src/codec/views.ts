/** Typed arrays, DataViews and Buffers from their parts. */
import { Buffer } from 'node:buffer';
import { damaged } from './bytes.js';
import { viewClasses } from './tags.js';

type ViewConstructor = new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => ArrayBufferView;

const typedArrayName: (this: unknown) => string | undefined = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!;

/** The number of a view's class in `viewClasses`, by its internal type and not by its prototype. */
export function viewClass(view: ArrayBufferView): number {
  return viewClasses.indexOf(Buffer.isBuffer(view) ? 'Buffer' : (typedArrayName.call(view) ?? 'DataView'));
}

/** Length in the elements of its class; in bytes for a DataView. */
export function viewLength(view: ArrayBufferView): number {
  return (view as { length?: number }).length ?? view.byteLength;
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
