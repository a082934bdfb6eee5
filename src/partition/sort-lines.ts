/**
 * Lines of UTF-8 in the order that strings have, without strings. Strings go by UTF-16 code unit, bytes of UTF-8 by code point; the two
 * differ only where characters past U+FFFF (four bytes, surrogates in UTF-16) meet those from U+E000 on, so that the bytes that begin
 * these change their order.
 */
import { radixSort, shortList } from './radix.js';

/** Line `i` is `bytes` from `starts[i]` to `ends[i]`: whole UTF-8. */
export interface ByteLines {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** What a byte counts as. Where two lines differ first, either both bytes begin characters or none does. */
const rank = new Uint8Array(256).map((_, byte) => {
  if (byte >= 0xf0 && byte <= 0xf4) return byte - 2;
  return byte === 0xee || byte === 0xef ? byte + 5 : byte;
});

/** Negative when the line `a[from, end)` comes before `b[fromB, endB)`, 0 when they are the same. */
export function compareLines(
  a: Uint8Array,
  from: number,
  end: number,
  b: Uint8Array,
  fromB: number,
  endB: number,
): number {
  const length = Math.min(end - from, endB - fromB);
  for (let i = 0; i < length; i++) {
    const x = a[from + i]!;
    const y = b[fromB + i]!;
    if (x !== y) return rank[x]! - rank[y]!;
  }
  return end - from - (endB - fromB);
}

/** The first four bytes of a line as a number that orders as the line does; a line that ends before is filled up with zeros. */
export function lineWord(bytes: Uint8Array, from: number, end: number): number {
  if (from + 4 <= end)
    return (
      ((rank[bytes[from]!]! << 24) |
        (rank[bytes[from + 1]!]! << 16) |
        (rank[bytes[from + 2]!]! << 8) |
        rank[bytes[from + 3]!]!) >>>
      0
    );
  let word = 0;
  for (let i = from; i < from + 4; i++) word = (word << 8) | (i < end ? rank[bytes[i]!]! : 0);
  return word >>> 0;
}

/** The places of lines in order. */
export function sortLines(lines: ByteLines, count: number, descending: boolean): Uint32Array {
  const { bytes, starts, ends } = lines;
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const compare = (a: number, b: number): number =>
    compareLines(bytes, starts[a]!, ends[a]!, bytes, starts[b]!, ends[b]!);
  const work = [{ places: order, depth: 0 }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { places, depth } = next;
    if (places.length <= shortList) {
      insert(places, compare);
      continue;
    }
    const words = new Uint32Array(places.length);
    for (let i = 0; i < words.length; i++) words[i] = lineWord(bytes, starts[places[i]!]! + depth, ends[places[i]!]!);
    radixSort(words, places);
    for (let from = 0; from < words.length; ) {
      const word = words[from]!;
      let to = from + 1;
      while (to < words.length && words[to] === word) to++;
      const same = places.subarray(from, to);
      // Lines of which some may have ended are mostly the same line, which sorting by comparing is quick with.
      if (to - from > shortList && (word & 255) === 0) same.set(Array.from(same).sort(compare));
      else if (to - from > 1) work.push({ places: same, depth: depth + 4 });
      from = to;
    }
  }
  // Lines that are equal are the same row, so that nobody can tell in which order they are.
  return descending ? order.reverse() : order;
}

function insert(places: Uint32Array, compare: (a: number, b: number) => number): void {
  for (let i = 1; i < places.length; i++) {
    const place = places[i]!;
    let at = i;
    while (at > 0 && compare(places[at - 1]!, place) > 0) {
      places[at] = places[at - 1]!;
      at--;
    }
    places[at] = place;
  }
}
