import { radixSort, shortList } from './radix.js';

/** Code units looked at in one go. */
const span = 24;
/** Strings that are alike up to here are compared as a whole. */
const far = 4 * span;
const wordSize = 2 ** 32;

/**
 * Sorts places by the strings that stand there (`texts[place]`), by code unit. A few code units at a time are packed into two words of 32 bits: at
 * each position only those count that occur there, so that what all strings have in common takes no room, and digits or letters take little.
 */
export function sortStrings(texts: readonly string[], places: Uint32Array, descending: boolean): void {
  const work = [{ run: places, from: 0 }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { run, from } = next;
    if (run.length <= shortList) insertionSort(texts, run, descending);
    else if (from >= far) compareSort(texts, run, descending);
    else {
      const alphabets = survey(texts, run, from);
      if (alphabets.isSettled) {
        // All have these code units in common, or all end here.
        if (alphabets.taken > 0) work.push({ run, from: from + alphabets.taken });
        continue;
      }
      sortPacked(texts, run, from, alphabets, descending, (alike) =>
        work.push({ run: alike, from: from + alphabets.taken }),
      );
    }
  }
}

/** What occurs at the positions looked at. */
interface Alphabets {
  /** For each position the least code unit, -1 where a string has ended: the end comes before every code unit. */
  readonly least: Int32Array;
  /** For each position the number of code units from the least to the greatest. */
  readonly sizes: Float64Array;
  /** Positions that fit into the first word, and those that fit into both. */
  readonly first: number;
  readonly taken: number;
  /** Whether there is only one code unit at each position taken. */
  readonly isSettled: boolean;
}

function survey(texts: readonly string[], run: Uint32Array, from: number): Alphabets {
  const least = new Int32Array(span).fill(0x10000);
  const greatest = new Int32Array(span).fill(-1);
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < run.length; i++) {
    const text = texts[run[i]!]!;
    const { length } = text;
    if (length < shortest) shortest = length;
    for (let at = from, position = 0; at < length && position < span; at++, position++) {
      const unit = text.charCodeAt(at);
      if (unit < least[position]!) least[position] = unit;
      if (unit > greatest[position]!) greatest[position] = unit;
    }
  }
  if (shortest - from < span) least.fill(-1, Math.max(0, shortest - from));
  const sizes = new Float64Array(span);
  for (let position = 0; position < span; position++) sizes[position] = greatest[position]! - least[position]! + 1;

  const fitting = (start: number): number => {
    let size = 1;
    let end = start;
    while (end < span && greatest[end]! >= 0 && size * sizes[end]! <= wordSize) size *= sizes[end++]!;
    return end;
  };
  const first = fitting(0);
  const taken = fitting(first);
  return { least, sizes, first, taken, isSettled: sizes.subarray(0, taken).every((size) => size === 1) };
}

/** Sorts by the positions taken; hands on what is alike in them and goes on. */
function sortPacked(
  texts: readonly string[],
  run: Uint32Array,
  from: number,
  alphabets: Alphabets,
  descending: boolean,
  alike: (run: Uint32Array) => void,
): void {
  const { first, taken } = alphabets;
  const words = packed(texts, run, from, 0, first, alphabets, descending);
  const more = taken > first ? packed(texts, run, from, first, taken, alphabets, descending) : undefined;
  const order = new Uint32Array(run.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  radixSort(words, order);
  const places = run.slice();
  for (let i = 0; i < order.length; i++) run[i] = places[order[i]!]!;
  const goesOn = (start: number): boolean => texts[run[start]!]!.length >= from + taken;

  eachRun(words, (start, end) => {
    const some = run.subarray(start, end);
    if (end - start <= shortList) {
      insertionSort(texts, some, descending);
    } else if (more === undefined) {
      if (goesOn(start)) alike(some);
    } else {
      const nextWords = new Uint32Array(end - start);
      for (let i = start; i < end; i++) nextWords[i - start] = more[order[i]!]!;
      radixSort(nextWords, some);
      eachRun(nextWords, (a, b) => {
        if (goesOn(start + a)) alike(some.subarray(a, b));
      });
    }
  });
}

/** The code units at some positions, in words of the same order. */
function packed(
  texts: readonly string[],
  run: Uint32Array,
  from: number,
  start: number,
  end: number,
  { least, sizes }: Alphabets,
  descending: boolean,
): Uint32Array {
  const words = new Uint32Array(run.length);
  let size = 1;
  for (let position = start; position < end; position++) size *= sizes[position]!;
  for (let i = 0; i < run.length; i++) {
    const text = texts[run[i]!]!;
    let word = 0;
    for (let position = start; position < end; position++) {
      const at = from + position;
      const unit = at < text.length ? text.charCodeAt(at) : -1;
      word = word * sizes[position]! + (unit - least[position]!);
    }
    words[i] = descending ? size - 1 - word : word;
  }
  return words;
}

/** Calls back with every stretch of equal words that is longer than one. */
function eachRun(words: Uint32Array, found: (start: number, end: number) => void): void {
  for (let start = 0; start < words.length; ) {
    let end = start + 1;
    while (end < words.length && words[end] === words[start]) end++;
    if (end - start > 1) found(start, end);
    start = end;
  }
}

function insertionSort(texts: readonly string[], places: Uint32Array, descending: boolean): void {
  for (let i = 1; i < places.length; i++) {
    const place = places[i]!;
    const text = texts[place]!;
    let at = i;
    for (; at > 0; at--) {
      const before = texts[places[at - 1]!]!;
      if (descending ? before >= text : before <= text) break;
      places[at] = places[at - 1]!;
    }
    places[at] = place;
  }
}

function compareSort(texts: readonly string[], places: Uint32Array, descending: boolean): void {
  const sign = descending ? -1 : 1;
  const sorted = Array.from(places).sort((i, j) => (texts[i]! < texts[j]! ? -sign : texts[i]! > texts[j]! ? sign : 0));
  places.set(sorted);
}
