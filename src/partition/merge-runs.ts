import { compareKeys } from './keys.js';
import { kind, kindOf } from './kinds.js';

/** A piece of a sorted run: rows and their keys, in order. */
export interface RunBatch<R> {
  readonly keys: readonly unknown[];
  readonly rows: readonly R[];
}

/** What {@link RunMerger.next} gives: rows in order, or the number of the run that must be fed before there can be more; or all is done. */
export type Merged<R> =
  | { readonly kind: 'batch'; readonly keys: unknown[]; readonly rows: R[] }
  | { readonly kind: 'needs'; readonly run: number }
  | { readonly kind: 'done' };

/**
 * Merges sorted runs. Does no reading of its own: it says which run it needs more of, and whoever drives it feeds a piece, or says that
 * the run has ended. Of rows whose keys are the same, those of the lower run come first, so merging the sorted parts of a list in the order
 * of the parts is a stable sort of the list.
 *
 * A tree of losers: each node holds the run that lost there, so that the next row takes one comparison for each level.
 */
export class RunMerger<R> {
  readonly #descending: boolean;
  /** Number of leaves, a power of two, at least one; those without a run have ended. */
  readonly #leaves: number;
  /** `#tree[0]` is the winner, `#tree[i]` the loser at node i; children of i are 2i and 2i + 1, leaves from `#leaves` on. */
  readonly #tree: Int32Array;
  readonly #batches: (RunBatch<R> | undefined)[];
  readonly #places: Int32Array;
  readonly #heads: unknown[];
  /** The kind of each head, and a number in the order of its kind: most comparisons need no more. */
  readonly #kinds: Uint8Array;
  readonly #ranks: Float64Array;
  readonly #ended: Uint8Array;
  #started = false;
  #waiting: number[];

  constructor(runs: number, descending: boolean) {
    this.#descending = descending;
    let leaves = 1;
    while (leaves < runs) leaves *= 2;
    this.#leaves = leaves;
    this.#tree = new Int32Array(leaves);
    this.#batches = new Array(leaves).fill(undefined);
    this.#places = new Int32Array(leaves);
    this.#heads = new Array(leaves).fill(undefined);
    this.#kinds = new Uint8Array(leaves);
    this.#ranks = new Float64Array(leaves);
    this.#ended = new Uint8Array(leaves).fill(1, runs);
    this.#waiting = Array.from({ length: runs }, (_, run) => run);
  }

  /** Gives a run its next piece. Only for the run that `next` said it needs. */
  feed(run: number, batch: RunBatch<R>): void {
    if (batch.keys.length !== batch.rows.length) {
      throw new RangeError(`A piece of a run has ${batch.rows.length} rows, but ${batch.keys.length} keys.`);
    }
    if (batch.rows.length === 0) return;
    this.#batches[run] = batch;
    this.#places[run] = 0;
    this.#setHead(run, batch.keys[0]);
    this.#isFed(run);
  }

  /** Says that a run has no more. Only for the run that `next` said it needs. */
  end(run: number): void {
    this.#ended[run] = 1;
    this.#batches[run] = undefined;
    this.#heads[run] = undefined;
    this.#isFed(run);
  }

  /** The next rows, at most `limit`. */
  next(limit: number): Merged<R> {
    if (this.#waiting.length > 0) return { kind: 'needs', run: this.#waiting[0]! };
    if (!this.#started) {
      this.#started = true;
      this.#tree[0] = this.#play(1);
    }
    const keys: unknown[] = [];
    const rows: R[] = [];
    while (keys.length < limit) {
      const run = this.#tree[0]!;
      if (this.#ended[run] === 1) break;
      const batch = this.#batches[run]!;
      const place = this.#places[run]!;
      keys.push(batch.keys[place]);
      rows.push(batch.rows[place]!);
      if (place + 1 === batch.keys.length) {
        this.#waiting.push(run);
        break;
      }
      this.#places[run] = place + 1;
      this.#setHead(run, batch.keys[place + 1]);
      this.#replay(run);
    }
    return keys.length > 0 ? { kind: 'batch', keys, rows } : { kind: 'done' };
  }

  #isFed(run: number): void {
    if (this.#waiting.shift() !== run) throw new Error(`Run ${run} was fed, but another one needs to be.`);
    if (this.#started) this.#replay(run);
  }

  #setHead(run: number, key: unknown): void {
    this.#heads[run] = key;
    this.#kinds[run] = kindOf(key);
    this.#ranks[run] = rankOf(key);
  }

  /** Whether run `a` comes before run `b`. */
  #beats(a: number, b: number): boolean {
    if (this.#ended[a] === 1) return false;
    if (this.#ended[b] === 1) return true;
    if (this.#kinds[a] === this.#kinds[b]) {
      const rankOfA = this.#ranks[a]!;
      const rankOfB = this.#ranks[b]!;
      if (rankOfA !== rankOfB) return rankOfA < rankOfB !== this.#descending;
    }
    const order = compareKeys(this.#heads[a], this.#heads[b]);
    if (order === 0) return a < b;
    return order < 0 !== this.#descending;
  }

  /** Lets the leaves below a node play, notes the losers, gives the winner. */
  #play(node: number): number {
    if (node >= this.#leaves) return node - this.#leaves;
    const left = this.#play(2 * node);
    const right = this.#play(2 * node + 1);
    const leftWins = !this.#beats(right, left);
    this.#tree[node] = leftWins ? right : left;
    return leftWins ? left : right;
  }

  /** Lets a run whose head has changed, the last winner, play its way up again. */
  #replay(run: number): void {
    const tree = this.#tree;
    let winner = run;
    for (let node = (run + this.#leaves) >> 1; node > 0; node >>= 1) {
      const loser = tree[node]!;
      if (this.#beats(loser, winner)) {
        tree[node] = winner;
        winner = loser;
      }
    }
    tree[0] = winner;
  }
}

/** A number in the order of keys, among keys of one kind. Different keys may have the same. */
function rankOf(key: unknown): number {
  if (typeof key === 'number') return Number.isNaN(key) ? Number.POSITIVE_INFINITY : key;
  if (typeof key === 'string') return startOf(key);
  if (kindOf(key) !== kind.date) return 0;
  return Number.isNaN(Number(key)) ? Number.POSITIVE_INFINITY : Number(key);
}

/** The first three code units of a string, as a number. */
function startOf(text: string): number {
  const { length } = text;
  if (length > 2) return (text.charCodeAt(0) * 0x10000 + text.charCodeAt(1)) * 0x10000 + text.charCodeAt(2);
  if (length === 2) return (text.charCodeAt(0) * 0x10000 + text.charCodeAt(1)) * 0x10000;
  return length === 1 ? text.charCodeAt(0) * 0x100000000 : 0;
}

/** Merges sorted runs that are read as they are needed, in batches of at most `limit` rows. See {@link RunMerger}. */
export function* mergeRuns<R>(
  runs: readonly Iterator<RunBatch<R>>[],
  descending: boolean,
  limit = 4096,
): Generator<{ keys: unknown[]; rows: R[] }, void, undefined> {
  const merger = new RunMerger<R>(runs.length, descending);
  for (;;) {
    const merged = merger.next(limit);
    if (merged.kind === 'done') return;
    if (merged.kind === 'batch') yield { keys: merged.keys, rows: merged.rows };
    else {
      const { done, value } = runs[merged.run]!.next();
      if (done === true) merger.end(merged.run);
      else merger.feed(merged.run, value);
    }
  }
}
