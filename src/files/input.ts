/** The bytes of a piece of a file, one read after another. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { ExchangeError } from '../errors.js';
import type { FilePiece, Packing } from './task.js';

/** Fills a buffer with what comes next. 0 means the end. */
export interface Input {
  read(into: Uint8Array): number | Promise<number>;
  close(): void;
}

/** The bytes of a piece's file, unpacked, from `at` on and not past `until`. */
export function openInput(piece: FilePiece, at: number, until: number): Input {
  return piece.packing === 'none' ? new PlainInput(piece, at, until) : new PackedInput(piece, at);
}

/** Fails where this Node cannot unpack. */
export function checkPacking(packing: Packing, name: string): void {
  if (packing === 'zstd' && !('createZstdDecompress' in zlib)) {
    throw new ExchangeError(
      `${name} is packed with zstd, which Node ${process.versions.node} cannot read. Node 22.15 and later can; or unpack the file first.`,
    );
  }
}

class PlainInput implements Input {
  readonly #piece: FilePiece;
  readonly #fd: number;
  /** A place to read from; -1 for what can only be read in its order. */
  #at: number;
  readonly #until: number;

  constructor(piece: FilePiece, at: number, until: number) {
    this.#piece = piece;
    this.#until = Math.min(until, piece.size);
    this.#at = piece.size === Infinity ? -1 : at;
    this.#fd = inFile(piece, () => openSync(piece.file, 'r'));
    if (this.#at < 0) return;
    const { size } = inFile(piece, () => fstatSync(this.#fd));
    if (size >= piece.size) return;
    this.close();
    throw new ExchangeError(
      `${piece.name} has become shorter since the work was planned (${size} bytes instead of ${piece.size}). Run it again once the file no longer changes.`,
    );
  }

  read(into: Uint8Array): number {
    if (this.#at < 0) return inFile(this.#piece, () => readSync(this.#fd, into, 0, into.length, null));
    const length = Math.min(into.length, this.#until - this.#at);
    if (length <= 0) return 0;
    const count = inFile(this.#piece, () => readSync(this.#fd, into, 0, length, this.#at));
    this.#at += count;
    return count;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

class PackedInput implements Input {
  readonly #piece: FilePiece;
  readonly #file: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Uint8Array = new Uint8Array();
  /** Bytes to leave out first. */
  #skip: number;

  constructor(piece: FilePiece, skip: number) {
    this.#piece = piece;
    this.#skip = skip;
    checkPacking(piece.packing, piece.name);
    // A test of the path first: a stream would tell of a missing file only later.
    closeSync(inFile(piece, () => openSync(piece.file, 'r')));
    this.#file = createReadStream(piece.file, { highWaterMark: 1 << 18 });
    const unpacked = unpacker(piece.packing);
    this.#file.once('error', (error) => unpacked.destroy(error));
    this.#file.pipe(unpacked);
    this.#chunks = unpacked[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#rest.length > 0 ? this.#take(into) : this.#more(into);
  }

  async #more(into: Uint8Array): Promise<number> {
    let next: IteratorResult<Buffer>;
    try {
      next = await this.#chunks.next();
    } catch (error) {
      throw new ExchangeError(`${this.#piece.name} cannot be unpacked: ${(error as Error).message}.`, { cause: error });
    }
    if (next.done) return 0;
    this.#rest = next.value.subarray(this.#skip);
    this.#skip -= next.value.length - this.#rest.length;
    return this.#rest.length > 0 ? this.#take(into) : this.#more(into);
  }

  #take(into: Uint8Array): number {
    const part = this.#rest.subarray(0, into.length);
    into.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return part.length;
  }

  close(): void {
    this.#file.destroy();
    void Promise.resolve(this.#chunks.return?.()).catch(() => undefined);
  }
}

function unpacker(packing: Packing) {
  const options = { chunkSize: 1 << 18 };
  if (packing === 'gzip') return zlib.createGunzip(options);
  return (zlib as unknown as { createZstdDecompress: typeof zlib.createGunzip }).createZstdDecompress(options);
}

/** How many line ends stand before `place`. Of a packed file, which is read from its beginning, none are looked for. */
export function linesBefore(piece: FilePiece, place: number): number {
  if (piece.from === 0) return 0;
  const input = new PlainInput(piece, 0, place);
  const bytes = Buffer.allocUnsafe(1 << 18);
  let lines = 0;
  try {
    for (let count = input.read(bytes); count > 0; count = input.read(bytes)) {
      for (let i = 0; i < count; i++) if (bytes[i] === 10) lines++;
    }
  } finally {
    input.close();
  }
  return lines;
}

/** Gives what `read` gives; its error becomes one that names the file. */
export function inFile<T>(piece: { readonly name: string }, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ExchangeError(`${piece.name} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
