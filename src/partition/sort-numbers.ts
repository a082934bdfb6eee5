import { radixSort, shortList } from './radix.js';

/**
 * Sorts places by the numbers that stand there (`values[place]`), NaN last: 32 bits at a time, the highest that differ first. Whole numbers
 * that are near each other need no more than one time.
 */
export function sortNumbers(values: Float64Array, places: Uint32Array, descending: boolean): void {
  if (places.length <= shortList) {
    insertionSort(values, places, descending);
    return;
  }
  const extent = integerExtent(values, places);
  if (extent === undefined) {
    sortByBits(values, places, descending);
    return;
  }
  const words = new Uint32Array(places.length);
  const { least, greatest } = extent;
  if (descending) for (let i = 0; i < words.length; i++) words[i] = greatest - values[places[i]!]!;
  else for (let i = 0; i < words.length; i++) words[i] = values[places[i]!]! - least;
  radixSort(words, places);
}

/** The least and the greatest of numbers that are integers of 32 bits, all of them; otherwise nothing. */
function integerExtent(values: Float64Array, places: Uint32Array): { least: number; greatest: number } | undefined {
  let least = 0x7fffffff;
  let greatest = -0x80000000;
  for (let i = 0; i < places.length; i++) {
    const value = values[places[i]!]!;
    const integer = value | 0;
    if (integer !== value) return undefined;
    if (integer < least) least = integer;
    if (integer > greatest) greatest = integer;
  }
  return { least, greatest };
}

const float = new Float64Array(1);
const halves = new Int32Array(float.buffer);
float[0] = 1;
const low = halves[0] === 0 ? 0 : 1;
const high = 1 - low;

function sortByBits(values: Float64Array, places: Uint32Array, descending: boolean): void {
  const { length } = places;
  // Bits of doubles, changed so that their order as unsigned integers is the order of the numbers.
  const highs = new Uint32Array(length);
  const lows = new Uint32Array(length);
  const flip = descending ? -1 : 0;
  let differingHigh = 0;
  let differingLow = 0;
  for (let i = 0; i < length; i++) {
    const value = values[places[i]!]!;
    float[0] = Number.isNaN(value) ? Number.NaN : value + 0;
    const sign = halves[high]! >> 31;
    const h = halves[high]! ^ (sign | 0x80000000) ^ flip;
    const l = halves[low]! ^ sign ^ flip;
    highs[i] = h;
    lows[i] = l;
    differingHigh |= h ^ highs[0]!;
    differingLow |= l ^ lows[0]!;
  }
  if (differingHigh === 0) {
    radixSort(lows, places);
    return;
  }
  const skipped = Math.clz32(differingHigh);
  if (skipped > 0) for (let i = 0; i < length; i++) highs[i] = (highs[i]! << skipped) | (lows[i]! >>> (32 - skipped));
  radixSort(highs, places);
  if (differingLow << skipped !== 0) sortRuns(values, places, highs, descending);
}

/** Sorts what is alike in the bits that were looked at by all bits. */
function sortRuns(values: Float64Array, places: Uint32Array, words: Uint32Array, descending: boolean): void {
  for (let from = 0; from < words.length; ) {
    let to = from + 1;
    while (to < words.length && words[to] === words[from]) to++;
    if (to - from > 1) {
      const run = places.subarray(from, to);
      if (run.length <= shortList) insertionSort(values, run, descending);
      else sortByBits(values, run, descending);
    }
    from = to;
  }
}

function insertionSort(values: Float64Array, places: Uint32Array, descending: boolean): void {
  for (let i = 1; i < places.length; i++) {
    const place = places[i]!;
    const value = values[place]!;
    let at = i;
    for (; at > 0; at--) {
      const before = values[places[at - 1]!]!;
      if (descending ? !isBelow(before, value) : !isBelow(value, before)) break;
      places[at] = places[at - 1]!;
    }
    places[at] = place;
  }
}

function isBelow(a: number, b: number): boolean {
  return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}
