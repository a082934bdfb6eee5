/** Writes one partition to one file, in the worker. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ParquetSink } from './duckdb/sink.js';
import { csvEncoder } from './encoders/csv.js';
import type { Output, RowEncoder } from './encoders/encoder.js';
import { jsonEncoder } from './encoders/json.js';
import { textEncoder } from './encoders/text.js';
import { inTarget } from './in-target.js';
import { nameOf, type SinkSpec, type WrittenFile, whole, writing } from './sink-spec.js';

/** Takes a partition's rows. Either `commit` or `abort` ends it; an attempt that does neither leaves nothing that is ever seen. */
export interface Sink {
  write(rows: unknown[]): void | Promise<void>;
  /** Of text: takes whole lines of UTF-8, each with its line feed. */
  readonly writeLines?: ((bytes: Uint8Array, rows: number) => void) | undefined;
  commit(): Promise<WrittenFile>;
  abort(): Promise<void>;
}

const blockBytes = 1 << 20;
/** So much text is put together before it becomes bytes. */
const textLength = 1 << 14;

/** A sink for a partition of a write that `prepareTarget` has begun. */
export function openSink(spec: SinkSpec, partition: number): Sink {
  switch (spec.format) {
    case 'text':
      return new FileSink(spec, partition, textEncoder(partition));
    case 'json':
      return new FileSink(spec, partition, jsonEncoder(partition));
    case 'csv':
      return new FileSink(spec, partition, csvEncoder(partition, spec.columns));
    case 'parquet':
      return new ParquetSink(spec, partition);
  }
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
  #text = '';
  #rows = 0;
  #bytes = 0;

  constructor(spec: SinkSpec, partition: number, encoder: RowEncoder) {
    this.#spec = spec;
    this.#partition = partition;
    this.#encoder = encoder;
    this.writeLines = spec.format === 'text' ? (bytes, rows) => this.#writeLines(bytes, rows) : undefined;
    this.#path = join(spec.staging, writing, `${partition}-${randomUUID()}`);
    this.#fd = inTarget(spec.dir, () => openSync(this.#path, 'wx'));
  }

  write(rows: unknown[]): void {
    this.#encoder.encode(rows, this.#rows, this);
    this.#rows += rows.length;
  }

  readonly writeLines: Sink['writeLines'];

  #writeLines(bytes: Uint8Array, rows: number): void {
    this.#encode();
    this.#flush();
    // As the encoder has it: a reader takes the first mark off, and the second is the row's own.
    if (this.#rows === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
      this.#put(bytes.subarray(0, 3));
    this.#put(bytes);
    this.#rows += rows;
  }

  text(text: string): void {
    this.#text += text;
    if (this.#text.length >= textLength) this.#encode();
  }

  #encode(): void {
    const text = this.#text;
    this.#text = '';
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
    this.#encode();
    this.#flush();
    inTarget(this.#spec.dir, () => {
      this.#close();
      // An earlier attempt's file, if there is one, is replaced.
      renameSync(this.#path, join(this.#spec.staging, whole, name));
    });
    const { columns } = this.#encoder;
    return { partition: this.#partition, name, rows: this.#rows, bytes: this.#bytes, columns };
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
