import type { TypedArrayConstructor } from './run/sink.js';

/** A typed array that lies in shared memory. */
export type SharedArray<C extends TypedArrayConstructor = TypedArrayConstructor> = C['prototype'];

/**
 * A typed array in shared memory: workers that are threads see the very same elements, without a copy, and so does the caller. Writes
 * of several workers to one element need `Atomics`, as always.
 *
 * @param source a typed array, whose elements are copied once, or a length: then the elements are 0
 * @throws TypeError for anything else
 *
 * @example
 * const counts = shared(256); // a Float64Array
 * const pixels = shared(new Uint8Array(image));
 */
export function shared<A extends TypedArrayConstructor['prototype']>(source: A): A;
export function shared(length: number): Float64Array;
/**
 * As above, of another class.
 *
 * @param type the class of the array, such as `Int32Array`
 */
export function shared<C extends TypedArrayConstructor>(
  source: ArrayLike<number> | ArrayLike<bigint> | number,
  type: C,
): C['prototype'];
export function shared(
  source: TypedArrayConstructor['prototype'] | ArrayLike<number> | ArrayLike<bigint> | number,
  type?: TypedArrayConstructor,
): TypedArrayConstructor['prototype'] {
  const length = typeof source === 'object' ? source?.length : source;
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0) {
    throw new TypeError('shared() takes a typed array or array to copy, or a length of at least 0.');
  }
  const given = ArrayBuffer.isView(source) ? (source.constructor as TypedArrayConstructor) : Float64Array;
  const Type = type ?? given;
  if (typeof Type?.BYTES_PER_ELEMENT !== 'number')
    throw new TypeError('The type of a shared array must be a class of typed arrays.');
  const array = new Type(new SharedArrayBuffer(length * Type.BYTES_PER_ELEMENT) as unknown as ArrayBuffer);
  if (typeof source !== 'number') (array as Float64Array).set(source as Float64Array);
  return array;
}
