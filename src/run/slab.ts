/**
 * Shared memory in which numbers travel to worker threads and back, the same regions again and again: memory that is new to the process
 * costs several times what copying into it does. A region has one owner at a time: the driver, but for the time between sending a task
 * and its end. What a worker that failed may still write to is never used again.
 */
import { forcedEncoder } from '../codec/forced.js';
import { type Block, isShared, numbersInto, numbersSize } from '../codec/index.js';

/** Fewer rows are no matter. */
const leastRows = 1024;
/** More are never in a task: an array of so many elements is still an ordinary object of V8's young generation, and slices are cheap. */
export const mostRows = 16_000;
/** Of typed arrays no slices are made. */
export const mostViewRows = 1 << 16;

/** Results without memory that is used again. */
export function keepable(results: ArrayLike<unknown>): ArrayLike<unknown> {
  return isShared(results as Float64Array) ? (results as Float64Array).slice() : results;
}

export class NumberSlab {
  readonly #count: number;
  #memory: SharedArrayBuffer | undefined;
  readonly #free: Uint8Array<SharedArrayBuffer>[] = [];
  readonly #used = new Map<Block, Uint8Array<SharedArrayBuffer>>();

  /** @param count regions at most */
  constructor(count: number) {
    this.#count = count;
  }

  /** A block of rows that are all numbers; `undefined` if they are not, or if there is no room. */
  encode(rows: ArrayLike<unknown>, from: number, to: number): Block | undefined {
    const count = to - from;
    if (forcedEncoder !== undefined) return undefined;
    if (count < leastRows || count > mostViewRows || typeof rows[from] !== 'number') return undefined;
    const region = this.#take();
    if (region === undefined) return undefined;
    const block = numbersInto(region, rows, from, to);
    if (block === undefined) this.#free.push(region);
    else this.#used.set(block, region);
    return block;
  }

  /** Nobody reads or writes the block's memory any more. */
  recycle(block: Block): void {
    const region = this.#used.get(block);
    if (region === undefined) return;
    this.#used.delete(block);
    this.#free.push(region);
  }

  #take(): Uint8Array<SharedArrayBuffer> | undefined {
    if (this.#memory === undefined) {
      // Pages that are never written to take no memory.
      const size = numbersSize(mostViewRows);
      this.#memory = new SharedArrayBuffer(size * this.#count);
      for (let i = this.#count - 1; i >= 0; i--) this.#free.push(new Uint8Array(this.#memory, i * size, size));
    }
    return this.#free.pop();
  }
}
