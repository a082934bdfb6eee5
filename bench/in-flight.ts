/** Calls `call` for every item at once. */
export const allAtOnce = <T, U>(items: readonly T[], call: (item: T) => PromiseLike<U>): Promise<U[]> =>
  Promise.all(items.map(call));

/** Calls `call` for every item, `limit` at a time; results in the items' order. */
export async function inFlight<T, U>(
  limit: number,
  items: readonly T[],
  call: (item: T) => PromiseLike<U>,
): Promise<U[]> {
  const results = new Array<U>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await call(items[i]!);
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  return results;
}

/** Cuts a list into `count` parts of about the same length. */
export function chunksOf<T>(items: readonly T[], count: number): T[][] {
  const size = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
