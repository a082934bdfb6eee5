/** Figures of numbers, a partition at a time. */

/** Count, sum, mean and the sum of squared differences from it, by Welford; two are joined as Chan, Golub and LeVeque do. */
export interface Moments {
  count: number;
  sum: number;
  mean: number;
  squares: number;
  min: number;
  max: number;
}

export function momentsOf(): { add(rows: readonly number[]): void; result(): Moments } {
  const m: Moments = { count: 0, sum: 0, mean: 0, squares: 0, min: Infinity, max: -Infinity };
  return {
    add: (rows) => {
      for (const x of rows) {
        m.count++;
        m.sum += x;
        const delta = x - m.mean;
        m.mean += delta / m.count;
        m.squares += delta * (x - m.mean);
        // NaN spreads, as in Math.min.
        m.min = Math.min(m.min, x);
        m.max = Math.max(m.max, x);
      }
    },
    result: () => m,
  };
}

/** How many numbers lie in each bucket: [edge, next edge), the last one closed. */
export function bucketsOf(edges: readonly number[]): { add(rows: readonly number[]): void; result(): number[] } {
  const counts = new Array<number>(edges.length - 1).fill(0);
  return {
    add: (rows) => {
      for (const x of rows) {
        const bucket = bucketOf(edges, x);
        if (bucket >= 0) counts[bucket]!++;
      }
    },
    result: () => counts,
  };
}

function bucketOf(edges: readonly number[], x: number): number {
  const last = edges.length - 1;
  if (!(x >= edges[0]! && x <= edges[last]!)) return -1;
  let low = 0;
  let high = last - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}
