/** Of what each exchange of an action was made: rows of one try at something are not to meet those of another. */
import { type Exchange, readsOf } from '../plan/flow.js';
import type { Stored } from './stored.js';

export class Lineage {
  readonly #storedOf: (exchange: Exchange) => Stored;
  /** Changes of what an exchange was made of, when it was. */
  readonly #madeOf = new Map<Stored, number>();

  constructor(storedOf: (exchange: Exchange) => Stored) {
    this.#storedOf = storedOf;
  }

  made(stored: Stored): void {
    this.#madeOf.set(stored, changesOf(this.#readsOf(stored)));
  }

  wasMade(stored: Stored): boolean {
    return this.#madeOf.has(stored);
  }

  /** It was made of something that has been made again since, and came out differently: its parts would not belong together. */
  isStale(stored: Stored): boolean {
    const seen = new Set([stored]);
    for (const one of seen) {
      const madeOf = this.#madeOf.get(one);
      if (madeOf === undefined) continue;
      const reads = this.#readsOf(one);
      if (madeOf !== changesOf(reads)) return true;
      for (const read of reads) seen.add(read);
    }
    return false;
  }

  /** Adds all that an exchange was made of, directly or not. */
  inputsOf(stored: Stored, found: Set<Stored>): void {
    const waiting = [stored];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      for (const read of this.#readsOf(one)) {
        if (found.has(read)) continue;
        found.add(read);
        waiting.push(read);
      }
    }
  }

  #readsOf(stored: Stored): Stored[] {
    return [...readsOf(stored.exchange.flow)].map(this.#storedOf);
  }
}

export function changesOf(reads: readonly Stored[]): number {
  return reads.reduce((sum, stored) => sum + stored.changes, 0);
}
