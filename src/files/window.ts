/** The part of a file that is in memory: whoever reads rows takes whole ones from its front, and what is left stays for later. */
import { type Input, openInput } from './input.js';
import type { FilePiece } from './task.js';

/** How much is read at once. */
export const blockBytes = 1 << 18;

/** No string is longer. */
const longestRow = 0x1fffffe8;

export class Window {
  readonly piece: FilePiece;
  /** What is in memory: `bytes` from `start` to `end`. There is always room for one byte more, for readers to write a mark into. */
  bytes: Buffer;
  start = 0;
  end = 0;
  /** Nothing comes behind what is in memory. */
  ended = false;
  /** Where in the file `bytes[0]` stands. */
  #origin: number;
  readonly #input: Input;

  /** What stands from `at` to `until`, or to the end. */
  constructor(piece: FilePiece, at: number, until = Infinity) {
    this.piece = piece;
    this.#origin = at;
    this.#input = openInput(piece, at, until);
    this.bytes = Buffer.allocUnsafeSlow(blockBytes + 1);
  }

  /** Where in the file `bytes[index]` stands. */
  placeOf(index: number): number {
    return this.#origin + index;
  }

  /** The index of a place in the file, as long as it is in memory. */
  indexOf(place: number): number {
    return place - this.#origin;
  }

  /** Reads on. What has been taken makes room; a row that is larger than the room gets more. */
  fill(): void | Promise<void> {
    if (this.ended) return;
    const rest = this.end - this.start;
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.#origin += this.start;
      this.start = 0;
      this.end = rest;
    }
    if (rest > this.bytes.length / 2) this.#grow();
    const count = this.#input.read(this.bytes.subarray(rest, -1));
    if (count instanceof Promise) return count.then((count) => this.#filled(count));
    this.#filled(count);
  }

  #filled(count: number): void {
    this.end += count;
    if (count === 0) this.ended = true;
  }

  #grow(): void {
    const length = this.bytes.length * 2 - 1;
    if (length > longestRow) {
      throw new RangeError(
        `${this.piece.name} has a row of more than ${Math.round(this.end / (1 << 20))} MiB (at byte ${this.#origin}), longer than a string can be.`,
      );
    }
    const larger = Buffer.allocUnsafeSlow(length);
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
  }

  close(): void {
    this.#input.close();
  }
}

/** A byte order mark at the start of a file, in bytes. */
export function bomLength(bytes: Uint8Array, start: number, end: number): number {
  return end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? 3 : 0;
}
