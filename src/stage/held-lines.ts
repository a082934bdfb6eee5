/** Lines as bytes, collected until they are laid out as frames of a sorted run. */
import { isUtf8 } from 'node:buffer';
import { headerBytes, sealLines } from '../exchange/frames.js';
import { lineBodyBytes, slack, textOffset } from '../exchange/line-frames.js';
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
  count = 0;
  #order: Uint32Array = new Uint32Array(0);

  /** @param expected about how many bytes there will be */
  constructor(expected: number) {
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
      const to = Math.min(count, from + frameRows);
      let bytes = to - from;
      for (let i = from; i < to; i++) bytes += this.#ends[this.#order[i]!]! - this.#starts[this.#order[i]!]!;
      lengths.push(headerBytes + lineBodyBytes(to - from, bytes));
      total += lengths.at(-1)!;
    }
    const given = memory(total);
    const out = new Uint8Array(given.buffer);
    const view = new DataView(given.buffer);
    const frames: LaidFrame[] = [];
    let at = given.byteOffset;
    for (const [i, length] of lengths.entries()) {
      const from = i * frameRows;
      const rows = Math.min(count, from + frameRows) - from;
      this.#gather(from, from + rows, out, view, at + headerBytes);
      frames.push({ rows, length, checksum: sealLines(out.subarray(at, at + length), rows) });
      at += length;
    }
    return { bytes: given, frames };
  }

  clear(): void {
    this.#used = 0;
    this.count = 0;
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
    // Padding is the same each time, so that checksums are.
    out.fill(0, at, at + slack);
    return touched;
  }
}

function larger<A extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(array: A, needed: number): A {
  const Type = array.constructor as new (length: number) => A;
  const copy = new Type(Math.max(needed, Math.ceil(array.length * 1.5)));
  copy.set(array);
  return copy;
}
