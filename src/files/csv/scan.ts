/**
 * A first look at CSV, before any row of it is read: whether a column holds only numbers depends on every row, and where rows begin on
 * every quote before them. Each range is looked at by itself, with a guess where its first row begins; the plan sees to it that the guesses
 * were right, since each range also says where its last row ends.
 */
import type { FilePiece } from '../task.js';
import { Window } from '../window.js';
import { Tokens } from './tokens.js';
import { readsBack } from './values.js';

/** A range to look at: plain data. */
export interface CsvScanTask {
  readonly piece: FilePiece;
  /** Where rows begin in the file, behind the header. */
  readonly begin: number;
  /** Where the first row of the range begins, if that is known. */
  readonly start?: number | undefined;
  /** Which fields are to be judged. */
  readonly judged: readonly boolean[];
  readonly delimiter: number;
}

/** What has been seen. */
export interface CsvScan {
  /** Where the first row of the range begins, and the first behind it. */
  readonly start: number;
  readonly end: number;
  /** Line ends between them. */
  readonly lines: number;
  /** Which fields hold only numbers that read back to the same text. */
  readonly numeric: readonly boolean[];
}

/** Far enough before a range that quotes there tell what is inside of them. */
const runUp = 1 << 16;

/** Looks at a range. `breathe` is awaited now and then, for who has other things to do as well. */
export async function scanCsv(task: CsvScanTask, breathe?: () => Promise<void>): Promise<CsvScan> {
  const { piece, begin } = task;
  const guess = task.start ?? Math.max(begin, piece.from - runUp);
  const known = task.start !== undefined || guess === begin;
  const window = new Window(piece, guess);
  try {
    if (!known) await skipLine(window);
    const tokens = new Tokens(task.judged.length, task.delimiter);
    const before = known && guess >= piece.from ? guess : await read(window, tokens, piece.from);
    const numeric = task.judged.slice();
    let lines = 0;
    const end = await read(window, tokens, piece.to, async () => {
      judge(window.bytes, tokens, numeric);
      lines += tokens.lines;
      await breathe?.();
    });
    return { start: before, end, lines, numeric };
  } finally {
    window.close();
  }
}

/** Reads rows that begin before `until` and gives where the next one begins. */
async function read(window: Window, tokens: Tokens, until: number, each?: () => Promise<void>): Promise<number> {
  for (;;) {
    const { start } = window;
    const limit = Math.min(window.indexOf(until), window.end);
    if (window.placeOf(start) >= until) return window.placeOf(start);
    if (start < limit) {
      tokens.read(window.bytes, start, limit, window.end, window.ended);
      window.start = tokens.next;
      await each?.();
      if (window.start > start) continue;
    }
    if (window.ended) return window.placeOf(window.start);
    await window.fill();
  }
}

async function skipLine(window: Window): Promise<void> {
  for (;;) {
    const index = window.bytes.indexOf(10, window.start);
    const found = index >= 0 && index < window.end;
    window.start = found ? index + 1 : window.end;
    if (found || window.ended) return;
    await window.fill();
  }
}

function judge(bytes: Buffer, { starts, ends, rows, columns }: Tokens, numeric: boolean[]): void {
  for (let field = 0; field < columns; field++) {
    for (let row = 0, at = field; numeric[field] && row < rows; row++, at += columns) {
      if (!readsBack(bytes, starts[at]!, ends[at]!)) numeric[field] = false;
    }
  }
}
