/** Named properties of arrays, such as `index` and `input` of a match of a regular expression: structured clone carries them. */
import { inspect } from 'node:util';

/** Past this length it is cheaper to ask `inspect`, whose cost does not grow with the array, than to list the keys. */
export const LISTED = 128;

const INSPECT_NO_ITEMS = {
  maxArrayLength: 0,
  depth: 0,
  customInspect: false,
  breakLength: Infinity,
  compact: 3,
} as const;

/** Whether an array has own enumerable properties with string keys besides its items. */
export function hasNames(array: readonly unknown[]): boolean {
  if (array.length > LISTED && inspect(array, INSPECT_NO_ITEMS) === `[ ... ${array.length} more items ]`) return false;
  const keys = Object.keys(array);
  if (keys.length === 0) return false;
  // Items come first, so the last key tells; usually it is that of the last item.
  const last = keys[keys.length - 1]!;
  return last !== String(array.length - 1) && !isIndex(last);
}

/** Whether a key is that of an item: the decimal form of an integer below 2^32 - 1. */
export function isIndex(key: string): boolean {
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < 4294967295 && String(index) === key;
}
