/**
 * Frames: blocks of rows with a length, a number of rows and a checksum, so that they can follow each other in memory or a file, and so
 * that a flipped byte or a missing end is noticed.
 *
 * A frame: u32 magic, u32 length of what follows the header, u32 rows, u32 CRC-32 of all but itself, then the block (`codec/frame.ts`), or
 * two of them, the keys and the values of pairs, or lines as bytes (`line-frames.ts`); the magic says which. Padded to a multiple of 8, so that columns of numbers are readable
 * where they lie.
 */
import { types } from 'node:util';
import { crc32 } from 'node:zlib';
import type { Block } from '../codec/block.js';
import { decodeInto, encodeRows, frameSize, fromBytes, writeFrame } from '../codec/index.js';
import { Encoding } from '../codec/tags.js';
import { ValueError } from '../errors.js';
import { lineFrameOf, stringsOf } from './line-frames.js';

const ROWS = 0x31465352;
const PAIRS = 0x32465352;
const LINES = 0x33465352;
export const headerBytes = 16;

/** Nothing was copied in the general way. */
function isExact({ bytes }: Block): boolean {
  return bytes[0] !== Encoding.general && bytes[0] !== Encoding.groups;
}

/**
 * Encodes rows as one frame. Arrays of two items go as a column of firsts and a column of seconds, which are mostly alike.
 * @param made all rows are arrays of two that Sheaf itself made: nothing else is on them
 * @param firstIndex the place of the first row, for the error about one that cannot be encoded
 */
export function frameOf(rows: readonly unknown[], made = false, firstIndex = 0): Uint8Array<ArrayBuffer> {
  let pairs = columnsOf(rows, made);
  // No other row has a getter that could change it meanwhile.
  const borrow = rows.length === 1;
  let blocks: Block[];
  try {
    blocks = (pairs ?? [rows]).map((column) => encodeRows(column, { firstIndex, borrow }));
  } catch (error) {
    // Of a column it would tell neither which of the pair it is in, nor the first row that has something of the kind.
    if (pairs !== undefined && error instanceof ValueError) encodeRows(rows, { firstIndex, borrow });
    throw error;
  }
  // What is copied in the general way may refer to anything, the pair that it is in as well.
  if (pairs !== undefined && !made && !blocks.every(isExact) && pairs.some(hasObjects)) {
    pairs = undefined;
    blocks = [encodeRows(rows, { firstIndex, borrow })];
  }
  const sizes = blocks.map(frameSize);
  const length = sizes.reduce((sum, size) => sum + 8 + padded(size), 0);
  // All of it is written: frames of blocks are multiples of 8 themselves.
  const frame = new Uint8Array(Buffer.allocUnsafeSlow(headerBytes + length).buffer as ArrayBuffer);
  const view = new DataView(frame.buffer);
  let at = headerBytes;
  for (const [i, block] of blocks.entries()) {
    const size = sizes[i]!;
    view.setFloat64(at, size, true);
    writeFrame(block, Buffer.from(frame.buffer, at + 8, size));
    at += 8 + padded(size);
  }
  seal(frame, pairs === undefined ? ROWS : PAIRS, rows.length);
  return frame;
}

/** Writes the header of a frame of lines, whose body is there already. Gives its checksum. */
export function sealLines(frame: Uint8Array, rows: number): number {
  return seal(frame, LINES, rows);
}

function seal(frame: Uint8Array, magic: number, rows: number): number {
  const view = new DataView(frame.buffer, frame.byteOffset, headerBytes);
  view.setUint32(0, magic, true);
  view.setUint32(4, frame.length - headerBytes, true);
  view.setUint32(8, rows, true);
  const crc = crc32(frame.subarray(headerBytes), crc32(frame.subarray(0, 12)));
  view.setUint32(12, crc, true);
  return crc;
}

/** The checksum in a frame's header. */
export function checksumOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, headerBytes).getUint32(12, true);
}

/** What a header says. */
export interface Header {
  readonly pairs: boolean;
  /** Lines as bytes. */
  readonly lines: boolean;
  readonly length: number;
  readonly rows: number;
  readonly crc: number;
  /** The checksum of the header itself, that of the body goes on from. */
  readonly seed: number;
}

/** The header at `at`; `undefined` where there is none. */
export function headerAt(bytes: Uint8Array, at: number): Header | undefined {
  if (at + headerBytes > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes);
  const magic = view.getUint32(0, true);
  if (magic !== ROWS && magic !== PAIRS && magic !== LINES) return undefined;
  return {
    pairs: magic === PAIRS,
    lines: magic === LINES,
    length: view.getUint32(4, true),
    rows: view.getUint32(8, true),
    crc: view.getUint32(12, true),
    seed: crc32(bytes.subarray(at, at + 12)),
  };
}

/** Throws for a body that is not what was written. */
export function check(header: Header, body: Uint8Array): void {
  if (crc32(body, header.seed) !== header.crc) throw new Error('its checksum does not match');
}

/** The rows of a frame's body. */
export function rowsOf(header: Header, body: Uint8Array): unknown[] {
  if (header.lines) return stringsOf(lineFrameOf(body, header.rows));
  const [rows, values] = blocksOf(header, body).map((block) => {
    const column = new Array<unknown>(block.rows);
    decodeInto(block, column, 0);
    return column;
  });
  if (values === undefined) return rows!;
  const pairs = new Array<unknown>(rows!.length);
  for (let i = 0; i < pairs.length; i++) pairs[i] = [rows![i], values[i]];
  return pairs;
}

/** The block of a frame's body that holds no lines; of pairs, that of the firsts and that of the seconds. */
export function blocksOf(header: Header, body: Uint8Array): Block[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const blocks: Block[] = [];
  for (let at = 0; blocks.length < (header.pairs ? 2 : 1); ) {
    const length = view.getFloat64(at, true);
    blocks.push(fromBytes(body.subarray(at + 8, at + 8 + length) as Uint8Array<ArrayBuffer>));
    at += 8 + padded(length);
  }
  return blocks;
}

/** Firsts and seconds of rows that are all plain arrays of two. */
function columnsOf(rows: readonly unknown[], made: boolean): [unknown[], unknown[]] | undefined {
  const { length } = rows;
  const keys = new Array<unknown>(length);
  const values = new Array<unknown>(length);
  for (let i = 0; i < length; i++) {
    const row = rows[i] as unknown[];
    if (!made && !isPlainPair(row)) return undefined;
    const key = row[0];
    const value = row[1];
    // Two that are objects may be one and the same, or hold the same.
    if (typeof key === 'object' && key !== null && typeof value === 'object' && value !== null) return undefined;
    keys[i] = key;
    values[i] = value;
  }
  return length === 0 ? undefined : [keys, values];
}

function hasObjects(column: readonly unknown[]): boolean {
  return column.some((value) => typeof value === 'object' && value !== null);
}

function isPlainPair(row: unknown): boolean {
  if (!Array.isArray(row) || row.length !== 2 || types.isProxy(row)) return false;
  return Object.getPrototypeOf(row) === Array.prototype && Object.keys(row).length === 2;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
