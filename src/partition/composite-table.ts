import { hashKey } from './hash-key.js';
import { sameKey } from './keys.js';

const smallest = 256;

/** Slots of arrays and plain objects, by what they hold. The keys themselves are in the index's list, at their slots. */
export class CompositeTable {
  /** Two words an entry: the hash, and one more than the slot; 0 where the entry is free. */
  #entries = new Int32Array(smallest * 2);
  #mask = smallest - 1;
  #used = 0;

  /** The slot of a key among `keys`. If it has none it is given `next`, and gets it unless that is -1. */
  slotOf(key: unknown, next: number, keys: readonly unknown[]): number {
    const hash = hashKey(key) | 0;
    const entries = this.#entries;
    const mask = this.#mask;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = entries[at * 2 + 1]!;
      if (slot === 0) {
        if (next !== -1) this.#add(at, hash, next);
        return next;
      }
      if (entries[at * 2] === hash && sameKey(keys[slot - 1], key)) return slot - 1;
    }
  }

  clear(): void {
    this.#entries.fill(0);
    this.#used = 0;
  }

  #add(at: number, hash: number, slot: number): void {
    this.#entries[at * 2] = hash;
    this.#entries[at * 2 + 1] = slot + 1;
    this.#used++;
    if (this.#used * 5 > this.#mask * 3) this.#grow();
  }

  #grow(): void {
    const old = this.#entries;
    const entries = new Int32Array(old.length * 2);
    const mask = entries.length / 2 - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let at = old[from]! & mask;
      while (entries[at * 2 + 1] !== 0) at = (at + 1) & mask;
      entries[at * 2] = old[from]!;
      entries[at * 2 + 1] = old[from + 1]!;
    }
    this.#entries = entries;
    this.#mask = mask;
  }
}
