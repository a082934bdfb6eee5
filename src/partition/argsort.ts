import { compareKeys } from './keys.js';

/**
 * The order of keys, as the places they have in the list: `order[0]` is the place of the first. Stable: keys that are the same stay in the
 * order of the list, with `descending` too.
 */
export function argsort(keys: readonly unknown[], descending: boolean): Uint32Array {
  const order = Uint32Array.from(keys, (_, i) => i);
  if (descending) return order.sort((i, j) => compareKeys(keys[j], keys[i]) || i - j);
  return order.sort((i, j) => compareKeys(keys[i], keys[j]) || i - j);
}
