/** Decoded rows of cached partitions, kept in this worker's own memory for the next task that reads them; the oldest go first. */

import { headerAt, headerBytes } from '../exchange/frames.js';
import { type NumberRows, numberRowsOf } from '../exchange/number-rows.js';

import { Weigher } from './weigh.js';

/** Rows that nobody changes. */
export type Kept = readonly unknown[] | NumberRows;

/** Rows take about so many times what they do encoded. */
const decodedShare = 4;

const rowsByName = new Map<string, { readonly rows: readonly Kept[]; readonly bytes: number }>();
let total = 0;

export function kept(name: string): readonly Kept[] | undefined {
  const found = rowsByName.get(name);
  if (found === undefined) return undefined;
  rowsByName.delete(name);
  rowsByName.set(name, found);
  return found.rows;
}

/**
 * @param bytes of the rows, encoded
 * @param most bytes that all rows a worker keeps may have been
 */
export function keep(name: string, rows: readonly Kept[], bytes: number, most: number): void {
  if (bytes > most || rowsByName.has(name)) return;
  rowsByName.set(name, { rows, bytes });
  total += bytes;
  for (const [oldest, { bytes: freed }] of rowsByName) {
    if (total <= most) break;
    rowsByName.delete(oldest);
    total -= freed;
  }
}

/** Collects the rows that a task makes, for the next one. Those that are all numbers are read where they lie, and need not be kept. */
export class Keeper {
  readonly #name: string;
  readonly #rows: (readonly unknown[])[] = [];
  readonly #most: number;
  readonly #weigher = new Weigher();
  /** There is nothing to keep, or too much. */
  #isOver = false;

  /** @param most encoded bytes that all rows a worker keeps may have been */
  constructor(name: string, most: number) {
    this.#name = name;
    this.#most = most;
  }

  /** Rows that have become a frame, and are nobody else's now. */
  add(rows: readonly unknown[], frame: Uint8Array): void {
    if (this.#isOver) return;
    for (const row of rows) this.#weigher.add(row);
    const isNumbers = numberRowsOf(headerAt(frame, 0)!, frame.subarray(headerBytes)) !== undefined;
    this.#isOver = isNumbers || this.#weigher.bytes > this.#most * decodedShare;
    if (this.#isOver) this.#rows.length = 0;
    else this.#rows.push(rows);
  }

  /** @param bytes of the rows, encoded */
  keep(bytes: number): void {
    if (!this.#isOver) keep(this.#name, this.#rows, bytes, this.#most);
  }
}
