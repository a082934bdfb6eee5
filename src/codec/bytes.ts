/**
 * Growing bytes to write into, and bytes to read from. Integers are LEB128 varints, floats little-endian doubles. Short strings do
 * not lie among the bytes: all of a block's are joined to one text, which is decoded by a single call and then cut, several times
 * faster than decoding each alone.
 */
import { Buffer } from 'node:buffer';
import { ExchangeError } from '../errors.js';

/**
 * Longer strings are stored by themselves. A string cut out of the common text may keep the whole text alive, so the text must
 * consist of strings that are small anyway.
 */
export const MAX_POOLED_LENGTH = 255;

const SMALL = 4096;
const INITIAL_CAPACITY = 4096;
/** A writer that grew past this gives its memory back after use. */
const KEPT_CAPACITY = 1 << 20;

// On a string that V8 stores in one byte a character this is decided without looking at the characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: Latin-1 begins with the control characters.
const WIDE = /[^\x00-\xff]/;

/** Whether a string has characters outside Latin-1, which take two bytes each. */
export function isWide(text: string): boolean {
  return WIDE.test(text);
}

export class ByteWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written; what {@link written} returned is no longer valid. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_CAPACITY) this.#allocate(INITIAL_CAPACITY);
  }

  /** The bytes so far; valid until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  setByte(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  /** An integer from 0 to 2^32 - 1. */
  varint(value: number): void {
    if (this.#length + 5 > this.#bytes.length) this.#grow(5);
    const bytes = this.#bytes;
    let at = this.#length;
    while (value > 0x7f) {
      bytes[at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.#length = at;
  }

  float64(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  raw(source: Uint8Array): void {
    if (this.#length + source.length > this.#bytes.length) this.#grow(source.length);
    this.#bytes.set(source, this.#length);
    this.#length += source.length;
  }

  /** Its characters alone, one byte each, or two if `wide`. */
  characters(text: string, wide: boolean): void {
    const size = wide ? text.length * 2 : text.length;
    if (this.#length + size > this.#bytes.length) this.#grow(size);
    writeCharacters(this.#bytes, text, this.#length, wide);
    this.#length += size;
  }

  #grow(by: number): void {
    const old = this.#bytes;
    this.#allocate(Math.max(old.length * 2, this.#length + by));
    this.#bytes.set(old.subarray(0, this.#length));
  }

  #allocate(capacity: number): void {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }
}

/** New bytes that own their buffer, to be filled by the caller. */
export function allocate(size: number): Buffer<ArrayBuffer> {
  // Memory from the system need not be cleared, but asking for it costs more than clearing a little.
  return size <= SMALL ? Buffer.from(new ArrayBuffer(size)) : Buffer.allocUnsafeSlow(size);
}

/** Writes the characters of `text` at `at`, one byte each, or two if `wide`. Lone surrogates survive. */
export function writeCharacters(target: Buffer, text: string, at: number, wide: boolean): void {
  if (wide) target.write(text, at, text.length * 2, 'utf16le');
  else target.write(text, at, text.length, 'latin1');
}

export class ByteReader {
  at: number;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #end: number;

  constructor(bytes: Uint8Array<ArrayBuffer>, from = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = from;
    this.#end = bytes.length;
  }

  get remaining(): number {
    return this.#end - this.at;
  }

  /** Past the end it reads as a tag that does not exist. */
  byte(): number {
    return this.at < this.#end ? this.#bytes[this.at++]! : 0xff;
  }

  peek(): number {
    return this.at < this.#end ? this.#bytes[this.at]! : 0xff;
  }

  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw damaged('a number in it has no end');
  }

  /** A count of things that take at least `size` bytes each. */
  count(size = 1): number {
    const count = this.varint();
    if (count * size > this.remaining) throw damaged('it is shorter than a count in it says');
    return count;
  }

  float64(): number {
    if (this.remaining < 8) throw damaged('it ends within a number');
    const value = this.#view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  /** The next `size` bytes; a view, not a copy. */
  raw(size: number): Uint8Array {
    this.#take(size);
    return this.#bytes.subarray(this.at - size, this.at);
  }

  characters(length: number, wide: boolean): string {
    const size = wide ? length * 2 : length;
    this.#take(size);
    return readCharacters(this.#bytes, this.at - size, size, wide);
  }

  #take(size: number): void {
    if (size > this.remaining) throw damaged('it ends too early');
    this.at += size;
  }
}

export function readCharacters(source: Buffer, at: number, size: number, wide: boolean): string {
  return source.toString(wide ? 'utf16le' : 'latin1', at, at + size);
}

/** The error for bytes that no encoder wrote. */
export function damaged(detail: string): ExchangeError {
  return new ExchangeError(
    `A block of rows is damaged: ${detail}. It was cut off or changed on its way, or is no block.`,
  );
}
