/**
 * Shared memory in which large typed arrays go to worker threads, the same regions again and again, for functions that are sure to keep
 * nothing of them (`function/arrays.ts`). As with numbers (`slab.ts`), a region has one owner at a time, and what a worker that failed may
 * still look at is never used again.
 */
import { type Block, encodeLent, lentSize } from '../codec/index.js';

/** Less is copied as always: that much memory is there again soon after it was given back. */
const leastBytes = 256 * 1024;
/** What all regions of a map take at most. Rows for which there is no room are copied as always. */
const mostBytes = 256 * 2 ** 20;
const page = 4096;

/** For tests, which run whole suites so: arrays of any size are lent, or none. */
const forced = process.env.SHEAF_LOANS;

export class Loans {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #used = new Map<Block, SharedArrayBuffer>();
  /** What there is of both. */
  #bytes = 0;

  static readonly forced: string | undefined = forced;
  static readonly possible: boolean = forced !== 'never';

  /** A block of rows that are all typed arrays in memory of their own; `undefined` if they are not, or if there is no room. */
  encode(rows: ArrayLike<unknown>, from: number, to: number): Block | undefined {
    const size = lentSize(rows, from, to);
    if (size < (forced === 'always' ? 1 : leastBytes)) return undefined;
    const region = this.#take(size);
    if (region === undefined) return undefined;
    const block = encodeLent(region, rows, from, to);
    this.#used.set(block, region);
    return block;
  }

  /** Nobody reads the block's memory any more. */
  recycle(block: Block): void {
    const region = this.#used.get(block);
    if (region === undefined) return;
    this.#used.delete(block);
    this.#free.push(region);
  }

  /** The region that was used last is in the caches. Those that are too small make room. */
  #take(size: number): SharedArrayBuffer | undefined {
    const fits = this.#free.findLastIndex((region) => region.byteLength >= size);
    if (fits >= 0) return this.#free.splice(fits, 1)[0];
    const whole = Math.ceil(size / page) * page;
    while (this.#bytes + whole > mostBytes && this.#free.length > 0) this.#bytes -= this.#free.shift()!.byteLength;
    if (this.#bytes + whole > mostBytes) return undefined;
    this.#bytes += whole;
    return new SharedArrayBuffer(whole);
  }
}
