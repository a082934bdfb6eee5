/** Slots of numbers, in typed arrays: NaN is one number, and -0 is 0, as in a `Map`. */

const smallest = 1024;

export class NumberTable {
  readonly #integers = new IntegerTable();
  readonly #floats = new FloatTable();
  #slotOfNaN = -1;

  /** The slot of a number. If it has none it is given `next`, and gets it unless that is -1. */
  slotOf(value: number, next: number): number {
    const integer = value | 0;
    if (integer === value) return this.#integers.slotOf(integer, next);
    if (!Number.isNaN(value)) return this.#floats.slotOf(value, next);
    if (this.#slotOfNaN !== -1) return this.#slotOfNaN;
    this.#slotOfNaN = next;
    return next;
  }

  clear(): void {
    this.#integers.clear();
    this.#floats.clear();
    this.#slotOfNaN = -1;
  }
}

/** Integers of 32 bits. Eight that follow each other are neighbours here too: a line of memory, so that ranges are quick. */
class IntegerTable {
  /** Two words an entry: the integer, and one more than its slot; 0 where the entry is free. */
  #entries = new Int32Array(smallest * 2);
  /** How many entries there is room for, less one: a power of two less one. */
  #mask = smallest - 1;
  #shift = shiftFor(smallest);
  #used = 0;

  slotOf(value: number, next: number): number {
    const entries = this.#entries;
    const mask = this.#mask;
    for (let at = home(value, this.#shift); ; at = (at + 1) & mask) {
      const slot = entries[2 * at + 1]!;
      if (slot === 0) {
        if (next !== -1) this.#add(at, value, next);
        return next;
      }
      if (entries[2 * at] === value) return slot - 1;
    }
  }

  clear(): void {
    this.#entries.fill(0);
    this.#used = 0;
  }

  #add(at: number, value: number, slot: number): void {
    this.#entries[2 * at] = value;
    this.#entries[2 * at + 1] = slot + 1;
    this.#used++;
    if (this.#used * 5 > this.#mask * 3) this.#grow();
  }

  #grow(): void {
    const old = this.#entries;
    const entries = new Int32Array(old.length * 2);
    const mask = old.length - 1;
    const shift = shiftFor(old.length);
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let at = home(old[from]!, shift);
      while (entries[2 * at + 1] !== 0) at = (at + 1) & mask;
      entries[2 * at] = old[from]!;
      entries[2 * at + 1] = old[from + 1]!;
    }
    this.#entries = entries;
    this.#mask = mask;
    this.#shift = shift;
  }
}

/** Where an integer's entry is looked for first. Never seen outside: no part of `hashKey`. */
function home(value: number, shift: number): number {
  return ((Math.imul(value >> 3, 0x9e3779b1) >>> shift) << 3) | (value & 7);
}

/** For a table of so many entries: leaves the bits that number its groups of eight. */
function shiftFor(entries: number): number {
  return Math.clz32(entries / 8) + 1;
}

/** All other numbers but NaN. */
class FloatTable {
  #numbers = new Float64Array(smallest);
  /** One more than the slot; 0 where the entry is free. */
  #slots = new Int32Array(smallest);
  #mask = smallest - 1;
  #used = 0;

  slotOf(value: number, next: number): number {
    const numbers = this.#numbers;
    const slots = this.#slots;
    const mask = this.#mask;
    for (let at = spread(value) & mask; ; at = (at + 1) & mask) {
      const slot = slots[at]!;
      if (slot === 0) {
        if (next !== -1) this.#add(at, value, next);
        return next;
      }
      if (numbers[at] === value) return slot - 1;
    }
  }

  clear(): void {
    this.#slots.fill(0);
    this.#used = 0;
  }

  #add(at: number, value: number, slot: number): void {
    this.#numbers[at] = value;
    this.#slots[at] = slot + 1;
    this.#used++;
    if (this.#used * 5 > this.#mask * 3) this.#grow();
  }

  #grow(): void {
    const { length } = this.#slots;
    const numbers = new Float64Array(length * 2);
    const slots = new Int32Array(length * 2);
    const mask = length * 2 - 1;
    for (let from = 0; from < length; from++) {
      if (this.#slots[from] === 0) continue;
      const value = this.#numbers[from]!;
      let at = spread(value) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      numbers[at] = value;
      slots[at] = this.#slots[from]!;
    }
    this.#numbers = numbers;
    this.#slots = slots;
    this.#mask = mask;
  }
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** Spreads numbers over the table, all bits counting for the low ones. Never seen outside: no part of `hashKey`. */
function spread(value: number): number {
  float[0] = value;
  const word = words[0]! ^ Math.imul(words[1]!, 0x85ebca77);
  const h = Math.imul(word ^ (word >>> 16), 0x9e3779b1);
  return h ^ (h >>> 15);
}
