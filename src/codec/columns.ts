/** Rows that are all numbers, all strings, all booleans, null or undefined, or all small views of one class. */
import { Buffer } from 'node:buffer';
import type { Block } from './block.js';
import { ByteReader, damaged, isWide, MAX_POOLED_LENGTH, readCharacters, writeCharacters } from './bytes.js';
import { ATTACH_FROM, isDetached } from './memory.js';
import { Encoding } from './tags.js';
import { bufferOf, bytesOf, newView, sizeOf, viewClass, viewLength } from './views.js';

/** Rows up to `end` in a block; the row at `end` is of another kind. */
export interface Encoded {
  readonly block: Block;
  readonly end: number;
}

type Target = { [index: number]: unknown };

/** Places data where doubles may lie. */
const HEADER = 8;

// --- numbers: doubles from byte 8 ---

export function encodeNumbers(rows: ArrayLike<unknown>, from: number, to: number): Encoded | undefined {
  const { bytes, numbers } = numberBlock(to - from);
  let end = from;
  for (; end < to; end++) {
    const value = rows[end];
    if (typeof value !== 'number') break;
    numbers[end - from] = value;
  }
  if (end === from) return undefined;
  const whole = end === to ? bytes : bytes.slice(0, HEADER + 8 * (end - from));
  return { block: { rows: end - from, bytes: whole }, end };
}

/** Rows that are views of the bytes of a whole block: changed in place, they are a block again without a copy. */
const blocksOf = new WeakMap<object, Uint8Array<ArrayBuffer>>();

/** The same of a typed array of numbers, which needs no looking at. */
export function encodeTypedNumbers(
  rows: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> },
  from: number,
  to: number,
): Block {
  const own = blocksOf.get(rows);
  if (own !== undefined && from === 0 && to === rows.length) return { rows: to, bytes: own };
  const { bytes, numbers } = numberBlock(to - from);
  numbers.set(from === 0 && to === rows.length ? rows : rows.subarray(from, to));
  return { rows: to - from, bytes };
}

/** Bytes of a block of so many numbers. */
export const numbersSize = (count: number): number => HEADER + 8 * count;

/** The block of rows that are all numbers, in memory that is there already; `undefined` if one of them is none. */
export function numbersInto(
  memory: Uint8Array<SharedArrayBuffer>,
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
): Block | undefined {
  const count = to - from;
  const numbers = new Float64Array(memory.buffer, memory.byteOffset + HEADER, count);
  if (ArrayBuffer.isView(rows)) numbers.set((rows as Float64Array).subarray(from, to));
  else if (!copyNumbers(rows, from, to, numbers)) return undefined;
  memory.fill(0, 0, HEADER);
  memory[0] = Encoding.numbers;
  // Only threads get it, for which shared memory is as good.
  const bytes = memory.subarray(0, numbersSize(count)) as Uint8Array as Uint8Array<ArrayBuffer>;
  return { rows: count, bytes };
}

function copyNumbers(rows: ArrayLike<unknown>, from: number, to: number, numbers: Float64Array): boolean {
  for (let row = from; row < to; row++) {
    const value = rows[row];
    if (typeof value !== 'number') return false;
    numbers[row - from] = value;
  }
  return true;
}

function numberBlock(count: number): { bytes: Uint8Array<ArrayBuffer>; numbers: Float64Array<ArrayBuffer> } {
  const { buffer } = Buffer.allocUnsafeSlow(HEADER + 8 * count);
  const bytes = new Uint8Array(buffer);
  bytes.fill(0, 0, HEADER);
  bytes[0] = Encoding.numbers;
  return { bytes, numbers: new Float64Array(buffer, HEADER, count) };
}

/** Of rows as {@link decodeNumbers} gives them: they may be overwritten, and are then encoded without a copy. */
export function isOwnBlock(rows: unknown): rows is Float64Array<ArrayBuffer> {
  return blocksOf.has(rows as object);
}

/** The numbers of a block; a view of its bytes where these are aligned. */
export function decodeNumbers(block: Block): Float64Array<ArrayBuffer> {
  const { bytes, rows } = block;
  if (bytes.length !== HEADER + 8 * rows) throw damaged('it does not hold as many numbers as it says');
  const start = bytes.byteOffset + HEADER;
  if (start % 8 !== 0) return new Float64Array(bytes.slice(HEADER).buffer);
  const numbers = new Float64Array(bytes.buffer, start, rows);
  // A part of shared memory that holds a block was given for this block alone.
  if (bytes.length === bytes.buffer.byteLength || isShared(bytes)) blocksOf.set(numbers, bytes);
  return numbers;
}

/** Whether the numbers lie in memory that others will write to. */
export function isShared({ buffer }: ArrayBufferView): boolean {
  return (buffer as ArrayBufferLike) instanceof SharedArrayBuffer;
}

// --- constants: one tag each ---

export function encodeConstants(rows: ArrayLike<unknown>, from: number, to: number): Encoded | undefined {
  const bytes = new Uint8Array(HEADER + to - from);
  bytes[0] = Encoding.constants;
  let end = from;
  for (; end < to; end++) {
    const tag = constants.indexOf(rows[end] as undefined);
    if (tag < 0) break;
    bytes[HEADER + end - from] = tag;
  }
  if (end === from) return undefined;
  return { block: { rows: end - from, bytes: bytes.slice(0, HEADER + end - from) }, end };
}

/** By tag: the general encoding's own tags. */
const constants: readonly (boolean | null | undefined)[] = [undefined, null, true, false];

export function decodeConstants(block: Block, target: Target, at: number): void {
  const { bytes, rows } = block;
  if (bytes.length !== HEADER + rows) throw damaged('it does not hold as many values as it says');
  for (let i = 0; i < rows; i++) {
    const tag = bytes[HEADER + i]!;
    if (tag >= constants.length) throw damaged(`a value in it has the unknown tag ${tag}`);
    target[at + i] = constants[tag];
  }
}

// --- strings: u32 lengths; the text of all short ones; then each long one, with a byte for its width ---

const STRINGS_HEADER = 12;

export function encodeStrings(rows: ArrayLike<unknown>, from: number, to: number): Encoded | undefined {
  const short: string[] = [];
  const long: string[] = [];
  let end = from;
  for (; end < to; end++) {
    const value = rows[end];
    if (typeof value !== 'string') break;
    (value.length <= MAX_POOLED_LENGTH ? short : long).push(value);
  }
  if (end === from) return undefined;
  const text = short.join('');
  const wide = isWide(text);
  const longWide = long.map(isWide);
  const textAt = STRINGS_HEADER + 4 * (end - from);
  let size = textAt + text.length * (wide ? 2 : 1);
  for (let i = 0; i < long.length; i++) size += 1 + long[i]!.length * (longWide[i] ? 2 : 1);
  const bytes = Buffer.allocUnsafeSlow(size);
  bytes.writeUInt32LE(Encoding.strings | (wide ? 0x100 : 0), 0);
  bytes.writeUInt32LE(text.length, 4);
  bytes.writeUInt32LE(0, 8);
  const lengths = new Uint32Array(bytes.buffer, STRINGS_HEADER, end - from);
  for (let i = from; i < end; i++) lengths[i - from] = (rows[i] as string).length;
  writeCharacters(bytes, text, textAt, wide);
  let at = textAt + text.length * (wide ? 2 : 1);
  for (let i = 0; i < long.length; i++) {
    bytes[at++] = longWide[i] ? 1 : 0;
    writeCharacters(bytes, long[i]!, at, longWide[i]!);
    at += long[i]!.length * (longWide[i] ? 2 : 1);
  }
  return { block: { rows: end - from, bytes: new Uint8Array(bytes.buffer) }, end };
}

export function decodeStrings(block: Block, target: Target, at: number): void {
  const { bytes, rows } = block;
  const textAt = STRINGS_HEADER + 4 * rows;
  if (bytes.length < textAt) throw damaged('it does not hold as many strings as it says');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[1] === 1;
  const textSize = view.getUint32(4, true) * (wide ? 2 : 1);
  if (textAt + textSize > bytes.length) throw damaged('its text ends too early');
  const text = readCharacters(buffer, textAt, textSize, wide);
  const long = new ByteReader(bytes, textAt + textSize);
  let textEnd = 0;
  for (let i = 0; i < rows; i++) {
    const length = view.getUint32(STRINGS_HEADER + 4 * i, true);
    if (length > MAX_POOLED_LENGTH) {
      const longWide = long.byte() === 1;
      target[at + i] = long.characters(length, longWide);
    } else {
      target[at + i] = text.substring(textEnd, textEnd + length);
      textEnd += length;
    }
  }
  if (textEnd !== text.length || long.remaining !== 0) throw damaged('its strings do not fill it');
}

// --- views of one class that show all of their own, small, memory: class, u32 lengths in elements, data each at a multiple of 8 ---

export function encodeViews(rows: ArrayLike<unknown>, from: number, to: number): Encoded | undefined {
  const kind = isOrdinaryView(rows[from]) ? viewClass(rows[from]) : -1;
  if (kind < 0) return undefined;
  let end = from;
  let size = 0;
  for (; end < to; end++) {
    const value = rows[end];
    if (!isOrdinaryView(value) || viewClass(value) !== kind) break;
    size += Math.ceil(sizeOf(value) / 8) * 8;
  }
  const dataAt = Math.ceil((HEADER + 4 * (end - from)) / 8) * 8;
  const bytes = new Uint8Array(dataAt + size);
  bytes[0] = Encoding.views;
  bytes[1] = kind;
  const lengths = new Uint32Array(bytes.buffer, HEADER, end - from);
  let at = dataAt;
  for (let i = from; i < end; i++) {
    const view = rows[i] as ArrayBufferView;
    lengths[i - from] = viewLength(view);
    const shown = bytesOf(view);
    bytes.set(shown, at);
    at += Math.ceil(shown.length / 8) * 8;
  }
  return { block: { rows: end - from, bytes }, end };
}

/** A Buffer brings only what it shows; other views bring their whole memory, so here they must show it. */
function isOrdinaryView(value: unknown): value is ArrayBufferView {
  if (!ArrayBuffer.isView(value)) return false;
  const size = sizeOf(value);
  const buffer = bufferOf(value);
  if (size >= ATTACH_FROM || !(buffer instanceof ArrayBuffer) || isDetached(buffer)) return false;
  if ((buffer as { resizable?: boolean }).resizable === true) return false;
  return Buffer.isBuffer(value) || size === buffer.byteLength;
}

export function decodeViews(block: Block, target: Target, at: number): void {
  const { bytes, rows } = block;
  const dataAt = Math.ceil((HEADER + 4 * rows) / 8) * 8;
  if (bytes.length < dataAt) throw damaged('it does not hold as many arrays as it says');
  const lengths = new DataView(bytes.buffer, bytes.byteOffset, dataAt);
  const kind = bytes[1]!;
  const elementSize = bytesPerElement(kind);
  let offset = dataAt;
  for (let i = 0; i < rows; i++) {
    const length = lengths.getUint32(HEADER + 4 * i, true);
    const size = length * elementSize;
    if (offset + size > bytes.length) throw damaged('an array in it ends too early');
    // Not `buffer.slice`: of shared memory that would be shared memory again.
    const memory = new ArrayBuffer(size);
    new Uint8Array(memory).set(bytes.subarray(offset, offset + size));
    target[at + i] = newView(kind, memory, 0, length);
    offset += Math.ceil(size / 8) * 8;
  }
  if (offset !== bytes.length) throw damaged('its arrays do not fill it');
}

function bytesPerElement(kind: number): number {
  return (newView(kind, new ArrayBuffer(0), 0, 0) as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
}
