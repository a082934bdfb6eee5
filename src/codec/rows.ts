/** Rows to a block and back: chooses encodings, the general one where no other fits. */
import { rowsBeside } from './beside.js';
import type { Block } from './block.js';
import { damaged } from './bytes.js';
import {
  decodeConstants,
  decodeNumbers,
  decodeStrings,
  decodeViews,
  type Encoded,
  encodeConstants,
  encodeNumbers,
  encodeStrings,
  encodeTypedNumbers,
  encodeViews,
} from './columns.js';
import { forcedEncoder } from './forced.js';
import { readGeneral } from './general/reader.js';
import { GeneralWriter } from './general/writer.js';
import { joinBlocks, splitBlock } from './groups.js';
import { lentRows } from './lent.js';
import type { EncodeOptions, EncoderName } from './options.js';
import { decodeRecords, encodeRecords } from './records/index.js';
import { Encoding } from './tags.js';

/** Encodes rows from `from` as far as it can; `undefined` if it cannot carry the first one. */
type Encoder = (rows: ArrayLike<unknown>, from: number, to: number) => Encoded | undefined;

const encoders: Record<Exclude<EncoderName, 'general'>, Encoder> = {
  numbers: encodeNumbers,
  constants: encodeConstants,
  strings: encodeStrings,
  views: encodeViews,
  records: (rows, from, to) => encodeRecords(rows, from, to),
};

/** After a row that no special encoding carries, so many go by the general one before others are tried again; then twice as many. */
const GENERAL_STRETCH = 32;
/** Blocks of mixed rows are not cut up further. */
const MAX_SURPRISES = 8;

/**
 * Encodes rows, each by itself: what two rows share arrives twice. Getters run, more than once in rows that turn out not to be like
 * their neighbours. Throws `ValueError` for a row that cannot be encoded; then nothing has been moved.
 */
export function encodeRows(rows: ArrayLike<unknown>, options: EncodeOptions = {}): Block {
  const { from = 0, to = rows.length, firstIndex = from, encoder: forced = forcedEncoder } = options;
  if (forced === undefined && isNumberArray(rows)) return encodeTypedNumbers(rows, from, to);
  // Only the general writer moves, and a buffer must be moved by one writer, which knows all of its uses.
  if (options.move !== undefined && options.move.length > 0) return general(rows, from, to, firstIndex, options);
  const parts: Block[] = [];
  let surprises = 0;
  for (let at = from; at < to || parts.length === 0; ) {
    const encoded = surprises < MAX_SURPRISES ? select(forced, rows[at])?.(rows, at, to) : undefined;
    if (options.moveFresh === true && encoded?.end !== to) return general(rows, from, to, firstIndex, options);
    if (encoded !== undefined) {
      parts.push(encoded.block);
      at = encoded.end;
      if (at === to) break;
    }
    const stretch = surprises < MAX_SURPRISES ? Math.min(to, at + GENERAL_STRETCH * 2 ** surprises++) : to;
    parts.push(general(rows, at, stretch, firstIndex + at - from, options));
    at = stretch;
  }
  return joinBlocks(parts);
}

/** Encodes one value, which is no item: errors have no index unless `firstIndex` is given. */
export function encodeValue(value: unknown, options: EncodeOptions = {}): Block {
  return general([value], 0, 1, options.firstIndex, options);
}

function select(forced: EncoderName | undefined, first: unknown): Encoder | undefined {
  if (forced !== undefined) return forced === 'general' ? undefined : encoders[forced];
  switch (typeof first) {
    case 'number':
      return encodeNumbers;
    case 'string':
      return encodeStrings;
    case 'boolean':
    case 'undefined':
      return encodeConstants;
    case 'object':
      if (first === null) return encodeConstants;
      return ArrayBuffer.isView(first) ? encodeViews : encoders.records;
    default:
      return undefined;
  }
}

function isNumberArray(rows: ArrayLike<unknown>): rows is Float64Array {
  return ArrayBuffer.isView(rows) && !(rows instanceof DataView) && typeof (rows as Float64Array)[0] === 'number';
}

const idle: GeneralWriter[] = [];

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
  const encoding = block.bytes[0];
  if (encoding === Encoding.numbers) return decodeNumbers(block);
  if (encoding === Encoding.beside) return rowsBeside(block);
  const rows: unknown[] = [];
  decodeInto(block, rows, 0);
  return rows;
}

type Target = { [index: number]: unknown };

/** Decodes a block's rows into `target[at]` and what follows it; `target` may be a typed array. */
export function decodeInto(block: Block, target: Target, at: number): void {
  const decode = decoders.get(block.bytes[0]);
  if (decode === undefined) throw damaged('its encoding is unknown');
  decode(block, target, at);
}

const decoders = new Map<number | undefined, (block: Block, target: Target, at: number) => void>([
  [Encoding.general, decodeGeneral],
  [Encoding.numbers, (block, target, at) => storeNumbers(decodeNumbers(block), target, at)],
  [Encoding.constants, decodeConstants],
  [Encoding.strings, decodeStrings],
  [Encoding.views, decodeViews],
  [Encoding.records, decodeRecords],
  [Encoding.groups, decodeGroups],
  [
    Encoding.lent,
    (block, target, at) => {
      for (const [i, row] of lentRows(block, false).entries()) target[at + i] = row;
    },
  ],
  [
    Encoding.beside,
    (block, target, at) => {
      for (const [i, row] of rowsBeside(block).entries()) target[at + i] = row;
    },
  ],
]);

function decodeGeneral(block: Block, target: Target, at: number): void {
  readGeneral(block, (row, i) => {
    target[at + i] = row;
  });
}

function decodeGroups(block: Block, target: Target, at: number): void {
  let next = at;
  for (const part of splitBlock(block)) {
    decodeInto(part, target, next);
    next += part.rows;
  }
}

function storeNumbers(numbers: Float64Array, target: Target, at: number): void {
  if (isNumberArray(target as unknown as ArrayLike<unknown>)) {
    (target as unknown as Float64Array).set(numbers, at);
    return;
  }
  for (let i = 0; i < numbers.length; i++) target[at + i] = numbers[i];
}

/** The value of {@link encodeValue}. */
export function decodeValue(block: Block): unknown {
  if (block.rows !== 1) throw damaged(`it has ${block.rows} rows instead of one`);
  return decodeRows(block)[0];
}
