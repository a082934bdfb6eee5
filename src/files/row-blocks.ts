/** Whole rows of a piece, many at a time, as bytes. */
import type { Blocks } from './pieces.js';
import type { FilePiece } from './task.js';
import { bomLength, Window } from './window.js';

/** Tells where rows end by what stands around the place, so that both sides of a cut can tell without having read anything else. */
export interface Ends {
  /** How many bytes before the end's place it has to see. */
  readonly behind: number;
  /**
   * The index behind the first end at or behind `from`; if none is in memory, the complement (below 0) of where to look on, once there
   * is more.
   */
  first(window: Window, from: number): number;
  /** The index behind the last end before `limit` and at or behind `from`; 0 if there is none. */
  last(window: Window, from: number, limit: number): number;
}

/**
 * The rows of a piece are those that begin in it: the first stands behind the first end at or behind the byte before `from`, and the last
 * is read to its end, past `to` if need be. So neighbours agree about a row at their boundary without a word.
 */
export class RowBlocks implements Blocks {
  /** What `next` found is in here, from `start` to `end`: valid until it is asked again. */
  readonly window: Window;
  start = 0;
  end = 0;
  readonly #ends: Ends;
  readonly #from: number;
  readonly #to: number;
  /** Where the first row is looked for. */
  #sought: number;
  #state: 'before' | 'within' | 'done' = 'before';

  constructor(piece: FilePiece, ends: Ends, window?: Window) {
    this.#ends = ends;
    this.#from = piece.from;
    this.#to = piece.to;
    // One byte before: if a row ends there, one begins right at `from`.
    this.#sought = Math.max(0, piece.from - 1);
    this.window = window ?? new Window(piece, Math.max(0, this.#sought - ends.behind));
  }

  /** Whether there is another block. The last row of a file may have no end. */
  next(): boolean | Promise<boolean> {
    const { window } = this;
    window.start = Math.max(window.start, this.end);
    for (;;) {
      if (this.#state === 'done') return false;
      if (this.#take()) return true;
      if (window.ended) return this.#finish();
      const filled = window.fill();
      this.start = this.end = window.start;
      if (filled !== undefined) return filled.then(() => this.next());
    }
  }

  #take(): boolean {
    const { window } = this;
    if (this.#state === 'before') this.#begin();
    if (this.#state !== 'within') return false;
    const { start } = window;
    // The first end at or behind this index is that of the last row that is ours.
    const last = window.indexOf(this.#to) - 1;
    let end = last < window.end ? this.#ends.first(window, Math.max(start, last)) : 0;
    if (end > 0) this.#state = 'done';
    else end = this.#ends.last(window, start, Math.min(last, window.end));
    if (end <= start) return false;
    this.start = start;
    this.end = end;
    return true;
  }

  /** Finds the first row, if it is in memory. */
  #begin(): void {
    const { window } = this;
    let place = 0; // a mark in front belongs to the first row
    if (this.#from === 0) {
      if (window.end - window.start < 3 && !window.ended) return;
      window.start += bomLength(window.bytes, window.start, window.end);
    } else {
      const found = this.#ends.first(window, window.indexOf(this.#sought));
      if (found < 0) {
        this.#sought = Math.max(this.#sought, window.placeOf(~found));
        window.start = Math.max(window.start, ~found - this.#ends.behind);
        return;
      }
      window.start = found;
      place = window.placeOf(found);
    }
    this.#state = place < this.#to ? 'within' : 'done';
    this.start = this.end = window.start;
  }

  /** The last row of a file without an end. */
  #finish(): boolean {
    const { window } = this;
    if (this.#state !== 'within') return false;
    this.#state = 'done';
    this.start = window.start;
    this.end = window.end;
    return this.end > this.start;
  }

  close(): void {
    this.window.close();
  }
}

const newline = 10;

/** Lines end with a line feed. */
export const lineEnds: Ends = {
  behind: 0,
  first({ bytes, end }, from) {
    const index = bytes.indexOf(newline, from);
    return index < 0 || index >= end ? ~end : index + 1;
  },
  last({ bytes }, from, limit) {
    if (limit <= from) return 0;
    const index = bytes.lastIndexOf(newline, limit - 1);
    return index < from ? 0 : index + 1;
  },
};
