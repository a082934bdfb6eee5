/** Writes one partition to one file, in the worker. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ExchangeError } from '../errors.js';
import { nameOf, type SinkSpec, type WrittenFile, whole, writing } from './sink-spec.js';
import { textEncoder } from './text-encoder.js';

/** Takes a partition's rows. Either `commit` or `abort` ends it; an attempt that does neither leaves nothing that is ever seen. */
export interface Sink {
  write(rows: unknown[]): void | Promise<void>;
  commit(): Promise<WrittenFile>;
  abort(): Promise<void>;
}

/** Makes rows bytes. */
export interface RowEncoder {
  /** Puts rows into `out`; `at` is the number of the first. */
  encode(rows: readonly unknown[], at: number, out: Output): void;
}

/** Where bytes of a file are collected before they are written. */
export interface Output {
  text(text: string): void;
}

const blockBytes = 1 << 20;

export function openSink(spec: SinkSpec, partition: number): Sink {
  return new FileSink(spec, partition, textEncoder(partition));
}

class FileSink implements Sink, Output {
  readonly #spec: SinkSpec;
  readonly #partition: number;
  readonly #encoder: RowEncoder;
  /** A name of this attempt's own, so that two attempts at a partition never write to one file. */
  readonly #path: string;
  #fd: number | undefined;
  readonly #block = Buffer.allocUnsafeSlow(blockBytes);
  #used = 0;
  #rows = 0;
  #bytes = 0;

  constructor(spec: SinkSpec, partition: number, encoder: RowEncoder) {
    this.#spec = spec;
    this.#partition = partition;
    this.#encoder = encoder;
    this.#path = join(spec.staging, writing, `${partition}-${randomUUID()}`);
    this.#fd = inTarget(spec.dir, () => openSync(this.#path, 'wx'));
  }

  write(rows: unknown[]): void {
    this.#encoder.encode(rows, this.#rows, this);
    this.#rows += rows.length;
  }

  text(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    if (text.length * 3 > this.#block.length - this.#used) {
      this.#flush();
      if (text.length * 3 > this.#block.length) {
        this.#put(Buffer.from(text));
        return;
      }
    }
    this.#used += this.#block.write(text, this.#used);
  }

  #flush(): void {
    this.#put(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }

  #put(bytes: Uint8Array): void {
    inTarget(this.#spec.dir, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd!, bytes, done);
    });
    this.#bytes += bytes.length;
  }

  async commit(): Promise<WrittenFile> {
    const name = nameOf(this.#spec, this.#partition);
    this.#flush();
    inTarget(this.#spec.dir, () => {
      this.#close();
      // An earlier attempt's file, if there is one, is replaced.
      renameSync(this.#path, join(this.#spec.staging, whole, name));
    });
    return { partition: this.#partition, name, rows: this.#rows, bytes: this.#bytes };
  }

  async abort(): Promise<void> {
    try {
      this.#close();
    } finally {
      rmSync(this.#path, { force: true });
    }
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }
}

/** Gives what `act` gives; its error becomes one that names the target and says what to do. */
export function inTarget<T>(dir: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw targetError(dir, error as NodeJS.ErrnoException);
  }
}

export function targetError(dir: string, error: NodeJS.ErrnoException): ExchangeError {
  const what =
    error.code === 'ENOSPC' || error.code === 'EDQUOT'
      ? `${dir} cannot be written: its disk is full. Make room there, or write to another place`
      : error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM'
        ? `${dir} cannot be written: this program may not write there`
        : `${dir} cannot be written`;
  return new ExchangeError(`${what} (${error.message}). Nothing has been left there.`, { cause: error });
}
