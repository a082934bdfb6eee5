/** Decoded rows of cached partitions, kept in this worker's own memory for the next task that reads them; the oldest go first. */

import { batchRows } from './batches.js';
import { Weigher } from './weigh.js';

/** Rows take about so many times what they do encoded. */
const decodedShare = 4;

const rowsByName = new Map<string, { readonly rows: readonly unknown[][]; readonly bytes: number }>();
let total = 0;

export function kept(name: string): readonly unknown[][] | undefined {
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
export function keep(name: string, rows: readonly unknown[][], bytes: number, most: number): void {
  if (bytes > most || rowsByName.has(name)) return;
  rowsByName.set(name, { rows, bytes });
  total += bytes;
  for (const [oldest, { bytes: freed }] of rowsByName) {
    if (total <= most) break;
    rowsByName.delete(oldest);
    total -= freed;
  }
}

/** Collects the rows that a task makes, for the next one. */
export class Keeper {
  readonly #name: string;
  readonly #rows: unknown[][] = [];
  #last: unknown[] = [];
  readonly #most: number;
  readonly #weigher = new Weigher();
  #tooMany = false;

  /** @param most encoded bytes that all rows a worker keeps may have been */
  constructor(name: string, most: number) {
    this.#name = name;
    this.#most = most;
  }

  add(row: unknown): void {
    if (this.#tooMany) return;
    this.#weigher.add(row);
    if (this.#weigher.bytes > this.#most * decodedShare) {
      this.#tooMany = true;
      this.#rows.length = 0;
      return;
    }
    if (this.#last.length === batchRows || this.#rows.length === 0) {
      this.#last = [];
      this.#rows.push(this.#last);
    }
    this.#last.push(row);
  }

  /** @param bytes of the rows, encoded */
  keep(bytes: number): void {
    if (!this.#tooMany) keep(this.#name, this.#rows, bytes, this.#most);
  }
}
