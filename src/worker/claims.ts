/**
 * Claim words: which of the tasks given to a worker thread have begun, in memory that the driver shares with it. So the driver can take
 * back a task that waits behind a long one, while the worker is too busy to hear messages; and after a crash it knows what ran.
 *
 * Each task given to a worker has a claim number, counted up from 0, and a word `number * 4 + state`; the words form a ring, which is
 * longer than a worker ever has tasks. Two more words name the task and the row that run now.
 */
const ring = 256;
const currentClaim = ring;
const currentRow = ring + 1;
const mask = 0x1fffffff; // numbers wrap before `number * 4` leaves the positive Int32 range

const granted = 0;
const begun = 1;
const revoked = 2;
const abortAsked = 3;

/** How many tasks a worker may hold at most, so that no word is used twice. */
export const maxClaims = ring;

export class Claims {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** @param buffer that of the driver, in a worker */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer((ring + 2) * 4);
    this.#words = new Int32Array(this.buffer);
    // Else row 0 of claim 0 would seem to run.
    if (buffer === undefined) this.#words[currentRow] = -1;
  }

  #swap(claim: number, from: number, to: number): boolean {
    const base = (claim & mask) * 4;
    return Atomics.compareExchange(this.#words, claim % ring, base + from, base + to) === base + from;
  }

  /** Driver: the task is on its way. */
  grant(claim: number): void {
    Atomics.store(this.#words, claim % ring, (claim & mask) * 4 + granted);
  }

  /** Driver: takes the task back; false if it has begun. */
  revoke(claim: number): boolean {
    return this.#swap(claim, granted, revoked);
  }

  /** Driver: asks a task that has begun to stop; seen by a function that polls its signal without ever giving way. */
  askAbort(claim: number): void {
    this.#swap(claim, begun, abortAsked);
  }

  /** Driver, after a crash: had it begun? */
  hasBegun(claim: number): boolean {
    const state = Atomics.load(this.#words, claim % ring) - (claim & mask) * 4;
    return state === begun || state === abortAsked;
  }

  /** Driver, after a crash: the row that ran, if it was this task's. */
  rowOf(claim: number): number | undefined {
    const row = Atomics.load(this.#words, currentRow);
    return row >= 0 && Atomics.load(this.#words, currentClaim) === (claim & mask) ? row : undefined;
  }

  /** Worker: begins the task, with this row or with none so far; false if it was taken back. */
  begin(claim: number, row = -1): boolean {
    const words = this.#words;
    const base = (claim & mask) * 4;
    if (Atomics.compareExchange(words, claim % ring, base + granted, base + begun) !== base + granted) return false;
    words[currentRow] = -1;
    words[currentClaim] = claim & mask;
    words[currentRow] = row;
    return true;
  }

  /** Worker: this row runs now; -1 for none or several. A plain store: it is read only when the thread is gone. */
  mark(row: number): void {
    this.#words[currentRow] = row;
  }

  /** Worker: the word of {@link mark} by itself, for loops that have no time for a call. */
  get rowWord(): Int32Array {
    return this.#words.subarray(currentRow, currentRow + 1);
  }

  /** Worker: has the driver asked this task to stop? */
  abortAsked(claim: number): boolean {
    return Atomics.load(this.#words, claim % ring) === (claim & mask) * 4 + abortAsked;
  }
}
