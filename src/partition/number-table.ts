/** Slots of numbers, in typed arrays: NaN is one number, and -0 is 0, as in a `Map`. */

const smallest = 1024;

export class NumberTable {
  #numbers = new Float64Array(smallest);
  /** One more than the slot; 0 where the entry is free. */
  #slots = new Int32Array(smallest);
  /** How many entries there is room for, less one: a power of two less one. */
  #mask = smallest - 1;
  #used = 0;
  #slotOfNaN = -1;

  /** The slot of a number. If it has none it is given `next`, and gets it unless that is -1. */
  slotOf(value: number, next: number): number {
    if (Number.isNaN(value)) {
      if (this.#slotOfNaN === -1) this.#slotOfNaN = next;
      return this.#slotOfNaN;
    }
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
    this.#slotOfNaN = -1;
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

/** Spreads numbers over the table; 0 and -0 alike. Never seen outside: no part of `hashKey`. */
function spread(value: number): number {
  const integer = value | 0;
  if (integer === value) return mix(integer);
  float[0] = value;
  return mix(words[0]! ^ Math.imul(words[1]!, 0x85ebca77));
}

function mix(word: number): number {
  const h = Math.imul(word ^ (word >>> 16), 0x9e3779b1);
  return h ^ (h >>> 15);
}
