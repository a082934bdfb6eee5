/** Where the results of a map go: all kept, or handed on one by one and forgotten. */
import { ValueError } from '../errors.js';
import { indexOf, type Piece, sizeOf } from './piece.js';
import { preview } from './preview.js';

/** A class of typed arrays, as `into` takes it. */
export type TypedArrayConstructor =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Uint8ClampedArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor;

/** Keeps every result at its index. */
export class Collected {
  readonly #into: TypedArrayConstructor | undefined;
  /** Made with the first results, which say what it is for. */
  #results: unknown[] | TypedArrayConstructor['prototype'] = [];
  /** With `into`, whose elements cannot be missing: where there are results, as pairs of the first index and the one after the last. */
  readonly #there: number[] = [];
  readonly #errors = new Map<number, unknown>();
  #length = 0;
  readonly #total: number;
  #isEmpty = true;

  constructor(into: TypedArrayConstructor | undefined, total: number | undefined) {
    this.#into = into;
    this.#total = total ?? 0;
    if (into !== undefined) this.#results = new into(total ?? 1024);
  }

  /** Keeps the results of a piece, but for those that have no place in the typed array asked for: they are `refused`. */
  put(piece: Piece, results: ArrayLike<unknown>, refused: (row: number, error: ValueError) => void): void {
    const count = sizeOf(piece);
    const into = this.#into;
    if (piece.indices !== undefined)
      for (let row = 0; row < count; row++) this.#length = Math.max(this.#length, indexOf(piece, row) + 1);
    else this.#length = Math.max(this.#length, piece.firstIndex + count);
    if (into !== undefined) this.#putTyped(into, piece, results, refused);
    else if (results instanceof Float64Array && piece.indices === undefined)
      this.#putNumbers(piece.firstIndex, results);
    else {
      if (this.#isEmpty) this.#results = new Array(this.#total);
      this.#isEmpty = false;
      const kept = this.#results as unknown[];
      if (piece.indices === undefined)
        for (let row = 0; row < count; row++) kept[piece.firstIndex + row] = results[row];
      else for (let row = 0; row < count; row++) kept[indexOf(piece, row)] = results[row];
    }
  }

  #putNumbers(at: number, results: Float64Array): void {
    if (this.#isEmpty && this.#total > 0) this.#results = emptyNumbers(this.#total);
    this.#isEmpty = false;
    copyInto(this.#results as unknown[], at, results);
  }

  /** Where numbers may be put by whoever says so by `filled`; `undefined` where they have to be looked at. */
  room(): unknown[] | TypedArrayConstructor['prototype'] | undefined {
    if (this.#into === BigInt64Array || this.#into === BigUint64Array) return undefined;
    if (this.#into === undefined && this.#isEmpty && this.#total > 0) {
      this.#results = emptyNumbers(this.#total);
      this.#isEmpty = false;
    }
    return this.#results;
  }

  filled(from: number, to: number): void {
    this.#length = Math.max(this.#length, to);
    if (this.#into !== undefined) this.#isThere(from, to);
  }

  fail(index: number, error: unknown): void {
    this.#errors.set(index, error);
    this.#length = Math.max(this.#length, index + 1);
  }

  /** The results in input order. */
  all(): unknown[] | TypedArrayConstructor['prototype'] {
    if (this.#into !== undefined) {
      const typed = this.#results as TypedArrayConstructor['prototype'];
      return typed.length === this.#length ? typed : typed.slice(0, this.#length);
    }
    (this.#results as unknown[]).length = this.#length;
    return this.#results;
  }

  /** The error of the first item that failed. */
  firstError(): { error: unknown } | undefined {
    if (this.#errors.size === 0) return undefined;
    return { error: this.#errors.get([...this.#errors.keys()].reduce((a, b) => Math.min(a, b))) };
  }

  /** What became of each of `total` items; those that were never done are rejected with `missing`. */
  settled(total: number | undefined, missing: unknown): PromiseSettledResult<unknown>[] {
    const list: PromiseSettledResult<unknown>[] = [];
    const there = this.#into === undefined ? undefined : this.#places();
    for (let index = 0; index < Math.max(this.#length, total ?? 0); index++) {
      if (this.#errors.has(index)) list.push({ status: 'rejected', reason: this.#errors.get(index) });
      else if (there === undefined ? index in this.#results : there[index] === 1)
        list.push({ status: 'fulfilled', value: this.#results[index] });
      else list.push({ status: 'rejected', reason: missing });
    }
    return list;
  }

  #putTyped(
    into: TypedArrayConstructor,
    piece: Piece,
    results: ArrayLike<unknown>,
    refused: (row: number, error: ValueError) => void,
  ): void {
    const big = into === BigInt64Array || into === BigUint64Array;
    if (this.#length > this.#results.length) {
      const larger = new into(Math.max(this.#length, this.#results.length * 2));
      (larger as Float64Array).set(this.#results as Float64Array);
      this.#results = larger;
    }
    const kept = this.#results as unknown as {
      [index: number]: unknown;
      set(rows: ArrayLike<number>, at: number): void;
    };
    if (!big && piece.indices === undefined && results instanceof Float64Array) {
      kept.set(results, piece.firstIndex);
      this.#isThere(piece.firstIndex, piece.firstIndex + results.length);
      return;
    }
    for (let row = 0; row < sizeOf(piece); row++) {
      const result = results[row];
      const index = indexOf(piece, row);
      if (typeof result !== (big ? 'bigint' : 'number')) {
        const kind = big ? 'bigint' : 'number';
        const what = `The result of item ${index} is ${preview(result)}, but into: ${into.name} takes a ${kind}.`;
        refused(row, new ValueError(what, '', index));
        continue;
      }
      kept[index] = result;
      this.#isThere(index, index + 1);
    }
  }

  #isThere(from: number, to: number): void {
    const list = this.#there;
    if (list.length > 0 && list[list.length - 1] === from) list[list.length - 1] = to;
    else list.push(from, to);
  }

  /** 1 where there is a result. */
  #places(): Uint8Array {
    const places = new Uint8Array(this.#length);
    for (let i = 0; i < this.#there.length; i += 2) places.fill(1, this.#there[i], this.#there[i + 1]);
    return places;
  }
}

/**
 * An array of `length` holes that is made for numbers from the start: one made for anything is copied as a whole at the first number
 * that is no small integer.
 */
function emptyNumbers(length: number): unknown[] {
  // biome-ignore lint/suspicious/noSparseArray: a hole, so that nothing is there; a fraction, so that there is room for one
  const numbers: unknown[] = [, 0.5];
  numbers.length = 1;
  numbers.length = length;
  return numbers;
}

function copyInto(kept: unknown[], at: number, results: Float64Array): void {
  for (let i = 0; i < results.length; i++) kept[at + i] = results[i];
}

/** Hands results on in input order, or as they come, and keeps only those that nobody has taken yet. */
export class Streamed {
  readonly #ordered: boolean;
  /** Results that wait for their turn, by the index of the first. */
  readonly #waiting = new Map<number, ArrayLike<unknown>>();
  readonly #ready: ArrayLike<unknown>[] = [];
  #at = 0;
  #cursor = 0;

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  /** Lots of results that nobody has taken yet. */
  get held(): number {
    return this.#waiting.size + this.#ready.length;
  }

  put(piece: Piece, results: ArrayLike<unknown>): void {
    if (!this.#ordered) this.#ready.push(results);
    else if (piece.indices === undefined) this.#waiting.set(piece.firstIndex, results);
    else for (let row = 0; row < sizeOf(piece); row++) this.#waiting.set(indexOf(piece, row), [results[row]]);
    for (let next = this.#waiting.get(this.#cursor); next !== undefined; next = this.#waiting.get(this.#cursor)) {
      this.#waiting.delete(this.#cursor);
      this.#cursor += next.length;
      this.#ready.push(next);
    }
  }

  /** The next result, if it is there; `emptied` says that a lot was used up by it. */
  take(): { value: unknown; emptied: boolean } | undefined {
    const lot = this.#ready[0];
    if (lot === undefined) return undefined;
    const value = lot[this.#at++];
    const emptied = this.#at >= lot.length;
    if (emptied) {
      this.#ready.shift();
      this.#at = 0;
    }
    return { value, emptied };
  }
}
