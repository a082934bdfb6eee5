/**
 * Random numbers that a seed makes repeatable, on every machine and in every version: xoshiro128** (Blackman and Vigna, public domain),
 * whose four words of state are successive outputs of splitmix32 from the seed.
 */

/** A source of random numbers. */
export interface Random {
  /** At least 0 and below 1, of 53 bits. */
  next(): number;
  /** An integer of 32 bits, unsigned. */
  word(): number;
  /** An integer of at least 0 and below `limit`, which is at most 2 ** 32. */
  below(limit: number): number;
}

/**
 * A source for a seed (any number). Sources of one seed and different `stream` numbers (partitions, say) have nothing to do with each other.
 */
export function seeded(seed: number, stream = 0): Random {
  return new Xoshiro(seed, stream);
}

const double = new DataView(new ArrayBuffer(8));

class Xoshiro implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number, stream: number) {
    double.setFloat64(0, seed);
    // Every bit of the seed counts, and of the stream. Integers of 32 bits are taken as they are, so that the algorithm can be checked.
    let state =
      Number.isInteger(seed) && seed >>> 0 === seed
        ? seed
        : splitmix(double.getInt32(0) ^ splitmix(double.getInt32(4)));
    if (stream !== 0) state ^= splitmix(stream);
    const step = (): number => {
      state = (state + 0x9e3779b9) | 0;
      return splitmix(state);
    };
    this.#a = step();
    this.#b = step();
    this.#c = step();
    this.#d = step();
  }

  word(): number {
    const b = this.#b;
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= b << 9;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  next(): number {
    const high = this.word() >>> 5;
    return (high * 0x4000000 + (this.word() >>> 6)) / 0x20000000000000;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}

/** The mixing of splitmix32: spreads the bits of a word over all of it. */
function splitmix(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}
