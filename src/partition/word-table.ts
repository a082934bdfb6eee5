/**
 * Numbers the words of a text from 0 in order of first appearance, from its bytes: strings are made of words when somebody asks for them,
 * once for each. Words are what `text.split(/\s+/)` gives of the text as UTF-8, in which bytes that are none become U+FFFD.
 *
 * Words of up to eleven bytes are packed exactly into three integers, four bytes read at once: that is what makes it fast. Others, and
 * what needs a closer look (white space beyond ASCII, bytes that are no UTF-8, control characters), go the slow way.
 */
import { isAscii, isUtf8 } from 'node:buffer';

/** Words of an entry: three of the word, then one more than its slot; 0 where the entry is free. */
const width = 4;
const smallest = 4096;
const longest = 11;
const newline = 10;
const space = 32;

export class WordTable {
  /** How many words there are. */
  size = 0;
  /** About how many bytes they take in memory. */
  bytes = 0;
  /** Ends of lines that have been seen. */
  newlines = 0;
  #entries = new Int32Array(smallest * width);
  /** How many entries there is room for, less one: a power of two less one. */
  #mask = smallest - 1;
  /** Of each slot the packed word; of a long one 0, and its place among the long ones. */
  #words = new Int32Array(smallest * 3);
  #packed = 0;
  /** Of long words the bytes, each as a character. */
  #long = new Map<string, number>();
  #longs: string[] = [];

  /**
   * Puts the slots of all words from `start` to `end` into `slots`, which has to have room for one word in two bytes. Gives how many.
   * A word does not go on behind `end`.
   */
  slotsOf(bytes: Buffer, start: number, end: number, slots: Int32Array): number {
    const block = bytes.subarray(start, end);
    const ascii = isAscii(block);
    const valid = ascii || isUtf8(block);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Three times four bytes are read at once.
    const fastEnd = end - 12;
    let entries = this.#entries;
    let mask = this.#mask;
    let newlines = 0;
    let count = 0;
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
            for (let place = spread(a, b, c) & mask; ; place = (place + 1) & mask) {
              const entry = place * width;
              const slot = entries[entry + 3]!;
              if (slot === 0) {
                slots[count++] = this.#add(entry, a, b, c, length + more);
                entries = this.#entries;
                mask = this.#mask;
                break;
              }
              if (entries[entry] === a && entries[entry + 1] === b && entries[entry + 2] === c) {
                slots[count++] = slot - 1;
                break;
              }
            }
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
      if (high < 0x80 || (valid && !hasWideSpace(bytes, at, to))) slots[count++] = this.#slotOf(bytes, at, to);
      else
        for (const word of bytes.utf8Slice(at, to).split(/\s+/)) {
          const encoded = Buffer.from(word);
          if (word !== '') slots[count++] = this.#slotOf(encoded, 0, encoded.length);
        }
      entries = this.#entries;
      mask = this.#mask;
      at = to;
    }
    this.newlines += newlines;
    return count;
  }

  /** The words of the slots from `from` up to before `to`, as strings. */
  words(from: number, to: number): string[] {
    const words = this.#words;
    const text = new Int32Array(3 * (to - from));
    const ends = new Uint32Array(to - from);
    const packed = Buffer.from(text.buffer);
    let used = 0;
    let high = 0;
    for (let slot = from; slot < to; slot++) {
      for (let i = 0; i < 3; i++) {
        let rest = words[3 * slot + i]!;
        if (words[3 * slot] === 0) break;
        high |= rest;
        for (; rest !== 0; rest >>>= 8) packed[used++] = rest & 0xff;
      }
      ends[slot - from] = used;
    }
    // One string for all, cut up: short parts are copied.
    const all = (high & 0x80808080) === 0 ? packed.latin1Slice(0, used) : undefined;
    const made = new Array<string>(to - from);
    let before = 0;
    for (let i = 0; i < made.length; i++) {
      const end = ends[i]!;
      if (end === before) made[i] = textOf(this.#longs[words[3 * (from + i) + 1]!]!);
      else made[i] = all === undefined ? packed.utf8Slice(before, end) : all.substring(before, end);
      before = end;
    }
    return made;
  }

  /** Forgets all words, but keeps room for as many others. */
  clear(): void {
    this.#entries.fill(0);
    this.#packed = 0;
    this.#long = new Map();
    this.#longs = [];
    this.size = 0;
    this.bytes = 0;
  }

  /** The slot of a word of valid UTF-8 without white space. */
  #slotOf(bytes: Buffer, from: number, to: number): number {
    const length = to - from;
    // Zeros stand behind a packed word.
    if (length > longest || bytes.subarray(from, to).includes(0)) return this.#slotOfLong(bytes.latin1Slice(from, to));
    let a = 0;
    let b = 0;
    let c = 0;
    for (let i = 0; i < length; i++) {
      const byte = bytes[from + i]!;
      if (i < 4) a |= byte << (i << 3);
      else if (i < 8) b |= byte << (i << 3);
      else c |= byte << (i << 3);
    }
    const entries = this.#entries;
    for (let place = spread(a, b, c) & this.#mask; ; place = (place + 1) & this.#mask) {
      const entry = place * width;
      const slot = entries[entry + 3]!;
      if (slot === 0) return this.#add(entry, a, b, c, length);
      if (entries[entry] === a && entries[entry + 1] === b && entries[entry + 2] === c) return slot - 1;
    }
  }

  #slotOfLong(word: string): number {
    const known = this.#long.get(word);
    if (known !== undefined) return known;
    const slot = this.#next(0, this.#longs.push(word) - 1, 0, word.length);
    this.#long.set(word, slot);
    return slot;
  }

  #add(entry: number, a: number, b: number, c: number, length: number): number {
    const entries = this.#entries;
    const slot = this.#next(a, b, c, length);
    entries[entry] = a;
    entries[entry + 1] = b;
    entries[entry + 2] = c;
    entries[entry + 3] = slot + 1;
    this.#packed++;
    if (this.#packed * 5 > this.#mask * 3) this.#grow();
    return slot;
  }

  #next(a: number, b: number, c: number, length: number): number {
    const slot = this.size++;
    if (3 * slot === this.#words.length) {
      const larger = new Int32Array(2 * this.#words.length);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[3 * slot] = a;
    this.#words[3 * slot + 1] = b;
    this.#words[3 * slot + 2] = c;
    this.bytes += 36 + length;
    return slot;
  }

  #grow(): void {
    const old = this.#entries;
    const entries = new Int32Array(old.length * 2);
    const mask = entries.length / width - 1;
    for (let from = 0; from < old.length; from += width) {
      if (old[from + 3] === 0) continue;
      let at = spread(old[from]!, old[from + 1]!, old[from + 2]!) & mask;
      while (entries[at * width + 3] !== 0) at = (at + 1) & mask;
      for (let word = 0; word < width; word++) entries[at * width + word] = old[from + word]!;
    }
    this.#entries = entries;
    this.#mask = mask;
  }
}

/** Bytes up to 32 of four, as the high bit of each; exact for the lowest that is set. */
function spacesOf(four: number): number {
  return (four - 0x21212121) & ~four & 0x80808080;
}

function isSpace(byte: number): boolean {
  return byte === space || (byte <= 13 && byte >= 9);
}

/** Whether there is white space beyond ASCII in valid UTF-8: U+00A0, U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF. */
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

/** The string of bytes that are each a character. */
function textOf(bytes: string): string {
  const encoded = Buffer.from(bytes, 'latin1');
  return isAscii(encoded) ? bytes : encoded.utf8Slice(0, encoded.length);
}

/** Spreads words over the table. Never seen outside: no part of `hashKey`. */
function spread(a: number, b: number, c: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

declare global {
  interface Buffer {
    /** Node's own, without the checks of `toString`. */
    latin1Slice(start: number, end: number): string;
    utf8Slice(start: number, end: number): string;
  }
}
