/** Reads what tasks before have written for one task. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { check, type Header, headerAt, headerBytes, rowsOf } from './frames.js';
import { type LineFrame, lineFrameOf } from './line-frames.js';
import { type NumberRows, numberRowsOf } from './number-rows.js';
import { getObject } from './objects.js';
import { type Part, PartLost } from './segment.js';

/** Bytes read from a file at a time, unless told; a larger frame is read whole. */
export const mostChunk = 256 * 1024;
/** The same of an object, each read of which is a request. */
const objectChunk = 2 ** 20;

/** The rows of a part, a frame at a time. */
export class PartReader {
  readonly #part: Part;
  readonly #chunk: number;
  /** What a frame gives is done with when the next is asked for, so that its memory is used again. */
  readonly #passing: boolean;
  #run = 0;
  #file: number | undefined;
  #buffer: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes of the run that have not been read from the file. */
  #rest = 0;
  #offset = 0;

  constructor(part: Part, chunk = 'object' in part.place ? objectChunk : mostChunk, passing = false) {
    this.#part = part;
    this.#chunk = chunk;
    this.#passing = passing;
  }

  /** Throws {@link PartLost}. */
  next(): unknown[] | undefined {
    return this.#reading(() => {
      const header = this.#begin();
      return header === undefined ? undefined : rowsOf(header, this.#body(header));
    });
  }

  /** The same; rows that are all numbers as they lie there. */
  nextPacked(): unknown[] | NumberRows | undefined {
    return this.#reading(() => {
      const header = this.#begin();
      if (header === undefined) return undefined;
      const body = this.#body(header);
      return numberRowsOf(header, body) ?? rowsOf(header, body);
    });
  }

  /** The lines of the next frame as bytes; `'other'` where it holds none, which is then still the next. Throws {@link PartLost}. */
  nextLines(): LineFrame | 'other' | undefined {
    return this.#reading(() => {
      const header = this.#begin();
      if (header === undefined) return undefined;
      if (header.lines) return lineFrameOf(this.#body(header), header.rows);
      this.#at -= headerBytes;
      return 'other';
    });
  }

  #reading<R>(read: () => R | undefined): R | undefined {
    try {
      const got = read();
      if (got === undefined) this.close();
      return got;
    } catch (error) {
      this.close();
      const { place } = this.#part;
      const where =
        'file' in place ? place.file : 'object' in place ? `object ${place.object.name}` : 'a block in memory';
      throw new PartLost(this.#part, `${where}: ${(error as Error).message}`);
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#run = this.#part.runs.length;
    this.#buffer = new Uint8Array(0);
    this.#at = 0;
    this.#rest = 0;
  }

  #begin(): Header | undefined {
    while (this.#at === this.#buffer.length && this.#rest === 0) {
      if (this.#run >= this.#part.runs.length) return undefined;
      this.#openRun(this.#part.runs[this.#run]!, this.#part.runs[this.#run + 1]!);
      this.#run += 2;
    }
    return this.#header();
  }

  #body(header: Header): Uint8Array {
    const body = this.#take(header.length);
    if ('file' in this.#part.place) check(header, body);
    return body;
  }

  #openRun(offset: number, length: number): void {
    const { place } = this.#part;
    if ('memory' in place) {
      this.#buffer = place.memory.subarray(offset, offset + length);
      this.#at = 0;
      return;
    }
    if ('file' in place) {
      this.#file ??= openSync(place.file, 'r');
      if (fstatSync(this.#file).size < offset + length) throw new Error('it ends too early');
    }
    this.#offset = offset;
    this.#rest = length;
  }

  #header(): Header {
    this.#fill(headerBytes);
    const header = headerAt(this.#buffer, this.#at);
    if (header === undefined) throw new Error('no frame begins where one should');
    this.#at += headerBytes;
    return header;
  }

  #take(length: number): Uint8Array {
    this.#fill(length);
    if (this.#at + length > this.#buffer.length) throw new Error('a frame ends too early');
    const body = this.#buffer.subarray(this.#at, this.#at + length);
    this.#at += length;
    return body;
  }

  /** Sees to it that `bytes` more are there, as far as the run has them. Bodies stay at multiples of 8. */
  #fill(bytes: number): void {
    const there = this.#buffer.length - this.#at;
    if (there >= bytes || this.#rest === 0) return;
    const more = Math.min(this.#rest, Math.max(bytes - there, this.#chunk));
    const buffer = this.#memory(there + more);
    buffer.set(this.#buffer.subarray(this.#at));
    this.#read(buffer.subarray(there));
    this.#offset += more;
    this.#rest -= more;
    this.#buffer = buffer;
    this.#at = 0;
  }

  /** Memory to read to; in front of it lies what was not used of the last. */
  #memory(length: number): Uint8Array {
    // Rows may keep views of it.
    if (!this.#passing) return new Uint8Array(length);
    const { buffer } = this.#buffer;
    const fits = buffer.byteLength >= length && 'file' in this.#part.place;
    return new Uint8Array(fits ? buffer : new ArrayBuffer(length + this.#chunk / 4), 0, length);
  }

  /** The next bytes of the run. */
  #read(into: Uint8Array): void {
    const { place } = this.#part;
    if ('object' in place) {
      getObject(place.object, this.#offset, into);
      return;
    }
    for (let read = 0; read < into.length; ) {
      const count = readSync(this.#file!, into, read, into.length - read, this.#offset + read);
      if (count === 0) throw new Error('it ends too early');
      read += count;
    }
  }
}
