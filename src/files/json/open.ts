/** Rows of JSON: the values of a file one behind the other, or the elements of the array that it is. */
import { isAscii } from 'node:buffer';
import { type BadRowTaker, badRowTaker, type OpenHooks } from '../bad-rows.js';
import type { Batches } from '../batches.js';
import { linesBefore } from '../input.js';
import { type Blocks, PieceBatches } from '../pieces.js';
import { RowBlocks } from '../row-blocks.js';
import type { JsonPiece, JsonTask } from '../task.js';
import { Window } from '../window.js';
import { ArrayBlocks } from './array.js';
import { type Shape, shapeOf, valueEnds } from './syntax.js';
import { readValues } from './values.js';

export function openJson(task: JsonTask, hooks: OpenHooks): Batches {
  const take = badRowTaker(task.onBadRow, hooks);
  return new PieceBatches(
    task.pieces,
    (piece) => new JsonBlocks(piece, take),
    (blocks) => blocks.rows(),
  );
}

class JsonBlocks implements Blocks {
  readonly #piece: JsonPiece;
  readonly #take: BadRowTaker;
  readonly #window: Window | undefined;
  #blocks: ValueBlocks | ArrayBlocks | undefined;

  constructor(piece: JsonPiece, take: BadRowTaker) {
    this.#piece = piece;
    this.#take = take;
    if (piece.shape === 'values') this.#blocks = new ValueBlocks(piece, take);
    else this.#window = new Window(piece, 0);
  }

  next(): boolean | Promise<boolean> {
    if (this.#blocks !== undefined) return this.#blocks.next();
    const { shape } = this.#piece;
    const found = shape === undefined ? shapeOf(this.#window!) : shape;
    return found instanceof Promise ? found.then((found) => this.#begin(found)) : this.#begin(found);
  }

  #begin(shape: Shape): boolean | Promise<boolean> {
    const window = this.#window!;
    this.#blocks =
      shape === 'array' ? new ArrayBlocks(window, this.#take) : new ValueBlocks(this.#piece, this.#take, window);
    return this.#blocks.next();
  }

  rows(): unknown[] {
    return this.#blocks!.rows();
  }

  close(): void {
    (this.#blocks ?? this.#window)?.close();
  }
}

class ValueBlocks implements Blocks {
  readonly #take: BadRowTaker;
  readonly #blocks: RowBlocks;
  /** Line ends in the blocks before. */
  #lines = 0;
  /** Where the first block begins, and its line once that has been asked for. */
  #first = -1;
  #firstLine: number | undefined;

  constructor(piece: JsonPiece, take: BadRowTaker, window?: Window) {
    this.#take = take;
    this.#blocks = new RowBlocks(piece, valueEnds, window);
  }

  next(): boolean | Promise<boolean> {
    return this.#blocks.next();
  }

  rows(): unknown[] {
    const { window, start, end } = this.#blocks;
    if (this.#first < 0) this.#first = window.placeOf(start);
    const { bytes } = window;
    const text = isAscii(bytes.subarray(start, end)) ? bytes.latin1Slice(start, end) : bytes.utf8Slice(start, end);
    const line = () => {
      this.#firstLine ??= 1 + linesBefore(window.piece, this.#first);
      return this.#firstLine + this.#lines;
    };
    const { rows, lines } = readValues(text, { file: window.piece.name, take: this.#take, line });
    this.#lines += lines;
    return rows;
  }

  close(): void {
    this.#blocks.close();
  }
}
