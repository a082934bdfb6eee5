/** The user's ways to make one of many values, ready to be called. */
import { decodeValue } from '../codec/index.js';
import { type Combining, presence } from './combine.js';
import type { Aggregate } from './spec.js';
import { located } from './where.js';

type Fn = (...args: unknown[]) => unknown;

export function combiningOf(by: Aggregate, functions: readonly Fn[]): Combining {
  if (by.kind === 'count') {
    const sum = (a: unknown, b: unknown): number => (a as number) + (b as number);
    return { first: () => 1, add: (state) => (state as number) + 1, merge: sum, grows: false };
  }
  if (by.kind === 'presence') return presence;
  if (by.kind === 'reduce') {
    const fn = functions[by.fn] as (a: unknown, b: unknown) => unknown;
    return { first: (value) => value, add: fn, merge: fn, grows: false };
  }
  const add = functions[by.add] as (a: unknown, b: unknown) => unknown;
  const merge = functions[by.merge] as (a: unknown, b: unknown) => unknown;
  const zero = zeroOf(by.zero);
  return { first: (value) => add(zero(), value), add, merge, grows: typeof zero() === 'object' };
}

/** A copy of the zero value at each call. */
export function zeroOf(encoded: Uint8Array): () => unknown {
  const bytes = encoded as Uint8Array<ArrayBuffer>;
  const zero = decodeValue({ rows: 1, bytes });
  if (typeof zero !== 'object' || zero === null) return () => zero;
  if (Array.isArray(zero) && zero.length === 0) return () => [];
  return () => decodeValue({ rows: 1, bytes });
}

/** All rows as one; none where there are none and no zero. */
export class Folder {
  readonly #by: Aggregate;
  readonly #how: Combining;
  readonly #name: string;
  #state: unknown;
  #isEmpty = true;

  constructor(name: string, by: Aggregate, functions: readonly Fn[]) {
    this.#name = name;
    this.#by = by;
    this.#how = combiningOf(by, functions);
  }

  add(rows: readonly unknown[], states: boolean): void {
    let row: unknown;
    try {
      for (let i = 0; i < rows.length; i++) {
        row = rows[i];
        if (this.#isEmpty) this.#state = states ? row : this.#how.first(row);
        else this.#state = states ? this.#how.merge(this.#state, row) : this.#how.add(this.#state, row);
        this.#isEmpty = false;
      }
    } catch (error) {
      throw located(this.#name, row, error);
    }
  }

  /** One row, or none. */
  result(): unknown[] {
    if (!this.#isEmpty) return [this.#state];
    if (this.#by.kind === 'count') return [0];
    return this.#by.kind === 'aggregate' ? [zeroOf(this.#by.zero)()] : [];
  }
}
