/**
 * Numbers the words of a text from 0 in order of first appearance, from their bytes: strings are made of words when somebody asks for
 * them, once for each. Words of up to eleven bytes are packed exactly into three integers; that is what makes it fast.
 */
import { isAscii } from 'node:buffer';

/** Words of an entry: three of the word, then one more than its slot; 0 where the entry is free. */
const width = 4;
const smallest = 4096;
/** Bytes of a word that is packed, at the most. */
const longest = 11;

export class WordTable {
  /** How many words there are. */
  size = 0;
  /** About how many bytes they take in memory. */
  bytes = 0;
  #entries = new Int32Array(smallest * width);
  /** How many entries there is room for, less one: a power of two less one. */
  #mask = smallest - 1;
  /** Of each slot the packed word; of a long one 0, and its place among the long ones. */
  #words = new Int32Array(smallest * 3);
  #packed = 0;
  /** Of long words the bytes, each as a character. */
  #long = new Map<string, number>();
  #longs: string[] = [];

  /** The slot of a word of up to eleven bytes, none of them 0, packed into three integers: its bytes in order, the first one the lowest. */
  slotOfPacked(a: number, b: number, c: number, length: number): number {
    const entries = this.#entries;
    for (let place = spread(a, b, c) & this.#mask; ; place = (place + 1) & this.#mask) {
      const entry = place * width;
      const slot = entries[entry + 3]!;
      if (slot === 0) return this.#add(entry, a, b, c, length);
      if (entries[entry] === a && entries[entry + 1] === b && entries[entry + 2] === c) return slot - 1;
    }
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

  /** The slot of a word of valid UTF-8. */
  slotOf(bytes: Buffer, from: number, to: number): number {
    const length = to - from;
    // Zeros stand behind a packed word.
    if (length > longest || length === 0 || bytes.subarray(from, to).includes(0))
      return this.#slotOfLong(bytes.latin1Slice(from, to));
    let a = 0;
    let b = 0;
    let c = 0;
    for (let i = 0; i < length; i++) {
      const byte = bytes[from + i]!;
      if (i < 4) a |= byte << (i << 3);
      else if (i < 8) b |= byte << (i << 3);
      else c |= byte << (i << 3);
    }
    return this.slotOfPacked(a, b, c, length);
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
