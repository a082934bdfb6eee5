/** Rows from a file that is one array: its elements, some at a time, however long it is. */

import type { BadRowTaker } from '../bad-rows.js';
import type { BadRow } from '../batches.js';
import type { Blocks } from '../pieces.js';
import { bomLength, type Window } from '../window.js';
import { isSpace, Structure, skipSpace } from './syntax.js';
import { countLines, errorOf } from './values.js';

export class ArrayBlocks implements Blocks {
  readonly #window: Window;
  readonly #take: BadRowTaker;
  readonly #structure = new Structure();
  /** How far brackets have been followed, from the start of what is in memory. */
  #followed = -1;
  /** Where each element ends of those that are whole. */
  #ends: number[] = [];
  /** The line that what is in memory begins with. */
  #line = 1;
  /** `broken`: another bracket closes it. */
  #state: 'open' | 'closed' | 'broken' | 'finished' = 'open';
  #closed = false;
  #elements = 0;

  constructor(window: Window, take: BadRowTaker) {
    this.#window = window;
    this.#take = take;
  }

  next(): boolean | Promise<boolean> {
    const window = this.#window;
    for (;;) {
      if (this.#state === 'finished') return false;
      if (this.#state === 'open') this.#follow();
      if (this.#ends.length > 0) return true;
      if (this.#state === 'closed') {
        const next = skipSpace(window.bytes, window.start, window.end);
        this.#line += countBytes(window.bytes, window.start, next);
        window.start = next;
      }
      const rest = window.start < window.end || window.ended;
      if (this.#state === 'closed' ? rest : this.#state === 'broken' || window.ended) {
        // What is left is no element, or one too many.
        this.#state = 'finished';
        return true;
      }
      const filled = window.fill();
      if (filled !== undefined) return filled.then(() => this.next());
    }
  }

  /** Finds the ends of elements in what is in memory. */
  #follow(): void {
    const window = this.#window;
    const { bytes, end } = window;
    if (this.#followed < 0) {
      let { start } = window;
      start += bomLength(bytes, start, end);
      while (start < end && isSpace(bytes[start]!)) start++;
      if (start === end) return;
      // The bracket that it begins with.
      this.#line += countBytes(bytes, window.start, start);
      this.#structure.depth = 1;
      window.start = start + 1;
      this.#followed = 0;
    }
    let i = window.start + this.#followed;
    while (i < end) {
      i = this.#structure.follow(bytes, i, end);
      if (i === end) break;
      this.#closed = this.#structure.depth <= 0;
      if (this.#closed && bytes[i] !== 93) {
        this.#closed = false;
        this.#state = 'broken';
        break;
      }
      this.#ends.push(i - window.start);
      i++;
      if (this.#closed) {
        this.#state = 'closed';
        break;
      }
    }
    this.#followed = i - window.start;
  }

  rows(): unknown[] {
    const window = this.#window;
    const { bytes, start } = window;
    const rows: unknown[] = [];
    if (this.#state === 'finished') {
      this.#readRest(rows);
      return rows;
    }
    const ends = this.#ends;
    this.#ends = [];
    const end = start + ends.at(-1)!;
    const text = bytes.toString('utf8', start, end);
    const empty = this.#closed && this.#elements === 0 && ends.length === 1 && text.trim() === '';
    if (!empty) {
      const all = tryParse(`[${text}]`);
      if (Array.isArray(all) && all.length === ends.length) rows.push(...all);
      else this.#readEach(ends, rows);
    }
    this.#elements += ends.length;
    this.#line += countLines(text, 0, text.length);
    window.start = end + 1;
    this.#followed -= end + 1 - start;
    return rows;
  }

  #readEach(ends: readonly number[], rows: unknown[]): void {
    const { bytes, start } = this.#window;
    let from = start;
    let line = this.#line;
    for (const end of ends) {
      const text = bytes.toString('utf8', from, start + end);
      const value = tryParse(text);
      if (value !== undefined) rows.push(value);
      else this.#bad(text, line, () => errorOf(text), rows);
      line += countLines(text, 0, text.length);
      from = start + end + 1;
    }
  }

  /** What stands behind the last element. */
  #readRest(rows: unknown[]): void {
    const window = this.#window;
    const text = window.bytes.toString('utf8', window.start, window.end);
    window.start = window.end;
    if (this.#closed && text.trim() === '') return;
    const error = () =>
      new SyntaxError(this.#closed ? 'it stands behind the array that the file begins with' : 'the array has no end');
    if (this.#closed || this.#followed >= 0) this.#bad(text, this.#line, error, rows);
  }

  #bad(text: string, line: number, error: () => Error, rows: unknown[]): void {
    const instead = this.#take((): BadRow => {
      const blank = /^\s*/.exec(text)![0];
      const at = line + countLines(blank, 0, blank.length);
      return { file: this.#window.piece.name, line: at, text: text.trim(), error: error() };
    });
    if (instead !== undefined) rows.push(instead);
  }

  close(): void {
    this.#window.close();
  }
}

/** `undefined` is no JSON. */
function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function countBytes(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (bytes[i] === 10) count++;
  return count;
}
