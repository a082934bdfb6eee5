/** Values of each key become one, in memory as far as it goes. */
import { KeyIndex } from '../partition/key-index.js';
import { type Batches, batchRows, concat, drain, lazily } from './batches.js';
import type { Gathering } from './loop.js';
import { deepest, SubBuckets, subBuckets } from './sub-buckets.js';
import type { Surroundings } from './surroundings.js';
import { Weigher } from './weigh.js';
import { located } from './where.js';

/** How values become states, and states one state. */
export interface Combining {
  /** The state of a key's first value. */
  first(value: unknown): unknown;
  add(state: unknown, value: unknown): unknown;
  merge(state: unknown, other: unknown): unknown;
  /** States grow, so that their weight has to be watched. */
  readonly grows: boolean;
}

/** The index of a combiner that has ended: its tables have grown already, for whoever comes next. One that is large is not kept. */
let spare: KeyIndex | undefined;
const spareKeys = 2 ** 20;

/** Keys and their states, in the order in which keys first came. */
export class Combiner {
  readonly #how: Combining;
  readonly #index: KeyIndex;
  #most = 0;
  readonly #states: unknown[] = [];
  readonly #weigher = new Weigher();

  constructor(how: Combining) {
    this.#how = how;
    this.#index = spare ?? new KeyIndex();
    spare = undefined;
  }

  /** Nothing more is put into it. */
  end(): void {
    this.clear();
    if (this.#most <= spareKeys) spare = this.#index;
  }

  get size(): number {
    return this.#states.length;
  }

  /** About how many bytes it takes. */
  get bytes(): number {
    return this.#weigher.bytes;
  }

  readonly add = (key: unknown, value: unknown): void => {
    const slot = this.#index.slotOf(key);
    const states = this.#states;
    if (slot === states.length) {
      states.push(this.#how.first(value));
      this.#weigher.add(key);
      if (!this.#how.grows) this.#weigher.add(value);
    } else states[slot] = this.#how.add(states[slot], value);
    if (this.#how.grows) this.#weigher.add(value);
  };

  readonly merge = (key: unknown, state: unknown): void => {
    const slot = this.#index.slotOf(key);
    const states = this.#states;
    if (slot === states.length) {
      states.push(state);
      this.#weigher.add(key);
      if (!this.#how.grows) this.#weigher.add(state);
    } else states[slot] = this.#how.merge(states[slot], state);
    if (this.#how.grows) this.#weigher.add(state);
  };

  /** For a loop that puts values to their states itself. `full` is called when a new key has made it heavier than `limit`. */
  gathering(of: Gathering['of'], limit: number, full: () => void): Gathering {
    const how = this.#how;
    const weigher = this.#weigher;
    const begin = (key: unknown, value: unknown): void => {
      this.#states.push(how.first(value));
      weigher.add(key);
      weigher.add(value);
      if (weigher.bytes > limit) full();
    };
    const watched = (state: unknown, value: unknown): unknown => {
      weigher.add(value);
      return how.add(state, value);
    };
    return { of, index: this.#index, states: this.#states, add: how.grows ? watched : how.add, begin };
  }

  /** All pairs, in the order of their first appearance, handed out; it is empty then. */
  flush(use: (key: unknown, state: unknown) => void): void {
    const states = this.#states;
    for (let slot = 0; slot < states.length; slot++) use(this.#index.keyAt(slot), states[slot]);
    this.clear();
  }

  clear(): void {
    this.#most = Math.max(this.#most, this.#states.length);
    this.#index.clear();
    this.#states.length = 0;
    this.#weigher.clear();
  }

  batches(row: (key: unknown, state: unknown) => unknown): Batches {
    let slot = 0;
    return {
      next: () => {
        const states = this.#states;
        if (slot >= states.length) {
          this.clear();
          return undefined;
        }
        const end = Math.min(states.length, slot + batchRows);
        const rows = new Array<unknown>(end - slot);
        for (let i = 0; slot < end; i++, slot++) rows[i] = row(this.#index.keyAt(slot), states[slot]);
        return rows;
      },
      close: () => this.clear(),
    };
  }
}

/** What one operator combines: hands each row to `add` or `merge` of a combiner, and gives a row for each key. */
export interface CombineOptions {
  /** The operator, for messages. */
  readonly name: string;
  readonly how: Combining;
  readonly row: (key: unknown, state: unknown) => unknown;
}

/**
 * Rows of a partition, combined. Past the memory for it, the states so far go to files by key, and each file is combined by itself:
 * keys then come out in another order.
 */
export function combined(
  input: Batches,
  fill: (combiner: Combiner, rows: unknown[]) => void,
  options: CombineOptions,
  surroundings: Surroundings,
  level = 0,
): Batches {
  return lazily(input, () => {
    const combiner = new Combiner(options.how);
    let split: SubBuckets | undefined;
    const flush = (): void => {
      split ??= new SubBuckets(surroundings, level, true);
      combiner.flush((key, state) => split!.put(key, [key, state]));
    };
    const draining = drain(input, (rows) => {
      fill(combiner, rows);
      if (combiner.bytes > surroundings.store.work && level < deepest) flush();
    });
    const finish = (): Batches => {
      if (split === undefined) return combiner.batches(options.row);
      flush();
      split.finish();
      return ofSplit(split, options, surroundings, level + 1);
    };
    return draining instanceof Promise ? draining.then(finish) : finish();
  });
}

function ofSplit(split: SubBuckets, options: CombineOptions, surroundings: Surroundings, level: number): Batches {
  const open = (bucket: number) => (): Batches =>
    combined(split.read(bucket), fillStates(options.name), options, surroundings, level);
  const all = concat(Array.from({ length: subBuckets }, (_, bucket) => open(bucket)));
  return {
    next: () => {
      const rows = all.next();
      if (rows === undefined) split.drop();
      return rows;
    },
    close: () => {
      split.drop();
      return all.close();
    },
  };
}

/** Puts pairs of keys and states into a combiner, telling which one it was where that fails. */
export function fillStates(name: string): (combiner: Combiner, rows: unknown[]) => void {
  return (combiner, rows) => {
    let row: unknown;
    try {
      for (let i = 0; i < rows.length; i++) {
        row = rows[i];
        combiner.merge((row as unknown[])[0], (row as unknown[])[1]);
      }
    } catch (error) {
      throw located(name, row, error);
    }
  };
}

/** All values of a key, in order. */
export const grouping: Combining = {
  first: (value) => [value],
  add: (state, value) => {
    (state as unknown[]).push(value);
    return state;
  },
  merge: (state, other) => {
    for (const value of other as unknown[]) (state as unknown[]).push(value);
    return state;
  },
  grows: true,
};

/** Only that the key was there. */
export const presence: Combining = {
  first: () => undefined,
  add: () => undefined,
  merge: () => undefined,
  grows: false,
};
