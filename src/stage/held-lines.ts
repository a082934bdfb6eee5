/** Lines as bytes, collected until they are laid out as frames of a sorted run. */
import { isUtf8 } from 'node:buffer';
import { headerBytes, sealLines } from '../exchange/frames.js';
import { lineBodyBytes, textOffset } from '../exchange/line-frames.js';
import type { Lines } from '../files/lines.js';
import { sortLines } from '../partition/sort-lines.js';
import { copyLine } from './copy-line.js';

const carriageReturn = 13;
/** What a line takes beside its bytes: where it begins and ends, and its place in the order. */
const perLine = 24;
/** So many lines are touched before the first of them is copied. */
const together = 32;
/** So many bytes behind the last line are touched, too. */
const margin = 72;
const froms = new Uint32Array(together);
const lengths = new Uint32Array(together);
/** Frames that are written to a file are laid out in so many bytes at a time, which stay near to the processor until they are written. */
const pieceBytes = 2 ** 20;

/** What the last task is done with: memory that was used before is quicker than new. The collector may take it. */
let spare: WeakRef<HeldLines> | undefined;

/** A frame of a run. */
export interface LaidFrame {
  readonly rows: number;
  readonly length: number;
  readonly checksum: number;
}

/** Whether the lines can stay bytes: strings of others would not give the same bytes back, or could not be written as lines. */
export function canStayBytes({ bytes, starts, ends, count }: Lines): boolean {
  if (!isUtf8(bytes.subarray(starts[0], ends[count - 1]))) return false;
  for (let i = 0; i < count; i++) {
    const end = ends[i]!;
    if (end > starts[i]! && bytes[end - 1] === carriageReturn) return false;
  }
  return true;
}

export class HeldLines {
  #bytes: Uint8Array<ArrayBuffer>;
  #used = 0;
  #starts = new Uint32Array(1 << 12);
  #ends = new Uint32Array(1 << 12);
  #piece = new Uint8Array(0);
  count = 0;
  #order: Uint32Array = new Uint32Array(0);

  /** @param expected about how many bytes there will be */
  static of(expected: number): HeldLines {
    const found = spare?.deref();
    spare = undefined;
    return found !== undefined && found.#bytes.length >= expected ? found : new HeldLines(expected);
  }

  private constructor(expected: number) {
    this.#bytes = new Uint8Array(Math.max(1 << 16, expected) + margin);
  }

  /** About how much memory is taken. */
  get held(): number {
    return this.#used + this.count * perLine;
  }

  /** Bytes of lines. */
  get bytes(): number {
    return this.#used;
  }

  add({ bytes, starts, ends, count }: Lines): void {
    if (count === 0) return;
    const first = starts[0]!;
    const end = ends[count - 1]!;
    const used = this.#used;
    const needed = used + end - first + margin;
    if (needed > this.#bytes.length) this.#bytes = larger(this.#bytes, needed);
    this.#bytes.set(bytes.subarray(first, end), used);
    if (this.count + count > this.#starts.length) {
      this.#starts = larger(this.#starts, this.count + count);
      this.#ends = larger(this.#ends, this.count + count);
    }
    const by = used - first;
    const to = this.count;
    for (let i = 0; i < count; i++) {
      this.#starts[to + i] = starts[i]! + by;
      this.#ends[to + i] = ends[i]! + by;
    }
    this.count += count;
    this.#used = end + by;
  }

  sort(descending: boolean): void {
    this.#order = sortLines({ bytes: this.#bytes, starts: this.#starts, ends: this.#ends }, this.count, descending);
  }

  /** A line by its place in the order. */
  at(place: number): string {
    const line = this.#order[place]!;
    return Buffer.from(this.#bytes.buffer).toString('utf8', this.#starts[line], this.#ends[line]);
  }

  /** The lines in order as frames of so many rows, one after the other, in memory that `memory` gives. */
  layOut(
    frameRows: number,
    memory: (bytes: number) => Uint8Array,
  ): { readonly bytes: Uint8Array; readonly frames: LaidFrame[] } {
    const { count } = this;
    const lengths: number[] = [];
    let total = 0;
    for (let from = 0; from < count; from += frameRows) {
      lengths.push(this.#frameLength(from, Math.min(count, from + frameRows)));
      total += lengths.at(-1)!;
    }
    const given = memory(total);
    const out = new Uint8Array(given.buffer);
    const view = new DataView(given.buffer);
    let at = given.byteOffset;
    const frames = lengths.map((length, i) => {
      const from = i * frameRows;
      const frame = this.#frame(from, Math.min(count, from + frameRows), out, view, at, length);
      at += length;
      return frame;
    });
    return { bytes: given, frames };
  }

  /** The same, some frames at a time, in memory that is used again: what `take` gets is valid until it returns. */
  layOutInPieces(frameRows: number, take: (bytes: Uint8Array, frames: readonly LaidFrame[]) => void): void {
    const { count } = this;
    let view = new DataView(this.#piece.buffer);
    let frames: LaidFrame[] = [];
    let used = 0;
    for (let from = 0; from < count; from += frameRows) {
      const to = Math.min(count, from + frameRows);
      const length = this.#frameLength(from, to);
      if (used + length > this.#piece.length) {
        if (frames.length > 0) take(this.#piece.subarray(0, used), frames);
        frames = [];
        used = 0;
        if (length > this.#piece.length) {
          this.#piece = new Uint8Array(Math.max(length, pieceBytes));
          view = new DataView(this.#piece.buffer);
        }
      }
      frames.push(this.#frame(from, to, this.#piece, view, used, length));
      used += length;
    }
    if (frames.length > 0) take(this.#piece.subarray(0, used), frames);
  }

  clear(): void {
    this.#used = 0;
    this.count = 0;
  }

  /** Nobody holds lines here any more. */
  end(): void {
    this.clear();
    spare = new WeakRef(this);
  }

  /** Bytes of a frame of the lines that have these places in the order. */
  #frameLength(from: number, to: number): number {
    let bytes = to - from;
    for (let i = from; i < to; i++) bytes += this.#ends[this.#order[i]!]! - this.#starts[this.#order[i]!]!;
    return headerBytes + lineBodyBytes(to - from, bytes);
  }

  #frame(from: number, to: number, out: Uint8Array, view: DataView, at: number, length: number): LaidFrame {
    const body = at + headerBytes;
    const text = body + textOffset(to - from);
    const end = at + length;
    this.#gather(from, to, out, view, body);
    // Padding is the same each time, so that checksums are.
    const column = body + (to - from) * 4;
    out.fill(0, column, text);
    out.fill(0, text + view.getUint32(column - 4, true), end);
    return { rows: to - from, length, checksum: sealLines(out.subarray(at, end), to - from) };
  }

  #gather(from: number, to: number, out: Uint8Array, view: DataView, body: number): number {
    const order = this.#order;
    const starts = this.#starts;
    const ends = this.#ends;
    const bytes = this.#bytes;
    const source = new DataView(bytes.buffer);
    const column = new Uint32Array(out.buffer, body, to - from);
    const text = body + textOffset(to - from);
    let at = text;
    let touched = 0;
    for (let base = from; base < to; base += together) {
      const some = Math.min(together, to - base);
      for (let i = 0; i < some; i++) {
        const line = order[base + i]!;
        froms[i] = starts[line]!;
        lengths[i] = ends[line]! - starts[line]!;
      }
      // Lines lie anywhere, and memory is slow to come: asked for all at once, it comes at once.
      for (let i = 0; i < some; i++) touched ^= bytes[froms[i]!]! ^ bytes[froms[i]! + 64]!;
      for (let i = 0; i < some; i++) {
        const length = lengths[i]!;
        copyLine(bytes, source, froms[i]!, length, out, view, at);
        at += length;
        out[at++] = 10;
        column[base - from + i] = at - text;
      }
    }
    return touched;
  }
}

function larger<A extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(array: A, needed: number): A {
  const Type = array.constructor as new (length: number) => A;
  const copy = new Type(Math.max(needed, Math.ceil(array.length * 1.5)));
  copy.set(array);
  return copy;
}
