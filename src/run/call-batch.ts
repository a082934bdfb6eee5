/**
 * Calls that were made in one turn and wait, or are under way, as columns: an object for each of them would cost as much as the promise that
 * it has. A piece's rows are the calls of a batch.
 */
import { type EncodedRow, isEncodedAlone } from '../codec/index.js';
import { CallPromises } from './call-promises.js';
import { type Caller, unknownCaller } from './caller.js';
import type { Piece } from './piece.js';
import type { Settleable } from './settleable.js';

/** So many calls stay together at most, since what is kept of them goes with the last of them. */
const batchSize = 8192;

export class Batch {
  /** The arguments, copied when the call was made. */
  readonly args: EncodedRow[] = [];
  readonly #promises = new CallPromises();
  readonly #spread: boolean;
  /** Arguments of which no copy can be shown. */
  #given: Map<number, readonly unknown[]> | undefined;
  /** Where calls were made; of those from `#callersFrom[i]` on it is `#callers[i]`. */
  readonly #callers: Caller[] = [];
  readonly #callersFrom: number[] = [];
  #caller: Caller | undefined;

  /** @param spread rows are lists of arguments */
  constructor(spread: boolean) {
    this.#spread = spread;
  }

  /** For pieces, which only hand it on. */
  get rows(): ArrayLike<unknown> {
    return this as unknown as ArrayLike<unknown>;
  }

  get length(): number {
    return this.args.length;
  }

  /** Calls without an answer. */
  get left(): number {
    return this.#promises.left;
  }

  /** The promise of the call. */
  add(row: EncodedRow, given: readonly unknown[]): Promise<unknown> {
    this.#note(row, given);
    return this.#promises.add();
  }

  /** The first call of all, where it has a promise already. */
  addMade(row: EncodedRow, given: readonly unknown[], made: Settleable<unknown>): void {
    this.#note(row, given);
    this.#promises.addMade(made);
  }

  #note(row: EncodedRow, given: readonly unknown[]): void {
    if (typeof row === 'object' && row !== null && isEncodedAlone(row)) {
      this.#given ??= new Map();
      this.#given.set(this.args.length, given);
    }
    this.args.push(row);
  }

  /** Where the latest call was made. Noted after the call is on its way. */
  calledBy(caller: Caller): void {
    if (caller === this.#caller) return;
    this.#caller = caller;
    this.#callers.push(caller);
    this.#callersFrom.push(this.args.length - 1);
  }

  callerOf(index: number): Caller {
    let at = this.#callersFrom.length - 1;
    while (at >= 0 && this.#callersFrom[at]! > index) at--;
    return this.#callers[at] ?? unknownCaller;
  }

  givenOf(index: number): readonly unknown[] {
    const known = this.#given?.get(index);
    if (known !== undefined) return known;
    const row: unknown = this.args[index];
    return this.#spread ? ((row ?? []) as readonly unknown[]) : [row];
  }

  /** False if it has an answer. */
  reject(index: number, error: unknown): boolean {
    return this.#promises.reject(index, error);
  }

  /** How many had no answer yet. */
  rejectAll(error: unknown): number {
    let rejected = 0;
    for (let index = 0; index < this.length; index++) if (this.reject(index, error)) rejected++;
    return rejected;
  }

  /** Results of `count` calls from `from` on; how many of them had no answer yet. */
  resolveAll(from: number, results: ArrayLike<unknown>, count: number): number {
    return this.#promises.resolve(from, results, count);
  }
}

/** The batch that a piece is of. */
export const batchOf = (piece: Piece): Batch => piece.rows as unknown as Batch;

/** Calls that wait, in the order of their making. */
export class WaitingCalls {
  rest = 0;
  readonly #open: () => Batch;
  /** Batches that are full, then the one that grows. Of the first of all, some are taken. */
  readonly #full: Batch[] = [];
  #last: Batch | undefined;
  #taken = 0;

  constructor(open: () => Batch) {
    this.#open = open;
  }

  /** What the next call will be in. */
  get next(): Batch {
    const batch = this.#last;
    if (batch !== undefined && batch.length < batchSize) return batch;
    if (batch !== undefined) this.#full.push(batch);
    this.#last = this.#open();
    return this.#last;
  }

  /** Takes the first of them, `most` at most, all of one batch. */
  take(most: number): { readonly batch: Batch; readonly from: number; readonly to: number } {
    const batch = this.#full[0] ?? this.#last!;
    const from = this.#taken;
    const to = Math.min(batch.length, from + most);
    this.rest -= to - from;
    this.#taken = to;
    if (to === batch.length) {
      this.#taken = 0;
      if (this.#full.length > 0) this.#full.shift();
      else this.#last = undefined;
    }
    return { batch, from, to };
  }

  clear(): void {
    this.#full.length = 0;
    this.#last = undefined;
    this.rest = this.#taken = 0;
  }
}
