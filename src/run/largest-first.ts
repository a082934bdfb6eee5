import { type Source, sourceOf } from './source.js';

/**
 * Reads the whole input and gives it out in the order of cost; equal costs keep the input's order. `ordered` is told where in the input the
 * items of the new order stand.
 */
export function largestFirst(
  source: Source,
  costOf: (item: unknown) => number,
  ordered: (order: number[]) => void,
): Source {
  const rows: unknown[] = [];
  let sorted: Source | undefined;
  const sort = (): Source => {
    const costs = rows.map((row) => {
      const cost = costOf(row);
      if (typeof cost !== 'number' || Number.isNaN(cost))
        throw new TypeError(`cost must return a number, not ${String(cost)}`);
      return cost;
    });
    const order = rows.map((_, index) => index).sort((a, b) => costs[b]! - costs[a]!);
    ordered(order);
    return sourceOf(
      order.map((index) => rows[index]),
      0,
      () => {},
    );
  };
  return {
    total: source.total,
    take: (max, maxBytes) => {
      while (sorted === undefined) {
        const slice = source.take(Infinity);
        if (slice === 'wait') return 'wait';
        if (slice === 'end') sorted = sort();
        else for (let row = slice.from; row < slice.to; row++) rows.push(slice.rows[row]);
      }
      return sorted.take(max, maxBytes);
    },
    close: () => source.close(),
  };
}
