/**
 * Typed arrays that lie in memory which is lent to the receiver, and taken back when it says that it is done: nothing is copied there. Only for
 * receivers who are sure to change or keep nothing of it afterwards, and to whom it is all the same what kind of memory an array lies in.
 */
import { Buffer } from 'node:buffer';
import type { Block } from './block.js';
import { damaged } from './bytes.js';
import { isDetached } from './memory.js';
import { Encoding, viewClasses } from './tags.js';
import { bufferOf, bytesOf, isTypedArray, newView, sizeOf, viewClass, viewLength } from './views.js';

/** Tag, seven of padding; of each row f64 class, f64 start, f64 length in elements, f64 length in bytes. The memory is attached. */
const HEADER = 8;
const PER_ROW = 4;

const aligned = (size: number): number => Math.ceil(size / 8) * 8;

/** How much memory rows take if all of them are arrays that can be lent; -1 if one is not. */
export function lentSize(rows: ArrayLike<unknown>, from: number, to: number): number {
  let size = 0;
  for (let row = from; row < to; row++) {
    const value = rows[row];
    if (!isLendable(value)) return -1;
    size += aligned(sizeOf(value));
  }
  return size;
}

/** An ordinary typed array in ordinary memory. Of one in shared memory, the receiver is to see that very memory. */
export function isLendable(value: unknown): value is ArrayBufferView {
  if (!ArrayBuffer.isView(value) || !isTypedArray(value) || Buffer.isBuffer(value)) return false;
  const buffer = bufferOf(value);
  if (!(buffer instanceof ArrayBuffer) || (buffer as { resizable?: boolean }).resizable === true) return false;
  return !isDetached(buffer);
}

/** The block of rows that {@link lentSize} has measured, copied to `memory`. */
export function encodeLent(memory: SharedArrayBuffer, rows: ArrayLike<unknown>, from: number, to: number): Block {
  const buffer = new ArrayBuffer(HEADER + 8 * PER_ROW * (to - from));
  const table = new Float64Array(buffer, HEADER);
  const bytes = new Uint8Array(buffer);
  bytes[0] = Encoding.lent;
  let at = 0;
  for (let row = from; row < to; row++) {
    const view = rows[row] as ArrayBufferView;
    const bytes = bytesOf(view);
    table.set([viewClass(view), at, viewLength(view), bytes.length], PER_ROW * (row - from));
    new Uint8Array(memory, at, bytes.length).set(bytes);
    at += aligned(bytes.length);
  }
  return { rows: to - from, bytes, attached: [memory] };
}

export function isLent({ bytes }: Block): boolean {
  return bytes[0] === Encoding.lent;
}

/** The names of the classes of its rows. */
export function lentClasses(block: Block): Set<string> {
  const { table } = partsOf(block);
  const names = new Set<string>();
  for (let at = 0; at < table.length; at += PER_ROW) names.add(viewClasses[table[at]!] ?? '');
  return names;
}

/**
 * The rows of such a block.
 *
 * @param there where they lie; else in memory of their own
 */
export function lentRows(block: Block, there: boolean): ArrayBufferView[] {
  const { table, memory } = partsOf(block);
  return Array.from({ length: block.rows }, (_, row) => {
    const [kind, at, length, size] = table.subarray(PER_ROW * row, PER_ROW * (row + 1)) as unknown as Row;
    if (there) return newView(kind, memory, at, length);
    const own = new ArrayBuffer(size);
    new Uint8Array(own).set(new Uint8Array(memory, at, size));
    return newView(kind, own, 0, length);
  });
}

type Row = [kind: number, at: number, length: number, size: number];

function partsOf({ rows, bytes, attached }: Block): {
  readonly table: Float64Array;
  readonly memory: SharedArrayBuffer;
} {
  const memory = attached?.[0];
  if (bytes.length !== HEADER + 8 * PER_ROW * rows || !(memory instanceof SharedArrayBuffer))
    throw damaged('memory that belongs to it is missing');
  return { table: new Float64Array(bytes.buffer, bytes.byteOffset + HEADER), memory };
}
