import { rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownName } from '../exchange/left-behind.js';
import { PartReader } from '../exchange/reader.js';
import { scratchPrefix } from '../exchange/scratch-name.js';
import type { Part, Segment } from '../exchange/segment.js';
import { SegmentWriter, type WriterOptions } from '../exchange/writer.js';
import type { Store } from './spec.js';

/** What a task knows of where it runs: its scratch files, and what it has spilled. */
export class Surroundings {
  readonly store: Store;
  readonly #attempt: string;
  readonly #files = new Set<string>();
  /** What has files open, unless it has closed them. */
  readonly #opened: { close(): void }[] = [];
  #count = 0;
  #own: string | undefined;
  spilledBytes = 0;
  /** Rows that were read from inputs. */
  rowsIn = 0;

  constructor(store: Store, attempt: string) {
    this.store = store;
    // A task whose worker was lost is run again under the same name, and its file may be there.
    this.#attempt = `${attempt}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`;
  }

  /** A new name for a file of this try. */
  scratchFile(what: string): string {
    const file = join(this.#folder(), `${this.#attempt}-${what}-${this.#count++}`);
    this.#files.add(file);
    return file;
  }

  reader(part: Part, chunk?: number, passing?: boolean): PartReader {
    const reader = new PartReader(part, chunk, passing);
    // Only files have to be closed.
    if ('file' in part.place) this.#opened.push(reader);
    return reader;
  }

  writer(options: WriterOptions, pairs = false): SegmentWriter {
    const writer = new SegmentWriter(options, pairs);
    this.#opened.push(writer);
    return writer;
  }

  spilled(segment: Segment): void {
    if ('file' in segment.place) for (const bytes of segment.bytes) this.spilledBytes += bytes;
  }

  /** The file is what the task leaves: it stays. */
  keep(file: string): void {
    this.#files.delete(file);
  }

  dropScratch(segment: Segment): void {
    if ('file' in segment.place) this.#drop(segment.place.file);
  }

  /** Closes and removes what is left of this try: an error may have left anything open. */
  clear(): void {
    for (const one of this.#opened) one.close();
    for (const file of [...this.#files]) this.#drop(file);
    if (this.#own !== undefined) rmSync(this.#own, { recursive: true, force: true });
    this.#own = undefined;
  }

  #folder(): string {
    if (this.store.scratch !== undefined) return this.store.scratch;
    // Made by the first file that is written there, which few tasks come to.
    this.#own ??= join(tmpdir(), ownName(scratchPrefix()));
    return this.#own;
  }

  #drop(file: string): void {
    this.#files.delete(file);
    try {
      unlinkSync(file);
    } catch {
      // It was never written.
    }
  }
}
