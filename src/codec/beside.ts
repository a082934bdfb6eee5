/**
 * Rows that are not encoded at all but travel beside the bytes as they are. Only for channels whose messages are structured clones, and
 * for a few plain values: there a block of bytes, whose buffer has to be made on both sides, costs more than the values do.
 */
import type { Attachment, Block } from './block.js';
import { damaged } from './bytes.js';
import { copyRecords } from './records/index.js';
import { copyRow, type EncodedRow, isEncodedAlone } from './row.js';
import { Encoding } from './tags.js';

/** The same bytes for all of them: nobody moves or changes bytes as few as these. */
const tag = new Uint8Array([Encoding.beside]);

/** Of rows that are the sender's own. */
const ownTag = new Uint8Array([Encoding.beside, 1]);

/** After so many rows that are not like their neighbours, the others are copied one by one. */
const MAX_SURPRISES = 8;

/** A block of snapshots; `undefined` if one of them is no plain tree. */
export function besideSnapshots(rows: readonly EncodedRow[]): Block | undefined {
  for (const row of rows) if (isEncodedAlone(row)) return undefined;
  return besideRows(rows);
}

/** A block of one value; `undefined` if it is no primitive. */
export function besidePrimitive(value: unknown): Block | undefined {
  const kind = typeof value;
  if ((kind === 'object' && value !== null) || kind === 'function' || kind === 'symbol') return undefined;
  return besideRows([value]);
}

/** A block of plain values that were copied already. */
export function besideRows(rows: readonly unknown[]): Block {
  return { rows: rows.length, bytes: tag, attached: rows as readonly Attachment[] };
}

/** A block of values that were not copied: for a receiver on this thread who is sure to change and keep nothing of them. */
export function besideOwn(rows: readonly unknown[]): Block {
  return { rows: rows.length, bytes: ownTag, attached: rows as readonly Attachment[] };
}

export function isOwn({ bytes }: Block): boolean {
  return bytes === ownTag;
}

export function isBeside(block: Block): boolean {
  return block.bytes[0] === Encoding.beside;
}

/** Whether a block's rows are plain trees of nobody else's, by the kind of block; a no may be wrong. */
export function isPlain({ bytes }: Block): boolean {
  return bytes[0] === Encoding.beside || bytes[0] === Encoding.numbers;
}

/** The rows of such a block. Throws `ExchangeError` for damaged ones. */
export function rowsBeside({ rows, attached = [] }: Block): readonly unknown[] {
  if (attached.length !== rows) throw damaged('rows that belong to it are missing');
  return attached;
}

/**
 * Rows copied for a receiver on this same thread; `undefined` where one of them is no plain tree, or where they are numbers, which have a better way.
 *
 * @param copies gets the copies, in any case of the rows before such a one: getters need not run again
 */
export function besideCopies(
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  copies: unknown[] = [],
): Block | undefined {
  if (typeof rows[from] === 'number') return undefined;
  let surprises = 0;
  for (let row = from; row < to; row++) {
    if (typeof rows[row] === 'object' && surprises++ < MAX_SURPRISES) {
      row = copyRecords(rows, row, to, copies);
      if (row === to) break;
    }
    const value = rows[row];
    const copy = copyRow(value);
    if (copy === undefined && value !== undefined) return undefined;
    copies.push(copy);
  }
  return besideRows(copies);
}

/** The same of rows that are objects of one shape; `undefined` if one of them is not. */
export function besideAlike(
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  copies: unknown[] = [],
): Block | undefined {
  return copyRecords(rows, from, to, copies) === to ? besideRows(copies) : undefined;
}
