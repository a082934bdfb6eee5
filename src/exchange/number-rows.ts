/**
 * Rows of numbers as they lie in a frame: numbers, pairs of numbers, or objects that hold nothing else. Generated code makes a row of
 * them where one is needed, and mostly none is.
 */
import { type Block, numberRecords } from '../codec/index.js';
import { Encoding } from '../codec/tags.js';
import { blocksOf, type Header, rowsOf } from './frames.js';

/** What rows look like. */
export interface Shape {
  /** The same for rows that look the same. */
  readonly id: string;
  readonly columns: number;
  /** Code that makes row `i` of the columns `c0`, `c1` … */
  readonly text: string;
}

export class NumberRows {
  readonly length: number;
  readonly shape: Shape;
  readonly columns: readonly Float64Array[];
  readonly #decode: () => unknown[];

  constructor(shape: Shape, columns: readonly Float64Array[], length: number, decode: () => unknown[]) {
    this.shape = shape;
    this.columns = columns;
    this.length = length;
    this.#decode = decode;
  }

  /** The rows, made anew at each call. */
  rows(): unknown[] {
    return this.#decode();
  }
}

const number: Shape = { id: 'number', columns: 1, text: 'c0[i]' };
const pair: Shape = { id: 'pair', columns: 2, text: '[c0[i], c1[i]]' };
const records = new WeakMap<readonly string[], Shape>();

/** The rows of a frame's body, which is whole; `undefined` where they are not all numbers. */
export function numberRowsOf(header: Header, body: Uint8Array): NumberRows | undefined {
  if (header.lines || header.rows === 0) return undefined;
  const blocks = blocksOf(header, body);
  const decode = (): unknown[] => rowsOf(header, body);
  if (blocks.length === 1) {
    const found = numberRecords(blocks[0]!);
    if (found !== undefined) return new NumberRows(shapeOf(found.keys), [found.values], header.rows, decode);
  }
  const columns = blocks.map((block) => numbersOf(block, header.rows));
  if (columns.some((column) => column === undefined)) return undefined;
  return new NumberRows(header.pairs ? pair : number, columns as Float64Array[], header.rows, decode);
}

function numbersOf({ bytes, rows }: Block, expected: number): Float64Array | undefined {
  if (bytes[0] !== Encoding.numbers || rows !== expected || bytes.length !== 8 + 8 * rows) return undefined;
  const at = bytes.byteOffset + 8;
  return at % 8 === 0 ? new Float64Array(bytes.buffer, at, rows) : new Float64Array(bytes.slice(8).buffer);
}

function shapeOf(keys: readonly string[]): Shape {
  let shape = records.get(keys);
  if (shape === undefined) {
    const values = keys.map((key, at) => `${JSON.stringify(key)}: c0[i * ${keys.length} + ${at}]`);
    shape = { id: JSON.stringify(keys), columns: 1, text: `{ ${values.join(', ')} }` };
    records.set(keys, shape);
  }
  return shape;
}
