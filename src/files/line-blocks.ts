/** Whole lines of a piece, many at a time, as bytes. */
import type { FilePiece } from './task.js';
import { bomLength, Window } from './window.js';

const newline = 10;

/**
 * The lines of a piece are those that begin in it: the first is the one behind the first line end at or behind the byte before `from`,
 * and the last is read to its end, past `to` if need be. So neighbours agree about a line at their boundary without a word.
 */
export class LineBlocks {
  /** What `next` found is in here, from `start` to `end`: valid until it is asked again. */
  readonly window: Window;
  start = 0;
  end = 0;
  readonly #to: number;
  #state: 'before' | 'within' | 'done' = 'before';

  constructor(piece: FilePiece) {
    this.#to = piece.to;
    // One byte before: if it is a line end, a line begins right at `from`.
    this.window = new Window(piece, Math.max(0, piece.from - 1));
  }

  /** Whether there is another block. The last line of a file may have no line end. */
  next(): boolean | Promise<boolean> {
    const { window } = this;
    window.start = this.end;
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
    if (this.#state === 'before' && !this.#begin()) return false;
    const { bytes, start } = window;
    // The first line end at or behind this index ends the last line that is ours.
    const last = window.indexOf(this.#to) - 1;
    let end = 0;
    if (last < window.end) {
      const index = bytes.indexOf(newline, Math.max(start, last));
      if (index >= 0 && index < window.end) {
        end = index + 1;
        this.#state = 'done';
      }
    }
    const limit = Math.min(last, window.end);
    if (end === 0 && limit > start) {
      const index = bytes.lastIndexOf(newline, limit - 1);
      if (index >= start) end = index + 1;
    }
    if (end <= start) return false;
    this.start = start;
    this.end = end;
    return true;
  }

  /** Finds the first line. False if it is not in memory yet. */
  #begin(): boolean {
    const { window } = this;
    const { piece } = window;
    if (piece.from === 0) {
      if (window.end - window.start < 3 && !window.ended) return false;
      window.start += bomLength(window.bytes, window.start, window.end);
    } else {
      const index = window.bytes.indexOf(newline, window.start);
      const found = index >= 0 && index < window.end;
      window.start = found ? index + 1 : window.end;
      if (!found) return false;
    }
    // The mark belongs to the first line.
    const place = piece.from === 0 ? 0 : window.placeOf(window.start);
    this.#state = place < this.#to ? 'within' : 'done';
    this.start = this.end = window.start;
    return this.#state === 'within';
  }

  /** The last line of a file without a line end. */
  #finish(): boolean {
    const { window } = this;
    if (this.#state === 'before') this.#begin();
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
