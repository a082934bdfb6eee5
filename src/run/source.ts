/** Where the rows of a map come from. Read lazily: never more than was asked for, but for a small read-ahead of async input. */
import { sizeOf } from '../codec/views.js';

/** Rows that are there: `rows[from .. to]`. */
export interface Slice {
  readonly rows: ArrayLike<unknown>;
  readonly from: number;
  readonly to: number;
}

export interface Source {
  /** How many rows there are in all, where that is known before they are read. */
  readonly total: number | undefined;
  /** Up to `max` rows, and no more of arrays than `maxBytes`, but for the first; `wait` when none is there yet, `end` when there are no more. Throws what the input throws. */
  take(max: number, maxBytes?: number): Slice | 'wait' | 'end';
  /** Of an array: what comes next, where it lies. Whoever uses it says by `pass` up to where. */
  ahead?(): { readonly rows: ArrayLike<unknown>; readonly from: number };
  pass?(to: number): void;
  /** Nothing more is wanted. */
  close(): void;
}

/** @param changed is called when a source that answered `wait` has something new. */
export function sourceOf(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  readAhead: number,
  changed: () => void,
): Source {
  if (Array.isArray(items) || (ArrayBuffer.isView(items) && !(items instanceof DataView))) {
    return new ArraySource(items as unknown as ArrayLike<unknown>);
  }
  // Not by `in`: a string is an iterable too.
  const asyncItems = items as AsyncIterable<unknown>;
  if (typeof asyncItems[Symbol.asyncIterator] === 'function')
    return new AsyncSource(asyncItems[Symbol.asyncIterator](), readAhead, changed);
  return new IteratorSource((items as Iterable<unknown>)[Symbol.iterator]());
}

/** How far rows from `from` on go before the typed arrays among them are more than so many bytes: past the first at least. */
function fitting(rows: ArrayLike<unknown>, from: number, to: number, maxBytes: number): number {
  // Others are not looked at one by one.
  if (!ArrayBuffer.isView(rows[from])) return to;
  let bytes = 0;
  for (let row = from; row < to; row++) {
    const value = rows[row];
    if (ArrayBuffer.isView(value)) bytes += sizeOf(value);
    if (bytes > maxBytes) return Math.max(row, from + 1);
  }
  return to;
}

/** An iterator that takes its time is not read for longer than this at a stretch: the results of its first items wait, and so does the program. */
const longestReadMs = 5;

class ArraySource implements Source {
  readonly #items: ArrayLike<unknown>;
  #next = 0;

  constructor(items: ArrayLike<unknown>) {
    this.#items = items;
  }

  get total(): number {
    return this.#items.length;
  }

  take(max: number, maxBytes = Number.POSITIVE_INFINITY): Slice | 'end' {
    const from = this.#next;
    if (from >= this.#items.length) return 'end';
    this.#next = fitting(this.#items, from, Math.min(from + max, this.#items.length), maxBytes);
    // Plain arrays are copied, so that what the program does to its array later is no matter.
    if (!Array.isArray(this.#items)) return { rows: this.#items, from, to: this.#next };
    return { rows: this.#items.slice(from, this.#next), from: 0, to: this.#next - from };
  }

  ahead(): { readonly rows: ArrayLike<unknown>; readonly from: number } {
    return { rows: this.#items, from: this.#next };
  }

  pass(to: number): void {
    this.#next = Math.max(this.#next, to);
  }

  close(): void {
    this.#next = Infinity;
  }
}

class IteratorSource implements Source {
  readonly total = undefined;
  readonly #iterator: Iterator<unknown>;
  #done = false;
  /** What the input threw, until the rows it gave before have been taken. */
  #error: { thrown: unknown } | undefined;

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator;
  }

  take(max: number, maxBytes = Number.POSITIVE_INFINITY): Slice | 'end' {
    if (this.#error !== undefined) throw this.#error.thrown;
    if (this.#done) return 'end';
    const rows: unknown[] = [];
    let bytes = 0;
    const until = performance.now() + longestReadMs;
    try {
      while (rows.length < max && (rows.length % 16 !== 0 || rows.length === 0 || performance.now() < until)) {
        const { done, value } = this.#iterator.next();
        if (done === true) {
          this.#done = true;
          break;
        }
        rows.push(value);
        if (ArrayBuffer.isView(value)) bytes += sizeOf(value);
        if (bytes >= maxBytes) break;
      }
    } catch (thrown) {
      this.#done = true;
      if (rows.length === 0) throw thrown;
      this.#error = { thrown };
    }
    return rows.length === 0 ? 'end' : { rows, from: 0, to: rows.length };
  }

  close(): void {
    if (this.#done) return;
    this.#done = true;
    this.#iterator.return?.();
  }
}

class AsyncSource implements Source {
  readonly total = undefined;
  readonly #iterator: AsyncIterator<unknown>;
  readonly #readAhead: number;
  readonly #changed: () => void;
  #buffer: unknown[] = [];
  #reading = false;
  #done = false;
  #error: { thrown: unknown } | undefined;

  constructor(iterator: AsyncIterator<unknown>, readAhead: number, changed: () => void) {
    this.#iterator = iterator;
    this.#readAhead = readAhead;
    this.#changed = changed;
  }

  take(max: number, maxBytes = Number.POSITIVE_INFINITY): Slice | 'wait' | 'end' {
    if (this.#buffer.length > 0) {
      const rows = this.#buffer.splice(0, fitting(this.#buffer, 0, Math.min(max, this.#buffer.length), maxBytes));
      void this.#read(max);
      return { rows, from: 0, to: rows.length };
    }
    if (this.#error !== undefined) throw this.#error.thrown;
    if (this.#done) return 'end';
    void this.#read(max);
    const failed = this.#error as { thrown: unknown } | undefined; // by the read itself, without a promise
    if (failed !== undefined) throw failed.thrown;
    return 'wait';
  }

  /** One reader at a time: an async iterator need not take overlapping calls. */
  async #read(max: number): Promise<void> {
    if (this.#reading || this.#done) return;
    this.#reading = true;
    try {
      while (!this.#done && this.#buffer.length < Math.max(max, this.#readAhead)) {
        const { done, value } = await this.#iterator.next();
        if (this.#done) return; // closed meanwhile
        if (done === true) this.#done = true;
        else this.#buffer.push(value);
        if (this.#buffer.length === 1 || this.#done) this.#changed();
      }
    } catch (thrown) {
      this.#done = true;
      this.#error = { thrown };
      this.#changed();
    } finally {
      this.#reading = false;
    }
  }

  close(): void {
    this.#buffer = [];
    if (this.#done) return;
    this.#done = true;
    // An iterator that is busy finishes its step first, and an error of its clean-up has nobody to go to.
    void Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }
}
