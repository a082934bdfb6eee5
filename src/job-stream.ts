import type { Piece } from './run/piece.js';
import { Streamed } from './run/sink.js';

type Row<U> = IteratorResult<U, undefined>;

/** Results of a job, handed to whoever iterates it. */
export class JobStream<U> implements AsyncIterableIterator<U, undefined> {
  readonly #rows: Streamed;
  readonly #hooks: { emptied(): void; left(): void };
  /** Calls of `next` that wait for a row. */
  readonly #waiters: { resolve(row: Row<U>): void; reject(error: unknown): void }[] = [];
  #end: { readonly error: unknown } | 'done' | undefined;
  /** The end, or the error, has been handed on. */
  #over = false;

  /** @param hooks `emptied`: there is room for more results; `left`: nobody wants the rest. */
  constructor(ordered: boolean, hooks: { emptied(): void; left(): void }) {
    this.#rows = new Streamed(ordered);
    this.#hooks = hooks;
  }

  /** Lots of results that nobody has taken yet. */
  get held(): number {
    return this.#rows.held;
  }

  put(piece: Piece, results: ArrayLike<unknown>): void {
    this.#rows.put(piece, results);
    this.#deliver();
  }

  /** No more rows come. An error is handed on after the rows that are there. */
  end(failure: { readonly error: unknown } | undefined): void {
    this.#end = failure ?? 'done';
    this.#deliver();
  }

  next(): Promise<Row<U>> {
    const row = this.#waiters.length === 0 ? this.#take() : undefined;
    return row ?? new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  async return(): Promise<Row<U>> {
    this.#over = true;
    this.#hooks.left();
    this.#deliver();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next row, the end, or the error; `undefined` while there is none. */
  #take(): Promise<Row<U>> | undefined {
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    const next = this.#rows.take();
    if (next !== undefined) {
      if (next.emptied) this.#hooks.emptied();
      return Promise.resolve({ done: false, value: next.value as U });
    }
    if (this.#end === undefined) return undefined;
    this.#over = true;
    return this.#end === 'done' ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(this.#end.error);
  }

  #deliver(): void {
    while (this.#waiters.length > 0) {
      // Out of the list first: taking a row makes room for more work, which may end the job and so deliver to those behind.
      const waiter = this.#waiters.shift()!;
      const row = this.#take();
      if (row === undefined) {
        this.#waiters.unshift(waiter);
        return;
      }
      row.then(waiter.resolve, waiter.reject);
    }
  }
}
