/** Writes the output of one task: rows for each output partition, in memory up to a bound, past it in a file. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExchangeError, ValueError } from '../errors.js';
import { checksumOf, frameOf } from './frames.js';
import type { Segment } from './segment.js';
import { weightOf } from './weigh.js';

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

/** Bytes that go to a file at once. */
const writtenAtOnce = 4 * 2 ** 20;

/** One row in so many is looked at, to find those that are heavy. */
const lookedAt = 64;
/** Bytes of a row from which on each is weighed: so many rows as are collected would be too many of such. */
const heavy = 1024;
/** Bytes of heavy rows that a partition, and all partitions together, collect before they become frames. */
const mostInBucket = 2 ** 20;
const mostCollected = 16 * 2 ** 20;

export class SegmentWriter {
  readonly #options: WriterOptions;
  readonly #batch: number;
  /** Those that have rows, by partition and in the order in which they came. */
  readonly #byPartition: (Bucket | undefined)[] = [];
  readonly #buckets: Bucket[] = [];
  #held = 0;
  /** Some row was heavy: from then on each is weighed. */
  #weighs = false;
  #count = 0;
  /** Bytes of weighed rows that are no frames yet. */
  #collected = 0;
  #digest = 0;
  #file: number | undefined;
  #fileEnd = 0;
  /** Bytes that are held before they are written to the file. */
  readonly #most: number;
  /** Rows are pairs of Sheaf's own making. */
  readonly #pairs: boolean;

  constructor(options: WriterOptions, pairs = false) {
    this.#options = options;
    this.#pairs = pairs;
    this.#most = Math.max(options.room, writtenAtOnce);
    const { partitions } = options;
    this.#batch = Math.max(fewestRows, Math.min(mostRows, Math.floor(collectedRows / Math.max(1, partitions))));
  }

  put(partition: number, row: unknown): void {
    const bucket = this.#byPartition[partition] ?? this.#bucket(partition);
    if (bucket.open.push(row) >= this.#batch) this.#close(bucket);
    else if (this.#weighs || this.#count++ % lookedAt === 0) this.#weigh(bucket, row);
  }

  /** Heavy rows become frames early. */
  #weigh(bucket: Bucket, row: unknown): void {
    const weight = weightOf(row);
    this.#weighs ||= weight > heavy;
    if (!this.#weighs) return;
    bucket.weight += weight;
    this.#collected += weight;
    if (bucket.weight > mostInBucket) this.#close(bucket);
    else if (this.#collected > mostCollected)
      for (const one of this.#buckets) if (one.open.length > 0) this.#close(one);
  }

  /** Rows that stay together as a frame; gives its bytes. Where it ends up is known only when all is finished. */
  putFrame(partition: number, rows: readonly unknown[], pairs = this.#pairs): number {
    const bucket = this.#byPartition[partition] ?? this.#bucket(partition);
    const frame = encoded(rows, pairs);
    this.#mix(checksumOf(frame), partition);
    this.#hold(bucket, frame, rows.length);
    return frame.length;
  }

  /**
   * Frames that lie one after the other already. In memory the writer may keep them where they are.
   * @param now they go to the file at once, since their memory is used again, and all the rest goes there, too
   */
  putFrames(partition: number, bytes: Uint8Array, rows: number, checksums: readonly number[], now = false): void {
    for (const checksum of checksums) this.#mix(checksum, partition);
    this.#hold(this.#byPartition[partition] ?? this.#bucket(partition), bytes, rows);
    if (now && this.#held > 0) this.#spill();
  }

  #mix(checksum: number, partition: number): void {
    this.#digest = (Math.imul(this.#digest ^ checksum, 0x01000193) + partition) >>> 0;
  }

  #hold(bucket: Bucket, frames: Uint8Array, rows: number): void {
    bucket.frames.push(frames);
    bucket.rows += rows;
    bucket.bytes += frames.length;
    this.#held += frames.length;
    if (this.#held > this.#most) this.#spill();
  }

  finish(): Segment {
    const buckets = this.#buckets.sort((a, b) => a.partition - b.partition);
    for (const bucket of buckets) if (bucket.open.length > 0) this.#close(bucket);
    if (this.#held > this.#options.room) this.#spill();
    const memory = this.#file === undefined ? this.#memory() : undefined;
    if (this.#file !== undefined) {
      this.#spill();
      this.close();
    }
    return {
      place: memory === undefined ? { file: this.#options.file } : { memory },
      partitions: buckets.map(({ partition }) => partition),
      runs: buckets.map(({ runs }) => runs),
      rows: buckets.map(({ rows }) => rows),
      bytes: buckets.map(({ bytes }) => bytes),
      digest: this.#digest,
    };
  }

  /** Holds no file open any more; what is in it stays. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #bucket(partition: number): Bucket {
    const bucket: Bucket = { partition, open: [], frames: [], runs: [], rows: 0, bytes: 0, weight: 0 };
    this.#byPartition[partition] = bucket;
    this.#buckets.push(bucket);
    return bucket;
  }

  #close(bucket: Bucket): void {
    const rows = bucket.open;
    bucket.open = [];
    this.#collected -= bucket.weight;
    bucket.weight = 0;
    this.putFrame(bucket.partition, rows);
  }

  #memory(): Uint8Array {
    const there = this.#options.shared ? laidOut(this.#buckets.flatMap(({ frames }) => frames)) : undefined;
    if (there !== undefined) {
      this.#layOut(() => {}, 0);
      return there;
    }
    const whole = this.#options.shared ? undefined : wholeOf(this.#buckets.flatMap(({ frames }) => frames));
    if (whole !== undefined) {
      this.#layOut(() => {}, 0);
      return whole;
    }
    const memory = new Uint8Array(
      this.#options.shared ? new SharedArrayBuffer(this.#held) : new ArrayBuffer(this.#held),
    );
    this.#layOut((frame, at) => memory.set(frame, at), 0);
    return memory;
  }

  #spill(): void {
    const { file } = this.#options;
    try {
      if (this.#file === undefined) {
        makeFolder(dirname(file));
        this.#file = openSync(file, 'wx', 0o600);
      }
      const fd = this.#file;
      const start = this.#fileEnd;
      let whole: Uint8Array = new Uint8Array(0);
      this.#fileEnd = this.#layOut((frame, at) => {
        if (frame.length === this.#held) whole = frame;
        else {
          if (whole.length === 0) whole = Buffer.allocUnsafe(this.#held);
          whole.set(frame, at - start);
        }
      }, start);
      for (let done = 0; done < whole.length; ) done += writeSync(fd, whole, done);
    } catch (error) {
      throw cannotWrite(file, error);
    }
    this.#held = 0;
  }

  /** Puts all frames one after the other, those of a partition together. */
  #layOut(put: (frame: Uint8Array, at: number) => void, start: number): number {
    let at = start;
    for (const bucket of this.#buckets) {
      const { frames } = bucket;
      if (frames.length === 0) continue;
      const first = at;
      for (const frame of frames) {
        put(frame, at);
        at += frame.length;
      }
      const { runs } = bucket;
      if (runs.length > 0 && runs.at(-2)! + runs.at(-1)! === first) runs[runs.length - 1]! += at - first;
      else runs.push(first, at - first);
      bucket.frames = [];
    }
    return at;
  }
}

/** Frames that lie one after the other in shared memory, from its beginning, as one piece. */
function laidOut(frames: readonly Uint8Array[]): Uint8Array | undefined {
  const memory = frames[0]?.buffer;
  if (!(memory instanceof SharedArrayBuffer)) return undefined;
  let at = 0;
  for (const { buffer, byteOffset, length } of frames) {
    if (buffer !== memory || byteOffset !== at) return undefined;
    at += length;
  }
  return new Uint8Array(memory, 0, at);
}

/** The only frame there is, where it has memory of its own. */
function wholeOf(frames: readonly Uint8Array[]): Uint8Array | undefined {
  const [frame] = frames;
  return frames.length === 1 && frame!.length === frame!.buffer.byteLength ? frame : undefined;
}

/** What there is for one output partition. */
interface Bucket {
  readonly partition: number;
  /** Rows that are no frame yet. */
  open: unknown[];
  /** Bytes of those of them that were weighed. */
  weight: number;
  /** Frames that have no place yet. */
  frames: Uint8Array[];
  /** Offset and length of each stretch of frames. */
  readonly runs: number[];
  rows: number;
  bytes: number;
}

/** A row that cannot be sent. */
export class RowRefused extends Error {
  readonly row: unknown;
  readonly error: ValueError;
  constructor(row: unknown, error: ValueError) {
    super(error.message);
    this.row = row;
    this.error = error;
  }
}

function encoded(rows: readonly unknown[], pairs: boolean): Uint8Array {
  try {
    return frameOf(rows, pairs);
  } catch (error) {
    if (!(error instanceof ValueError) || error.index === undefined) throw error;
    // Its place in the frame says nothing to anybody.
    const message = error.message.replace(/^Item \d+/, 'A row');
    throw new RowRefused(rows[error.index], new ValueError(message, error.path, undefined, { cause: error.cause }));
  }
}

/** Makes a folder, but not the one it is in, which is gone when nobody wants files any more. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
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
