import type { Batches } from './batches.js';
import type { FilePiece } from './task.js';

/** A piece that is read block by block: `next` says whether there is another one in memory. */
export interface Blocks {
  next(): boolean | Promise<boolean>;
  close(): void;
}

/** One piece after another: what its blocks hold, as rows. */
export class PieceBatches<P extends FilePiece, B extends Blocks> implements Batches {
  readonly #pieces: Iterator<P>;
  readonly #open: (piece: P) => B;
  readonly #rows: (blocks: B) => unknown[];
  #blocks: B | undefined;

  constructor(pieces: readonly P[], open: (piece: P) => B, rows: (blocks: B) => unknown[]) {
    this.#pieces = pieces[Symbol.iterator]();
    this.#open = open;
    this.#rows = rows;
  }

  next(): unknown[] | undefined | Promise<unknown[] | undefined> {
    for (;;) {
      if (this.#blocks === undefined) {
        const { done, value } = this.#pieces.next();
        if (done) return undefined;
        this.#blocks = this.#open(value);
      }
      const more = this.#blocks.next();
      if (more instanceof Promise) return more.then((more) => this.#taken(more) ?? this.next());
      const rows = this.#taken(more);
      if (rows !== undefined) return rows;
    }
  }

  #taken(more: boolean): unknown[] | undefined {
    if (!more) {
      this.close();
      return undefined;
    }
    const rows = this.#rows(this.#blocks!);
    return rows.length > 0 ? rows : undefined;
  }

  close(): void {
    this.#blocks?.close();
    this.#blocks = undefined;
  }
}
