/**
 * Marks: which task and row a worker process runs, in a file that it has in common with the driver, who reads it when the process is
 * gone, however it went. Two numbers: the task's claim, and the row, or -1 where that was not noted.
 */

import { now } from './clock.js';

// Loaded only where there are processes: as imports, these modules would be a tenth of what importing Sheaf costs.
const fs = (): typeof import('node:fs') => process.getBuiltinModule('node:fs');

/** So many rows of a task are noted, and one more for each so many ms that it runs: a mark costs some µs, which rows may not. */
const freeMarks = 16;
const msPerMark = 0.05;

/** The worker's side. */
export class Marks {
  readonly #file: number;
  readonly #writeSync = fs().writeSync;
  readonly #mark = new Float64Array(2);
  #began = 0;
  #written = 0;

  constructor(file: number) {
    this.#file = file;
  }

  /** The task begins, with its first row. */
  begin(claim: number): void {
    this.#mark[0] = claim;
    this.#began = now();
    this.#written = 0;
    this.#write(0);
  }

  /** This row runs now; -1 for none or several. */
  mark(row: number): void {
    if (row === this.#mark[1]) return;
    if (row >= 0 && this.#written < freeMarks + (now() - this.#began) / msPerMark) this.#write(row);
    else if (this.#mark[1] !== -1) this.#write(-1);
  }

  #write(row: number): void {
    this.#mark[1] = row;
    this.#written++;
    this.#writeSync(this.#file, this.#mark, 0, this.#mark.byteLength, 0);
  }
}

/** The driver's side: makes the file, which has no name any more when this returns, so that it is gone with the last who has it open. */
export class MarksFile {
  readonly file: number;

  constructor(worker: number) {
    const { tmpdir } = process.getBuiltinModule('node:os');
    const { join } = process.getBuiltinModule('node:path');
    const path = join(tmpdir(), `sheaf-${process.pid}-${worker}-${Math.random().toString(36).slice(2)}`);
    this.file = fs().openSync(path, 'wx+', 0o600);
    fs().unlinkSync(path);
  }

  /** What was noted last; `undefined` if no task had begun. */
  read(): { readonly claim: number; readonly row: number } | undefined {
    const mark = new Float64Array(2);
    if (fs().readSync(this.file, mark, 0, mark.byteLength, 0) < mark.byteLength) return undefined;
    return { claim: mark[0]!, row: mark[1]! };
  }

  close(): void {
    fs().closeSync(this.file);
  }
}
