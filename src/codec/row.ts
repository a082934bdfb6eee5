import type { Block } from './block.js';
import type { EncodeOptions } from './options.js';
import { decodeValue, encodeRows, encodeValue } from './rows.js';

/** A value as it was at one moment, to be packed into a block later. Primitives are their own snapshot. */
export type EncodedRow = { readonly snapshot: unknown };

export function encodeRow(value: unknown, options: EncodeOptions = {}): EncodedRow {
  return {
    snapshot:
      typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol'
        ? decodeValue(encodeValue(value, options))
        : value,
  };
}

export function packRows(rows: readonly EncodedRow[], options: EncodeOptions = {}): Block {
  return encodeRows(
    rows.map((row) => row.snapshot),
    options,
  );
}
