/**
 * Snapshots of single values: what the caller changes afterwards must not show, yet many of them are to travel in one block. Data in
 * the form of a tree, the usual case, is copied as it is, which costs less than encoding it and lets the block choose its encoding.
 */
import { types } from 'node:util';
import type { Attachment, Block } from './block.js';
import { copyBlock } from './frame.js';
import { joinBlocks } from './groups.js';
import { LISTED } from './names.js';
import { type EncodeOptions, NO_ITEMS } from './options.js';
import { encodeRows, encodeValue } from './rows.js';

declare const brand: unique symbol;

/** A value as it was when {@link encodeRow} was called. Primitives are their own snapshot. */
export type EncodedRow = { readonly [brand]: 'snapshot' };

/** A row that is no plain tree, encoded by itself. */
class EncodedAlone {
  readonly block: Block;
  constructor(block: Block) {
    this.block = block;
  }
}

/** Whether the snapshot is a block of its own already. */
export function isEncodedAlone(row: EncodedRow): boolean {
  return (row as unknown) instanceof EncodedAlone;
}

/** What lies beside the bytes of a snapshot. */
export function memoryOf(row: EncodedRow): readonly Attachment[] {
  const value: unknown = row;
  return value instanceof EncodedAlone ? (value.block.attached ?? []) : [];
}

/** Takes the snapshot. Throws `ValueError` for what cannot be encoded; moves what `move` names. */
export function encodeRow(value: unknown, options: EncodeOptions = {}): EncodedRow {
  if (value === NO_ITEMS) return value as unknown as EncodedRow;
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') encodeValue(value, options);
    return value as unknown as EncodedRow;
  }
  const copy = copyTree(value, []);
  return (copy ?? new EncodedAlone(encodeValue(value, options))) as EncodedRow;
}

/** A snapshot that is no block; `undefined` for a value that cannot have one. */
export function copyRow(value: unknown): EncodedRow | undefined {
  if (typeof value === 'object' && value !== null) {
    const copy = copyTree(value, []);
    return copy === undefined || hasSymbols(copy) ? undefined : (copy as EncodedRow);
  }
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : (value as EncodedRow);
}

/**
 * One block of many snapshots, each a row: of those from `from` up to `to`.
 *
 * @param isLast the snapshots are not needed again, so that the block may have their memory: what they moved into it is not copied
 */
export function packRows(rows: readonly EncodedRow[], from = 0, to = rows.length, isLast = false): Block {
  const parts: Block[] = [];
  let start = from;
  for (let i = from; i < to; i++) {
    const row: unknown = rows[i];
    if (typeof row !== 'object' || !(row instanceof EncodedAlone)) continue;
    if (i > start) parts.push(encodeRows(rows, { from: start, to: i }));
    parts.push(isLast ? row.block : copyBlock(row.block));
    start = i + 1;
  }
  if (start < to || parts.length === 0) parts.push(encodeRows(rows, { from: start, to }));
  return joinBlocks(parts);
}

/** A block of rows of which the first were copied already. */
export function encodeBehind(
  copies: readonly unknown[],
  rows: ArrayLike<unknown>,
  options: EncodeOptions & { readonly from: number; readonly firstIndex: number },
): Block {
  const { length } = copies;
  if (length === 0) return encodeRows(rows, options);
  const { from, firstIndex } = options;
  const others = encodeRows(rows, { ...options, from: from + length, firstIndex: firstIndex + length });
  return joinBlocks([encodeRows(copies), others]);
}

/** Whether an object of a copied tree has symbols for keys, which only an encoding leaves out. */
function hasSymbols(tree: object): boolean {
  if (Object.getOwnPropertySymbols(tree).length > 0) return true;
  return Object.values(tree).some((value) => typeof value === 'object' && value !== null && hasSymbols(value));
}

const MAX_OBJECTS = 24;

/**
 * A copy of plain objects and arrays; `undefined` for a value that holds anything else, holds one object twice, or is large.
 * `objects` are those met so far. Exact because spreading an object copies what structured clone copies (own enumerable properties, through getters), and symbols,
 * which encoding the copy then leaves out.
 */
function copyTree(value: object, objects: object[]): object | undefined {
  if (objects.length >= MAX_OBJECTS || objects.includes(value) || types.isProxy(value)) return undefined;
  objects.push(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return copyObject(value, objects);
  return prototype === Array.prototype && Array.isArray(value) ? copyArray(value, objects) : undefined;
}

function copyObject(value: object, objects: object[]): object | undefined {
  const copy: Record<string, unknown> = { ...value };
  let isFirst = true;
  for (const key in copy) {
    // An arguments object has indices as keys.
    if (isFirst && key === '0') return undefined;
    isFirst = false;
    const item = copy[key];
    if (typeof item === 'object' && item !== null) {
      const inner = copyTree(item, objects);
      if (inner === undefined) return undefined;
      copy[key] = inner;
    } else if (typeof item === 'function' || typeof item === 'symbol') {
      return undefined;
    }
  }
  return isFirst && types.isArgumentsObject(value) ? undefined : copy;
}

function copyArray(value: readonly unknown[], objects: object[]): object | undefined {
  const { length } = value;
  if (length > LISTED || Object.keys(value).length !== length) return undefined;
  const copy: unknown[] = [];
  for (let i = 0; i < length; i++) {
    const item = value[i];
    if (item === undefined && !Object.hasOwn(value, i)) return undefined;
    if (typeof item === 'object' && item !== null) {
      const inner = copyTree(item, objects);
      if (inner === undefined) return undefined;
      copy.push(inner);
    } else if (typeof item === 'function' || typeof item === 'symbol') {
      return undefined;
    } else {
      copy.push(item);
    }
  }
  return copy;
}
