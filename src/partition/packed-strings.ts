/**
 * Slots of short strings: of one to twelve characters, each of one byte, packed exactly into three words. Beside a `Map` it spares
 * hashing and comparing string objects: a lookup reads the characters once, and one line of memory.
 */

/** Given for a string that is not for this table. */
export const notPacked = -2;

/** Words of an entry: three of the string, then its length (4 bits) and its slot (28 bits; an array of keys holds fewer). All 0: free. */
const width = 4;
const slotBits = 28;
const slotMask = (1 << slotBits) - 1;
const smallest = 1024;
const longest = 12;

export class PackedStrings {
  #entries = new Int32Array(smallest * width);
  /** How many entries there is room for, less one: a power of two less one. */
  #mask = smallest - 1;
  #used = 0;

  /** The slot of a string. If it has none it is given `next`, and gets it unless that is -1. */
  slotOf(text: string, next: number): number {
    const { length } = text;
    if (length > longest || length === 0) return notPacked;
    let a = 0;
    let b = 0;
    let c = 0;
    let units = 0;
    let i = 0;
    for (const end = length < 4 ? length : 4; i < end; i++) {
      const unit = text.charCodeAt(i);
      units |= unit;
      a |= unit << (i << 3);
    }
    for (const end = length < 8 ? length : 8; i < end; i++) {
      const unit = text.charCodeAt(i);
      units |= unit;
      b |= unit << (i << 3);
    }
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      units |= unit;
      c |= unit << (i << 3);
    }
    if (units > 0xff) return notPacked;

    const entries = this.#entries;
    const mask = this.#mask;
    for (let at = spread(a, b, c) & mask; ; at = (at + 1) & mask) {
      const entry = at * width;
      const last = entries[entry + 3]!;
      // The length tells "a" from "a\0".
      if (
        entries[entry] === a &&
        entries[entry + 1] === b &&
        entries[entry + 2] === c &&
        last >>> slotBits === length
      ) {
        return last & slotMask;
      }
      if (last === 0) {
        if (next !== -1) this.#add(entry, a, b, c, (length << slotBits) | next);
        return next;
      }
    }
  }

  clear(): void {
    this.#entries.fill(0);
    this.#used = 0;
  }

  #add(entry: number, a: number, b: number, c: number, last: number): void {
    const entries = this.#entries;
    entries[entry] = a;
    entries[entry + 1] = b;
    entries[entry + 2] = c;
    entries[entry + 3] = last;
    this.#used++;
    if (this.#used * 5 > this.#mask * 3) this.#grow();
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

/** Spreads strings over the table. Never seen outside: no part of `hashKey`. */
function spread(a: number, b: number, c: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
