/** Writes the output of one task: rows for each output partition, in memory up to a bound, past it in a file. */
import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExchangeError } from '../errors.js';
import { checksumOf, frameOf } from './frames.js';
import type { Segment } from './segment.js';

export interface WriterOptions {
  readonly partitions: number;
  /** So many bytes stay in memory; with more, all of them go to the file. 0: the file in any case. */
  readonly room: number;
  /** A name of this attempt's own. */
  readonly file: string;
  /** Memory is to be shared with other threads. */
  readonly shared: boolean;
}

/** Rows that a partition collects before they become a frame. */
const fewestRows = 64;
const mostRows = 4096;
/** Rows that all partitions together collect. */
const collectedRows = 65_536;

export class SegmentWriter {
  readonly #options: WriterOptions;
  readonly #batch: number;
  /** Rows that are no frame yet. */
  readonly #open: unknown[][] = [];
  readonly #frames: Uint8Array[][] = [];
  readonly #index: number[][] = [];
  readonly #rows: number[] = [];
  readonly #bytes: number[] = [];
  /** All rows come out just as they went in. */
  isExact = true;
  #held = 0;
  #digest = 0;
  #file: number | undefined;
  #fileEnd = 0;
  /** Rows are pairs of Sheaf's own making. */
  readonly #pairs: boolean;

  constructor(options: WriterOptions, pairs = false) {
    this.#options = options;
    this.#pairs = pairs;
    const { partitions } = options;
    this.#batch = Math.max(fewestRows, Math.min(mostRows, Math.floor(collectedRows / Math.max(1, partitions))));
    for (let i = 0; i < partitions; i++) this.addPartition();
  }

  /** One more, for those who do not know how many there will be. */
  addPartition(): void {
    this.#open.push([]);
    this.#frames.push([]);
    this.#index.push([]);
    this.#rows.push(0);
    this.#bytes.push(0);
  }

  put(partition: number, row: unknown): void {
    const rows = this.#open[partition]!;
    if (rows.push(row) >= this.#batch) this.#close(partition);
  }

  /** Rows that stay together as a frame; gives its bytes. Where it ends up is known only when all is finished. */
  putFrame(partition: number, rows: readonly unknown[], pairs = this.#pairs): number {
    const { bytes: frame, exact } = frameOf(rows, pairs);
    this.isExact &&= exact;
    this.#frames[partition]!.push(frame);
    this.#digest = (Math.imul(this.#digest ^ checksumOf(frame), 0x01000193) + partition) >>> 0;
    this.#rows[partition]! += rows.length;
    this.#bytes[partition]! += frame.length;
    this.#held += frame.length;
    if (this.#held > this.#options.room) this.#spill();
    return frame.length;
  }

  finish(): Segment {
    for (let i = 0; i < this.#open.length; i++) if (this.#open[i]!.length > 0) this.#close(i);
    const index = this.#index;
    const rest = { index, rows: this.#rows, bytes: this.#bytes, digest: this.#digest };
    if (this.#file !== undefined) {
      this.#spill();
      closeSync(this.#file);
      return { place: { file: this.#options.file }, ...rest };
    }
    const memory = new Uint8Array(
      this.#options.shared ? new SharedArrayBuffer(this.#held) : new ArrayBuffer(this.#held),
    );
    this.#layOut((frame, at) => memory.set(frame, at), 0);
    return { place: { memory }, ...rest };
  }

  /** Leaves nothing behind. */
  abort(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    unlinkSync(this.#options.file);
    this.#file = undefined;
  }

  #close(partition: number): void {
    const rows = this.#open[partition]!;
    this.#open[partition] = [];
    this.putFrame(partition, rows);
  }

  #spill(): void {
    const { file } = this.#options;
    try {
      if (this.#file === undefined) {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        this.#file = openSync(file, 'wx', 0o600);
      }
      const fd = this.#file;
      const whole = Buffer.allocUnsafe(this.#held);
      const start = this.#fileEnd;
      this.#fileEnd = this.#layOut((frame, at) => whole.set(frame, at - start), start);
      for (let done = 0; done < whole.length; ) done += writeSync(fd, whole, done);
    } catch (error) {
      throw cannotWrite(file, error);
    }
    this.#held = 0;
  }

  /** Puts all frames one after the other, those of a partition together. */
  #layOut(put: (frame: Uint8Array, at: number) => void, start: number): number {
    let at = start;
    for (let i = 0; i < this.#frames.length; i++) {
      const frames = this.#frames[i]!;
      if (frames.length === 0) continue;
      const first = at;
      for (const frame of frames) {
        put(frame, at);
        at += frame.length;
      }
      this.#index[i]!.push(first, at - first);
      this.#frames[i] = [];
    }
    return at;
  }
}

/** What keeps a scratch file from being written, in words that help. */
export function cannotWrite(file: string, error: unknown): ExchangeError {
  const { code, message } = error as NodeJS.ErrnoException;
  const what =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'there is no space left on its disk. Free some, or name a larger one: local({ scratch })'
      : message;
  return new ExchangeError(`Cannot write rows to ${dirname(file)}: ${what}.`, { cause: error });
}
