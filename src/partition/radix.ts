/** Stable sorting of words of 32 bits, unsigned, each with a place that it belongs to. */

/** Bits of a digit, for long lists and for short ones, whose time would go into tables. */
const wide = 11;
const narrow = 8;
const longList = 4096;
/** Lists up to this are better sorted by insertion: tables take longer. */
export const shortList = 32;

const counts = new Uint32Array(4 << wide);

/** Sorts `words`, and `places` along with them, both in place. Equal words stay in their order. */
export function radixSort(words: Uint32Array, places: Uint32Array): void {
  const { length } = words;
  // Only bits that differ need sorting: of words that are all alike in some, those are left out above and below.
  const differing = differences(words);
  if (differing === 0) return;
  const lowest = 31 - Math.clz32(differing & -differing);
  const bits = 32 - Math.clz32(differing) - lowest;
  const passes = Math.ceil(bits / (length < longList ? narrow : wide));
  const digit = Math.ceil(bits / passes);
  count(words, lowest, digit, passes);

  let from = words;
  let to: Uint32Array = new Uint32Array(length);
  let placesFrom = places;
  let placesTo: Uint32Array = new Uint32Array(length);
  for (let pass = 0; pass < passes; pass++) {
    distribute(from, placesFrom, to, placesTo, lowest + pass * digit, digit, pass << digit);
    [from, to] = [to, from];
    [placesFrom, placesTo] = [placesTo, placesFrom];
  }
  if (from !== words) {
    words.set(from);
    places.set(placesFrom);
  }
}

/** Bits that are not the same in all words; 0 also when the words are in order already. */
function differences(words: Uint32Array): number {
  const first = words[0]!;
  let differing = 0;
  let inOrder = true;
  let last = first;
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    differing |= word ^ first;
    if (word < last) inOrder = false;
    last = word;
  }
  return inOrder ? 0 : differing;
}

/** Fills `counts`, a table for each pass, with where in the result the words of each digit begin. */
function count(words: Uint32Array, lowest: number, digit: number, passes: number): void {
  const size = 1 << digit;
  const mask = size - 1;
  counts.fill(0, 0, passes * size);
  for (let i = 0; i < words.length; i++) {
    let rest = words[i]! >>> lowest;
    for (let table = 0; table < passes * size; table += size) {
      counts[table + (rest & mask)]!++;
      rest >>>= digit;
    }
  }
  for (let table = 0; table < passes * size; table += size) {
    let sum = 0;
    for (let at = table; at < table + size; at++) {
      const here = counts[at]!;
      counts[at] = sum;
      sum += here;
    }
  }
}

function distribute(
  words: Uint32Array,
  places: Uint32Array,
  toWords: Uint32Array,
  toPlaces: Uint32Array,
  shift: number,
  digit: number,
  table: number,
): void {
  const mask = (1 << digit) - 1;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const at = table + ((word >>> shift) & mask);
    const to = counts[at]!;
    counts[at] = to + 1;
    toWords[to] = word;
    toPlaces[to] = places[i]!;
  }
}
