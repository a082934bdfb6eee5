import type { Random } from './random.js';

/** A row that was drawn, with the random number it was drawn by. */
export interface Drawn<T> {
  readonly rank: number;
  readonly item: T;
}

/**
 * Draws `size` of however many items come, each with the same chance: every item gets a random rank, and the lowest ranks stay. So the draws of
 * several parts are merged to a draw of the whole ({@link mergeDrawn}), however the items were shared out over the parts.
 */
export class Reservoir<T> {
  /** How many items came. */
  seen = 0;
  readonly #size: number;
  readonly #random: Random;
  /** A heap, the highest rank on top. */
  readonly #heap: Drawn<T>[] = [];
  /** Items above this rank do not stay. */
  #limit = 1;

  constructor(size: number, random: Random) {
    this.#size = size;
    this.#random = random;
  }

  add(item: T): void {
    this.seen++;
    const rank = this.#random.next();
    if (rank >= this.#limit) return;
    const heap = this.#heap;
    if (heap.length < this.#size) {
      heap.push({ rank, item });
      rise(heap, heap.length - 1);
    } else if (heap.length > 0) {
      heap[0] = { rank, item };
      sink(heap);
    }
    if (heap.length === this.#size) this.#limit = heap.length === 0 ? 0 : heap[0]!.rank;
  }

  /** What was drawn so far, lowest rank first, which is a random order. */
  drawn(): Drawn<T>[] {
    return [...this.#heap].sort((a, b) => a.rank - b.rank);
  }
}

/** The draw of `size` items out of all parts that `draws` were drawn from, each with at least this size. In a random order. */
export function mergeDrawn<T>(draws: readonly (readonly Drawn<T>[])[], size: number): T[] {
  return draws
    .flat()
    .sort((a, b) => a.rank - b.rank)
    .slice(0, size)
    .map(({ item }) => item);
}

function rise<T>(heap: Drawn<T>[], from: number): void {
  const moved = heap[from]!;
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]!.rank >= moved.rank) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = moved;
}

function sink<T>(heap: Drawn<T>[]): void {
  const moved = heap[0]!;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.rank > heap[child]!.rank) child++;
    if (heap[child]!.rank <= moved.rank) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = moved;
}
