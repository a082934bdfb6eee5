/** Decoded rows of cached partitions, kept in this worker's own memory for the next task that reads them; the oldest go first. */

/** Encoded bytes that the kept rows of a worker may have been. */
const mostBytes = 256 * 1024 * 1024;

const rowsByName = new Map<string, { readonly rows: readonly unknown[][]; readonly bytes: number }>();
let total = 0;

export function kept(name: string): readonly unknown[][] | undefined {
  const found = rowsByName.get(name);
  if (found === undefined) return undefined;
  rowsByName.delete(name);
  rowsByName.set(name, found);
  return found.rows;
}

export function keep(name: string, rows: readonly unknown[][], bytes: number): void {
  if (bytes > mostBytes || rowsByName.has(name)) return;
  rowsByName.set(name, { rows, bytes });
  total += bytes;
  for (const [oldest, { bytes: freed }] of rowsByName) {
    if (total <= mostBytes) break;
    rowsByName.delete(oldest);
    total -= freed;
  }
}
