/**
 * Finds the words of lines of text, as bytes. Words are what `split(/\s+/)` gives of a line as UTF-8, in which bytes that are none become
 * U+FFFD. Four bytes are read at once; what needs a closer look (long words, white space beyond ASCII, bytes that are no UTF-8, control
 * characters) goes the slow way.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type { WordTable } from './word-table.js';

/** Goes through text. */
export interface WordScan {
  /** Ends of lines that have been seen. */
  readonly newlines: number;
  /** Words that so many bytes may have. */
  most(bytes: number): number;
  /**
   * Puts the slots of all words from `start` to `end` into `slots`, which has to have room for them. Gives how many. A line does not go on
   * behind `end`.
   */
  slotsOf(bytes: Buffer, start: number, end: number, slots: Int32Array): number;
}

export const newline = 10;
export const carriageReturn = 13;
const space = 32;

/** Words, and no empty strings. */
export class Words implements WordScan {
  readonly #table: WordTable;
  newlines = 0;
  /** Of the block that is looked at: it has no bytes but ASCII, and it is UTF-8. */
  #ascii = false;
  #valid = false;

  constructor(table: WordTable) {
    this.#table = table;
  }

  most(bytes: number): number {
    return (bytes + 3) >> 1;
  }

  slotsOf(bytes: Buffer, start: number, end: number, slots: Int32Array): number {
    this.look(bytes, start, end);
    return this.within(bytes, start, end, end, slots, 0);
  }

  /** Before words within this block are asked for. */
  look(bytes: Buffer, start: number, end: number): void {
    const block = bytes.subarray(start, end);
    this.#ascii = isAscii(block);
    this.#valid = this.#ascii || isUtf8(block);
  }

  /** Of a part of a block, behind which a word does not go on; the block ends at `readable`. Slots are put behind the first `count`. */
  within(bytes: Buffer, start: number, end: number, readable: number, slots: Int32Array, before: number): number {
    const table = this.#table;
    const ascii = this.#ascii;
    const valid = this.#valid;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Three times four bytes are read at once.
    const fastEnd = readable - 12;
    let newlines = 0;
    let count = before;
    let at = start;
    while (at < end) {
      if (at <= fastEnd) {
        let a = view.getInt32(at, true);
        let b = 0;
        let c = 0;
        let length = 0;
        let found = spacesOf(a);
        let last = a;
        if (found === 0) {
          length = 4;
          b = view.getInt32(at + 4, true);
          found = spacesOf(b);
          last = b;
          if (found === 0) {
            length = 8;
            c = view.getInt32(at + 8, true);
            found = spacesOf(c);
            last = c;
          }
        }
        const more = (31 - Math.clz32(found & -found)) >> 3;
        const behind = (last >>> (more << 3)) & 0xff;
        if (found !== 0 && isSpace(behind)) {
          if (behind === newline) newlines++;
          const kept = (1 << (more << 3)) - 1;
          if (length === 0) {
            if (more === 0) {
              at++;
              continue;
            }
            a &= kept;
          } else if (length === 4) b &= kept;
          else c &= kept;
          if (ascii || ((a | b | c) & 0x80808080) === 0) {
            at += length + more + 1;
            slots[count++] = table.slotOfPacked(a, b, c, length + more);
            continue;
          }
          // It is looked at again.
          if (behind === newline) newlines--;
        }
      }
      const first = bytes[at]!;
      if (isSpace(first)) {
        if (first === newline) newlines++;
        at++;
        continue;
      }
      let to = at + 1;
      let high = first;
      while (to < end && !isSpace(bytes[to]!)) high |= bytes[to++]!;
      if (high < 0x80 || (valid && !hasWideSpace(bytes, at, to))) slots[count++] = table.slotOf(bytes, at, to);
      else
        for (const word of bytes.utf8Slice(at, to).split(/\s+/)) {
          const encoded = Buffer.from(word);
          if (word !== '') slots[count++] = table.slotOf(encoded, 0, encoded.length);
        }
      at = to;
    }
    this.newlines += newlines;
    return count;
  }
}

/** What `line.split(/\s+/)` gives: also the empty strings before and behind white space at the ends of a line. */
export class SplitBySpace implements WordScan {
  readonly #table: WordTable;
  readonly #words: Words;
  readonly #trimmed: boolean;
  newlines = 0;

  /** @param trimmed the line is without white space at its ends */
  constructor(table: WordTable, trimmed: boolean) {
    this.#table = table;
    this.#words = new Words(table);
    this.#trimmed = trimmed;
  }

  most(bytes: number): number {
    return bytes + 1;
  }

  slotsOf(bytes: Buffer, start: number, end: number, slots: Int32Array): number {
    const table = this.#table;
    const trimmed = this.#trimmed;
    this.#words.look(bytes, start, end);
    let count = 0;
    for (let from = start; from < end; ) {
      const index = bytes.indexOf(newline, from);
      const found = index >= 0 && index < end;
      const next = found ? index + 1 : end;
      let to = found ? index : end;
      if (found) this.newlines++;
      if (found && to > from && bytes[to - 1] === carriageReturn) to--;
      if (to === from) slots[count++] = table.slotOf(bytes, from, from);
      else {
        if (!trimmed && beginsWithSpace(bytes, from, to)) slots[count++] = table.slotOf(bytes, from, from);
        const before = count;
        count = this.#words.within(bytes, from, to, end, slots, count);
        if (trimmed ? count === before : endsWithSpace(bytes, from, to))
          slots[count++] = table.slotOf(bytes, from, from);
      }
      from = next;
    }
    return count;
  }
}

/** Bytes up to 32 of four, as the high bit of each; exact for the lowest that is set. */
function spacesOf(four: number): number {
  return (four - 0x21212121) & ~four & 0x80808080;
}

function isSpace(byte: number): boolean {
  return byte === space || (byte <= 13 && byte >= 9);
}

/** A character is of four bytes at the most, and white space of three. */
function beginsWithSpace(bytes: Buffer, from: number, to: number): boolean {
  const first = bytes[from]!;
  return first < 0x80 ? isSpace(first) : /^\s/.test(bytes.utf8Slice(from, Math.min(to, from + 4)));
}

function endsWithSpace(bytes: Buffer, from: number, to: number): boolean {
  const last = bytes[to - 1]!;
  return last < 0x80 ? isSpace(last) : /\s$/.test(bytes.utf8Slice(Math.max(from, to - 3), to));
}

/** White space beyond ASCII in valid UTF-8: U+00A0, U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF. */
function hasWideSpace(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const first = bytes[i]!;
    if (first < 0xc2) continue;
    const second = bytes[i + 1]!;
    if (first === 0xc2 && second === 0xa0) return true;
    if (first < 0xe1) continue;
    const third = bytes[i + 2]!;
    if (first === 0xe1 && second === 0x9a && third === 0x80) return true;
    if (first === 0xe2 && second === 0x80 && (third <= 0x8a || third === 0xa8 || third === 0xa9 || third === 0xaf))
      return true;
    if (first === 0xe2 && second === 0x81 && third === 0x9f) return true;
    if (first === 0xe3 && second === 0x80 && third === 0x80) return true;
    if (first === 0xef && second === 0xbb && third === 0xbf) return true;
  }
  return false;
}
