/**
 * Calls that were made in one turn and wait, or are under way, as columns: an object for each of them would cost as much as the promise that
 * it has. A piece's rows are the calls of a batch.
 */
import type { Block } from '../codec/block.js';
import { besideSnapshots, type EncodedRow, encodeRows, isEncodedAlone, packRows } from '../codec/index.js';
import type { CallMemory } from './call-memory.js';
import { CallPromises, type Many, together } from './call-promises.js';
import type { Caller } from './caller.js';
import type { Piece } from './piece.js';
import type { Settleable } from './settleable.js';

/** So many calls stay together at most, since what is kept of them goes with the last of them. */
const batchSize = 8192;

export class Batch {
  /** The arguments, copied when the call was made. */
  readonly args: EncodedRow[] = [];
  readonly #promises = new CallPromises();
  readonly #spread: boolean;
  readonly #memory: CallMemory;
  /** Arguments of which no copy can be shown. */
  #given: Map<number, readonly unknown[]> | undefined;
  /** Where calls were made; of those from `#callersFrom[i]` on it is `#callers[i]`. */
  readonly #callers: Caller[];
  readonly #callersFrom: number[] = [0];
  #caller: Caller;

  /**
   * @param spread rows are lists of arguments
   * @param caller where its calls are made, as long as nothing else is said
   * @param memory that its arguments may lie in
   */
  constructor(spread: boolean, caller: Caller, memory: CallMemory) {
    this.#spread = spread;
    this.#memory = memory;
    this.#caller = caller;
    this.#callers = [caller];
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
    return this.length - this.#promises.answered;
  }

  /** What the next call's promise comes from, once there are many. */
  get open(): Many | undefined {
    return this.#promises.open;
  }

  /** None of its rows is encoded by itself. */
  get isPlain(): boolean {
    return this.#given === undefined;
  }

  /** The promise of the next call. */
  add(row: EncodedRow, given: readonly unknown[]): Promise<unknown> {
    this.note(row, given);
    return this.#promises.add(this.args.push(row) - 1);
  }

  /** The first call of all, where it has a promise already. */
  addMade(row: EncodedRow, given: readonly unknown[], made: Settleable<unknown>): void {
    this.note(row, given);
    this.args.push(row);
    this.#promises.addMade(made);
  }

  /** Notes of the next call what cannot be told from its row. */
  note(row: EncodedRow, given: readonly unknown[]): void {
    if (!isEncodedAlone(row)) return;
    this.#given ??= new Map();
    this.#given.set(this.args.length, given);
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
    return this.#callers[at]!;
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
    if (this.#given !== undefined) for (let at = from; at < from + count; at++) this.#memory.over(this.args[at]!);
    return this.#promises.resolve(from, results, count);
  }
}

/** The batch that a piece is of. */
export const batchOf = (piece: Piece): Batch => piece.rows as unknown as Batch;

/**
 * The arguments of its calls.
 *
 * @param clones where messages are structured clones, a single plain one travels as it is
 * @param isLast the calls cannot be tried again
 */
export function encodePiece(piece: Piece, clones: boolean, isLast: boolean): Block {
  const { from, to } = piece;
  const { args, isPlain } = batchOf(piece);
  const beside = to - from === 1 && clones ? besideSnapshots([args[from]!]) : undefined;
  return beside ?? (isPlain ? encodeRows(args, { from, to }) : packRows(args, from, to, isLast));
}

/** Calls that wait, in the order of their making. */
export class WaitingCalls {
  readonly #open: () => Batch;
  /** Batches that are full, then the one that grows. Of the first of all, some are taken. */
  readonly #full: Batch[] = [];
  #inFull = 0;
  #last: Batch | undefined;
  /** Of the last batch. */
  #args: EncodedRow[] = [];
  #group: Many | undefined;
  #taken = 0;

  constructor(open: () => Batch) {
    this.#open = open;
  }

  get rest(): number {
    return this.#inFull + (this.#last?.length ?? 0) - this.#taken;
  }

  /** What the latest call is in. */
  get last(): Batch | undefined {
    return this.#last;
  }

  /** The promise of a call. What is rare is apart, so that what V8 makes of a loop of calls is small and stays right. */
  add(row: EncodedRow, given: readonly unknown[]): Promise<unknown> {
    const group = this.#group;
    if (group === undefined || group.made === together) return this.#addFirst(row, given);
    if (typeof row === 'object' && row !== null) this.#last!.note(row, given);
    this.#args.push(row);
    return group.add();
  }

  #addFirst(row: EncodedRow, given: readonly unknown[]): Promise<unknown> {
    if (this.#last !== undefined && this.#last.length >= batchSize) {
      this.#full.push(this.#last);
      this.#inFull += this.#last.length;
      this.#last = undefined;
    }
    this.#last ??= this.#open();
    const promise = this.#last.add(row, given);
    this.#args = this.#last.args;
    this.#group = this.#last.open;
    return promise;
  }

  /** Takes the first of them, `most` at most, all of one batch. */
  take(most: number): { readonly batch: Batch; readonly from: number; readonly to: number } {
    const batch = this.#full[0] ?? this.#last!;
    const from = this.#taken;
    const to = Math.min(batch.length, from + most);
    this.#taken = to;
    if (to === batch.length) {
      this.#taken = 0;
      if (this.#full.shift() === undefined) this.#last = this.#group = undefined;
      else this.#inFull -= to;
    }
    return { batch, from, to };
  }

  clear(): void {
    this.#full.length = 0;
    this.#last = this.#group = undefined;
    this.#inFull = this.#taken = 0;
  }
}
