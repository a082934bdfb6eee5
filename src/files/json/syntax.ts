/** As much of JSON's syntax as is needed to tell values apart without reading them. */
import type { Ends } from '../row-blocks.js';
import type { Window } from '../window.js';

export const isSpace = (c: number): boolean => c === 32 || c === 10 || c === 13 || c === 9;

/** What a value can end with: a bracket, a quote, a digit, or the last letter of true, false and null. */
export const endsValue = (c: number): boolean =>
  c === 125 || c === 93 || c === 34 || (c >= 48 && c <= 57) || c === 101 || c === 108;

/** What a value can begin with. */
export const beginsValue = (c: number): boolean =>
  c === 123 || c === 91 || c === 34 || (c >= 48 && c <= 57) || c === 45 || c === 116 || c === 102 || c === 110;

/** So far back at most is the end of a value looked for. */
const behind = 64;

/**
 * A line end between two values ends a row: inside of objects and arrays a comma, a colon or a bracket would stand there, and strings
 * cannot hold a line end. So it can be told from a few bytes whether a line end is inside of a value, in any file that is JSON.
 */
export const valueEnds: Ends = {
  behind,
  first(window, from) {
    const { bytes, end } = window;
    for (let at = from; ; ) {
      const index = bytes.indexOf(10, at);
      if (index < 0 || index >= end) return ~end;
      if (isBehindValue(bytes, window.start, index)) {
        const next = skipSpace(bytes, index + 1, end);
        if (next === end) return ~index;
        if (beginsValue(bytes[next]!)) return index + 1;
      }
      at = index + 1;
    }
  },
  last({ bytes, end }, from, limit) {
    for (let at = limit; at > from; ) {
      const index = bytes.lastIndexOf(10, at - 1);
      if (index < from) return 0;
      if (isBehindValue(bytes, from, index)) {
        const next = skipSpace(bytes, index + 1, end);
        if (next < end && beginsValue(bytes[next]!)) return index + 1;
      }
      at = index;
    }
    return 0;
  },
};

function isBehindValue(bytes: Uint8Array, from: number, index: number): boolean {
  for (let i = index - 1; i >= Math.max(from, index - behind); i--) {
    const c = bytes[i]!;
    if (c !== 32 && c !== 9 && c !== 13) return endsValue(c);
  }
  return false;
}

export function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && isSpace(bytes[i]!)) i++;
  return i;
}

/** Follows brackets and strings, byte by byte. */
export class Structure {
  depth = 0;
  #inString = false;
  #escaped = false;

  /**
   * Goes on from `from` and stops at the first byte that is a comma with `depth` 1 around it, or closes the last bracket: its index, or
   * `end` if there is none.
   */
  follow(bytes: Uint8Array, from: number, end: number): number {
    let { depth } = this;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let i = from;
    for (; i < end; i++) {
      const c = bytes[i]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (c === 92) escaped = true;
        else if (c === 34) inString = false;
      } else if (c === 34) inString = true;
      else if (c === 123 || c === 91) depth++;
      else if (c === 125 || c === 93) {
        if (--depth <= 0) break;
      } else if (c === 44 && depth === 1) break;
    }
    this.depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return i;
  }
}

/** What a file holds: one array, whose elements are rows, or values one behind the other. */
export type Shape = 'array' | 'values';

/** An array that has no end so far is taken for the only value of its file. */
const farEnough = 1 << 20;

/** Looks at the beginning of a file, as much of it as is needed. What has been read stays in the window. */
export function shapeOf(window: Window): Shape | Promise<Shape> {
  const structure = new Structure();
  let seen = -1;
  for (;;) {
    const { bytes, start, end, ended } = window;
    const first = skipSpace(bytes, start + bomAt(window), end);
    if (first < end && bytes[first] !== 91) return 'values';
    if (first < end) {
      if (seen < 0) seen = first - start;
      let i = start + seen;
      while (i < end) {
        i = structure.follow(bytes, i, end);
        if (i < end && structure.depth <= 0) {
          const next = skipSpace(bytes, i + 1, end);
          if (next < end) return 'values';
          if (ended) return 'array';
          // What follows is not in memory yet: look again from the bracket.
          structure.depth = 1;
          break;
        }
        if (i < end) i++;
      }
      seen = i - start;
      if (end - start >= farEnough && structure.depth > 0 && i === end) return 'array';
    }
    if (ended) return 'array';
    const filled = window.fill();
    if (filled !== undefined) return filled.then(() => shapeOf(window));
  }
}

function bomAt({ bytes, start, end }: Window): number {
  return end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? 3 : 0;
}
