/** Merges sorted runs of lines as bytes. */
import type { LineFrame } from '../exchange/line-frames.js';
import { slack } from '../exchange/line-frames.js';
import type { PartReader } from '../exchange/reader.js';
import type { Part } from '../exchange/segment.js';
import { compareLines, lineWord } from '../partition/sort-lines.js';
import { copyLine } from './copy-line.js';

export interface LineMergeOptions {
  readonly descending: boolean;
  /** Lines from `low` up to before `high`. */
  readonly low: Uint8Array | undefined;
  readonly high: Uint8Array | undefined;
  /** Opens a run. */
  readonly reader: (part: Part) => PartReader;
}

/** Takes whole lines, each with its line feed. */
export type TakeLines = (bytes: Uint8Array, rows: number) => void;

const blockBytes = 1 << 20;
/** After all words of lines. */
const ended = 2 ** 33;

export class LineMerge {
  readonly #runs: readonly LineRun[];
  readonly #descending: boolean;
  /** A tree of losers: `#tree[0]` is the run whose line is next, node i has the children 2i and 2i + 1. */
  readonly #tree: Int32Array;
  readonly #leaves: number;
  /** The word of each run's line; the greater comes later, also where lines descend. */
  readonly #words: Float64Array;

  /** `undefined` where some run has rows that are no bytes. */
  static of(parts: readonly Part[], options: LineMergeOptions): LineMerge | undefined {
    const runs = parts.map((part) => new LineRun(options.reader(part), options));
    try {
      if (runs.every((run) => run.begin())) return new LineMerge(runs, options.descending);
    } catch (error) {
      close(runs);
      throw error;
    }
    close(runs);
    return undefined;
  }

  private constructor(runs: readonly LineRun[], descending: boolean) {
    this.#runs = runs;
    this.#descending = descending;
    this.#leaves = 1;
    while (this.#leaves < runs.length) this.#leaves *= 2;
    this.#tree = new Int32Array(this.#leaves);
    this.#words = new Float64Array(this.#leaves).fill(ended);
    for (let run = 0; run < runs.length; run++) this.#look(run);
    this.#tree[0] = this.#leaves === 1 ? 0 : this.#play(1);
  }

  /** Gives all lines to `take`; what it gets is valid until it returns. Gives how many there were. */
  into(take: TakeLines): number {
    const block = new Uint8Array(blockBytes + slack);
    const view = new DataView(block.buffer);
    let used = 0;
    let held = 0;
    let count = 0;
    const flush = (): void => {
      if (held > 0) take(block.subarray(0, used), held);
      count += held;
      used = held = 0;
    };
    try {
      while (this.#words[this.#tree[0]!] !== ended) {
        const winner = this.#tree[0]!;
        const run = this.#runs[winner]!;
        const { start, end } = run;
        const length = end - start;
        if (used + length > blockBytes) flush();
        if (length > blockBytes) {
          take(run.bytes.subarray(start, end), 1);
          count++;
        } else {
          copyLine(run.bytes, run.view, start, length, block, view, used);
          used += length;
          held++;
        }
        run.next();
        this.#look(winner);
        this.#replay(winner);
      }
      flush();
      return count;
    } finally {
      close(this.#runs);
    }
  }

  #look(run: number): void {
    const { bytes, start, end, done } = this.#runs[run]!;
    if (done) this.#words[run] = ended;
    else {
      const word = lineWord(bytes, start, end - 1);
      this.#words[run] = this.#descending ? 2 ** 32 - word : word;
    }
  }

  /** Plays out the matches below a node; gives the winner. */
  #play(node: number): number {
    if (node >= this.#leaves) return node - this.#leaves;
    const a = this.#play(node * 2);
    const b = this.#play(node * 2 + 1);
    const wins = this.#isBefore(a, b);
    this.#tree[node] = wins ? b : a;
    return wins ? a : b;
  }

  #replay(run: number): void {
    let winner = run;
    for (let node = (run + this.#leaves) >> 1; node > 0; node >>= 1) {
      const other = this.#tree[node]!;
      if (!this.#isBefore(other, winner)) continue;
      this.#tree[node] = winner;
      winner = other;
    }
    this.#tree[0] = winner;
  }

  /** Which of two lines that are the same comes first makes no difference. */
  #isBefore(a: number, b: number): boolean {
    const wordOfA = this.#words[a]!;
    const wordOfB = this.#words[b]!;
    if (wordOfA !== wordOfB) return wordOfA < wordOfB;
    if (wordOfA === ended) return false;
    const [x, y] = [this.#runs[a]!, this.#runs[b]!];
    const order = compareLines(x.bytes, x.start, x.end - 1, y.bytes, y.start, y.end - 1);
    return this.#descending ? order > 0 : order < 0;
  }
}

function close(runs: readonly LineRun[]): void {
  for (const run of runs) run.close();
}

/** One run, and the line of it that is next: `bytes` from `start` to `end`, its line feed included. */
class LineRun {
  readonly #reader: PartReader;
  readonly #options: LineMergeOptions;
  #ends = new Uint32Array(0);
  #at = 0;
  #to = 0;
  bytes = new Uint8Array(0) as Uint8Array;
  view: DataView = new DataView(new ArrayBuffer(0));
  start = 0;
  end = 0;
  done = false;

  constructor(reader: PartReader, options: LineMergeOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  /** Whether the run holds lines as bytes. */
  begin(): boolean {
    return this.#frame() !== 'other';
  }

  next(): void {
    if (this.#at < this.#to) {
      this.start = this.end;
      this.end = this.#ends[this.#at++]!;
    } else if (this.#frame() === 'other') throw new TypeError('A run changed what it holds.');
  }

  close(): void {
    this.#reader.close();
  }

  /** Goes on to the next frame that has lines within the bounds. */
  #frame(): 'other' | undefined {
    for (;;) {
      const frame = this.#reader.nextLines();
      if (frame === 'other') return frame;
      if (frame === undefined) {
        this.done = true;
        return undefined;
      }
      const { descending, low, high } = this.#options;
      const [first, end] = descending ? [high, low] : [low, high];
      const from = first === undefined ? 0 : linesBefore(frame, first, descending);
      const to = end === undefined ? frame.ends.length : linesBefore(frame, end, descending);
      if (from >= to) continue;
      const { bytes, ends } = frame;
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#ends = ends as Uint32Array<ArrayBuffer>;
      this.start = from === 0 ? 0 : ends[from - 1]!;
      this.end = ends[from]!;
      this.#at = from + 1;
      this.#to = to;
      return undefined;
    }
  }
}

/** How many lines of a frame come before a bound: those below it, or, where lines descend, those that are not. */
function linesBefore({ bytes, ends }: LineFrame, bound: Uint8Array, descending: boolean): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = middle === 0 ? 0 : ends[middle - 1]!;
    const isBelow = compareLines(bytes, start, ends[middle]! - 1, bound, 0, bound.length) < 0;
    if (isBelow !== descending) low = middle + 1;
    else high = middle;
  }
  return low;
}
