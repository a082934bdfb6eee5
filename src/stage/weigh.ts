/** About how much memory rows take: looked at for one row in some, the same ones whenever the same rows come. */
import { weightOf } from '../exchange/weigh.js';

const lookedAt = 32;

/** Sums up the weights of rows, in bytes. */
export class Weigher {
  bytes = 0;
  #count = 0;
  #last = 64;

  add(row: unknown): void {
    if (this.#count++ % lookedAt === 0) this.#last = weightOf(row);
    this.bytes += this.#last;
  }

  clear(): void {
    this.bytes = 0;
  }
}
