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
  // Items come first. As many keys as items, the last being the last item, is the usual case.
  return keys.length > 0 && !isIndex(keys[keys.length - 1]!);
}

/** Whether a key is that of an item: the decimal form of an integer below 2^32 - 1. */
export function isIndex(key: string): boolean {
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < 4294967295 && String(index) === key;
}
