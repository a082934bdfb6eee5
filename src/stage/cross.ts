import { type Batches, ofIterable } from './batches.js';

/** Every row of one side with every row of the other, which is read anew for each batch of the first. */
export function crossed(left: Batches, right: () => Batches): Batches {
  let rows: unknown[] = [];
  let other: Batches | undefined;
  let pairs: Batches | undefined;
  const next = async (): Promise<unknown[] | undefined> => {
    for (;;) {
      const some = await pairs?.next();
      if (some !== undefined) return some;
      pairs = undefined;
      if (other === undefined) {
        const more = await left.next();
        if (more === undefined) return undefined;
        rows = more;
        other = right();
      }
      const more = await other.next();
      if (more === undefined) other = undefined;
      else pairs = ofIterable(pairsOf(rows, more));
    }
  };
  return { next, close: () => left.close() };
}

function* pairsOf(rows: readonly unknown[], others: readonly unknown[]): Generator<unknown> {
  for (const a of rows) for (const b of others) yield [a, b];
}
