import type { Block } from '../codec/index.js';
import type { Engine, JobSpec } from '../engine/engine.js';
import { arrayUse } from '../function/arrays.js';
import type { PortableFunction } from '../function/portable.js';
import { Loans } from './loans.js';
import { NumberSlab } from './slab.js';

/** The memory that a map shares with its workers, for rows that may go there so. */
export class Regions {
  readonly #numbers: NumberSlab;
  readonly #fn: PortableFunction;
  /** Present once there was an array, and as long as the function may be lent some. */
  #loans: Loans | undefined;
  #lends: boolean | undefined;

  /** @param count tasks under way at most */
  constructor({ clones }: Engine, { fn, program }: JobSpec, count: number) {
    this.#numbers = new NumberSlab(count);
    this.#fn = fn;
    if (!clones || program.kind !== 'map' || !Loans.possible) this.#lends = false;
  }

  /** A block of rows in shared memory; `undefined` for those that have to go in another way, as those do of which something is moved. */
  encode(rows: ArrayLike<unknown>, from: number, to: number, move: readonly object[] | undefined): Block | undefined {
    if (!ArrayBuffer.isView(rows[from])) return this.#numbers.encode(rows, from, to);
    if (move !== undefined && move.length > 0) return undefined;
    this.#lends ??= arrayUse(this.#fn)?.givesFirst === false;
    if (!this.#lends) return undefined;
    this.#loans ??= new Loans();
    return this.#loans.encode(rows, from, to);
  }

  /** Nobody reads or writes the block's memory any more. */
  recycle(block: Block): void {
    this.#numbers.recycle(block);
    this.#loans?.recycle(block);
  }
}
