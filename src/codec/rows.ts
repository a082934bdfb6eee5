import type { Block } from './block.js';
import { damaged } from './bytes.js';
import { readGeneral } from './general-reader.js';
import { GeneralWriter } from './general-writer.js';
import type { EncodeOptions } from './options.js';
import { Encoding } from './tags.js';

const idle: GeneralWriter[] = [];

/**
 * Encodes rows, each by itself: what two rows share arrives twice. Throws `ValueError` for a row that cannot be encoded, and then
 * nothing has been moved.
 */
export function encodeRows(rows: ArrayLike<unknown>, options: EncodeOptions = {}): Block {
  const { from = 0, to = rows.length, firstIndex = from } = options;
  return general(rows, from, to, firstIndex, options);
}

/** Encodes one value. */
export function encodeValue(value: unknown, options: EncodeOptions = {}): Block {
  return general([value], 0, 1, options.firstIndex, options);
}

function general(
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  firstIndex: number | undefined,
  options: EncodeOptions,
): Block {
  // A getter of a row may encode something itself.
  const writer = idle.pop() ?? new GeneralWriter();
  try {
    return writer.encode(rows, from, to, firstIndex, options);
  } finally {
    idle.push(writer);
  }
}

/**
 * The rows of a block, by index. Numbers come as a view of the block's own bytes, and attached memory becomes part of the rows: a
 * block may be decoded once. Throws `ExchangeError` for damaged bytes.
 */
export function decodeRows(block: Block): ArrayLike<unknown> {
  const rows: unknown[] = [];
  decodeInto(block, rows, 0);
  return rows;
}

/** Decodes a block's rows into `target[at]` and what follows it. */
export function decodeInto(block: Block, target: { [index: number]: unknown }, at: number): void {
  switch (block.bytes[0]) {
    case Encoding.general:
      readGeneral(block, (row, i) => {
        target[at + i] = row;
      });
      return;
    default:
      throw damaged('its encoding is unknown');
  }
}

/** The value of {@link encodeValue}. */
export function decodeValue(block: Block): unknown {
  if (block.rows !== 1) throw damaged(`it has ${block.rows} rows instead of one`);
  return decodeRows(block)[0];
}
