import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Segment } from '../exchange/segment.js';
import type { Store } from './spec.js';

/** What a task knows of where it runs: its scratch files, and what it has spilled. */
export class Surroundings {
  readonly store: Store;
  readonly #attempt: string;
  readonly #files = new Set<string>();
  #count = 0;
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
    const file = join(this.store.scratch, `${this.#attempt}-${what}-${this.#count++}`);
    this.#files.add(file);
    return file;
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

  /** Removes what is left of this try. */
  clear(): void {
    for (const file of [...this.#files]) this.#drop(file);
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
