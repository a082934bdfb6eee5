/** Small segments in shared memory, put together in larger pieces: each piece that a message names takes about a microsecond. */
import type { Segment } from './segment.js';

/** Of fewer segments each task reads few. */
export const fewestGathered = 64;

const chunkBytes = 2 ** 20;
/** Larger ones stay where they are. */
const mostBytes = 32 * 1024;

export class Gathered {
  #chunk: Uint8Array = new Uint8Array(0);
  #used = 0;

  /** The same segment, in a piece of memory that has others, too. */
  take(segment: Segment): Segment {
    const { place } = segment;
    if (!('memory' in place) || !(place.memory.buffer instanceof SharedArrayBuffer)) return segment;
    const { length } = place.memory;
    if (length > mostBytes) return segment;
    if (this.#used + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(new SharedArrayBuffer(chunkBytes));
      this.#used = 0;
    }
    const memory = this.#chunk.subarray(this.#used, this.#used + length);
    memory.set(place.memory);
    this.#used += length;
    return { ...segment, place: { memory } };
  }

  clear(): void {
    this.#chunk = new Uint8Array(0);
    this.#used = 0;
  }
}
