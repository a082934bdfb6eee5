/** Rows of CSV as objects. */

import { type BadRowTaker, badRowTaker, type OpenHooks } from '../bad-rows.js';
import type { BadRow, Batches } from '../batches.js';
import { PieceBatches } from '../pieces.js';
import { show } from '../show.js';
import type { CsvPiece, CsvTask } from '../task.js';
import { Window } from '../window.js';
import { type RowMaker, rowMaker } from './records.js';
import { type FaultyRow, Tokens } from './tokens.js';
import { readerOf, textOf } from './values.js';

export function openCsv(task: CsvTask, hooks: OpenHooks): Batches {
  const take = badRowTaker(task.onBadRow, hooks);
  return new PieceBatches(
    task.pieces,
    (piece) => new CsvBlocks(task, piece, take),
    (blocks) => blocks.rows(),
  );
}

/** The rows of a piece, whose bounds are between rows. */
class CsvBlocks {
  readonly #task: CsvTask;
  readonly #piece: CsvPiece;
  readonly #take: BadRowTaker;
  readonly #window: Window;
  readonly #tokens: Tokens;
  readonly #make: RowMaker;
  /** Where what `#tokens` holds begins in the window, and its line in the file. */
  #start = 0;
  #line: number;

  constructor(task: CsvTask, piece: CsvPiece, take: BadRowTaker) {
    this.#task = task;
    this.#piece = piece;
    this.#take = take;
    this.#line = piece.line;
    this.#window = new Window(piece, piece.from, piece.to);
    this.#tokens = new Tokens(task.columns.length, task.delimiter);
    const properties = task.columns.map(({ name, type }, i) => ({
      name,
      field: piece.fields[i]!,
      read: readerOf(type),
    }));
    this.#make = rowMaker(properties, task.columns.length);
  }

  next(): boolean | Promise<boolean> {
    const window = this.#window;
    const tokens = this.#tokens;
    for (;;) {
      if (window.start < window.end) {
        this.#line += tokens.lines;
        this.#start = window.start;
        tokens.read(window.bytes, window.start, window.end, window.end, window.ended);
        window.start = tokens.next;
        if (tokens.rows > 0 || tokens.faults.length > 0) return true;
        if (window.start > this.#start) continue; // blank lines
      }
      if (window.ended) return false;
      const filled = window.fill();
      if (filled !== undefined) return filled.then(() => this.next());
    }
  }

  rows(): unknown[] {
    const rows: unknown[] = [];
    let from = 0;
    for (const fault of this.#tokens.faults) {
      this.#makeRows(from, fault.at, rows);
      from = fault.at;
      const instead = this.#take(() => this.#describe(fault));
      if (instead !== undefined) rows.push(instead);
    }
    this.#makeRows(from, this.#tokens.rows, rows);
    return rows;
  }

  #makeRows(from: number, to: number, rows: unknown[]): void {
    const { bytes } = this.#window;
    while (from < to) {
      const before = rows.length;
      try {
        this.#make(bytes, this.#tokens, from, to, rows);
        return;
      } catch (error) {
        const row = from + rows.length - before;
        const instead = this.#take(() => this.#describeValue(row, error as Error));
        if (instead !== undefined) rows.push(instead);
        from = row + 1;
      }
    }
  }

  #describe({ fault, start, end, lines, fields }: FaultyRow): BadRow {
    const { length } = this.#task.columns;
    const message = {
      count: `it has ${fields} field${fields === 1 ? '' : 's'}, but the header has ${length}`,
      behind: 'something stands behind the quote that ends a field; quotes inside one must be doubled',
      open: 'a quote that begins a field has no end',
    }[fault];
    return {
      file: this.#piece.name,
      line: this.#line + lines,
      text: this.#text(start, end),
      error: new SyntaxError(message),
    };
  }

  #describeValue(row: number, error: Error): BadRow {
    const { columns } = this.#task;
    const { bytes } = this.#window;
    const { starts, ends } = this.#tokens;
    const at = row * columns.length;
    const last = ends[at + columns.length - 1]!;
    const start = starts[at]! > 0 && bytes[starts[at]! - 1] === 34 ? starts[at]! - 1 : starts[at]!;
    const newline = bytes.indexOf(10, last < 0 ? ~last : last);
    let line = this.#line;
    for (let i = this.#start; i < start; i++) if (bytes[i] === 10) line++;
    return { file: this.#piece.name, line, text: this.#text(start, newline), error: this.#explain(at, error) };
  }

  /** Which column it is. */
  #explain(at: number, error: Error): Error {
    const { starts, ends } = this.#tokens;
    for (const [i, { name, type }] of this.#task.columns.entries()) {
      const field = at + this.#piece.fields[i]!;
      const [start, end] = [starts[field]!, ends[field]!];
      try {
        readerOf(type)(this.#window.bytes, start, end);
      } catch (cause) {
        const text = show(textOf(this.#window.bytes, start, end));
        return new TypeError(`column ${show(name)} has ${text}, which ${(cause as Error).message}`, { cause });
      }
    }
    return error;
  }

  #text(start: number, end: number): string {
    return this.#window.bytes.toString('utf8', start, end).replace(/\r?\n$/, '');
  }

  close(): void {
    this.#window.close();
  }
}
