/** Decoded rows of cached partitions, kept in this worker's own memory for the next task that reads them; the oldest go first. */

import type { NumberRows } from '../exchange/number-rows.js';

/** Rows that nobody changes. */
export type Kept = readonly unknown[] | NumberRows;

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
