import type { Block } from '../codec/block.js';
import type { Engine } from '../engine/engine.js';

/** Rows of a task, at most: a larger array is copied in pieces. */
const mostRows = 1 << 16;
/** And bytes, so that one task is sent while another runs. */
const mostBytes = 4 << 20;

/** Sizes of tasks for workers that are far away: a message costs more, so that there should be fewer. */
export class Far {
  readonly #engine: Engine;
  #rows = 0;
  #bytes = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get tripUs(): number {
    return this.#engine.tripUs!;
  }

  /** How many rows may travel together, as heavy as they are so far. `least`: where that is not known yet. */
  rows(least: number): number {
    if (this.#rows === 0) return least;
    return Math.max(1, Math.min(mostRows, Math.floor((mostBytes * this.#rows) / Math.max(this.#bytes, 1))));
  }

  /** Rows have been encoded. The newest weigh most. */
  encoded({ rows, bytes, attached = [] }: Block): void {
    let size = bytes.length;
    for (const one of attached) if (one instanceof ArrayBuffer) size += one.byteLength;
    this.#rows = this.#rows / 2 + rows;
    this.#bytes = this.#bytes / 2 + size;
  }
}
