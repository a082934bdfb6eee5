/** Finds the fields of rows of CSV in bytes, as RFC 4180 has them: fields in quotes may hold delimiters, line ends and doubled quotes. */

const quote = 34;
const newline = 10;
const carriageReturn = 13;

/** Why a row has no fields to read. */
export type Fault = 'count' | 'behind' | 'open';

/** A row that cannot be read. */
export interface FaultyRow {
  /** How many rows of the block stand before it. */
  readonly at: number;
  readonly fault: Fault;
  readonly start: number;
  readonly end: number;
  /** Line ends between the start of the block and the row. */
  readonly lines: number;
  /** How many fields it has. */
  readonly fields: number;
}

/**
 * The fields of some rows: field `f` of row `r` is from `starts[r * columns + f]` to `ends[r * columns + f]`. Where quotes inside are
 * doubled, the end is stored as its complement, below 0.
 */
export class Tokens {
  readonly columns: number;
  readonly #delimiter: number;
  starts = new Int32Array(1 << 12);
  ends = new Int32Array(1 << 12);
  rows = 0;
  faults: FaultyRow[] = [];
  /** Where the first row begins that has not been read. */
  next = 0;
  /** Line ends before `next`. */
  lines = 0;

  constructor(columns: number, delimiter: number) {
    this.columns = columns;
    this.#delimiter = delimiter;
  }

  /**
   * Reads the rows that begin from `start` to `limit` and are whole: they end before `end`, or, if the file does (`final`), at it.
   * `bytes[end]` is written to. At most so many rows as fit into a batch.
   */
  read(bytes: Uint8Array, start: number, limit: number, end: number, final: boolean, most = 4096): void {
    const { columns } = this;
    const delimiter = this.#delimiter;
    if (this.starts.length < (most + 1) * columns) {
      this.starts = new Int32Array((most + 1) * columns);
      this.ends = new Int32Array((most + 1) * columns);
    }
    const { starts, ends } = this;
    this.faults = [];
    bytes[end] = newline; // so that a field without quotes is found to end without looking at `end`
    let rows = 0;
    let lines = 0; // up to here
    let linesBefore = 0; // up to the row
    let i = start;
    let row = start;
    while (i < limit && rows < most) {
      row = i;
      linesBefore = lines;
      const base = rows * columns;
      let field = 0;
      let fault: Fault | undefined;
      let c: number;
      for (;;) {
        let from = i;
        let to: number;
        let doubled = false;
        c = bytes[i]!;
        if (c === quote && i < end) {
          from = ++i;
          for (;;) {
            while (i < end && bytes[i] !== quote) {
              if (bytes[i] === newline) lines++;
              i++;
            }
            if (i >= end || bytes[i + 1] !== quote || i + 1 >= end) break;
            doubled = true;
            i += 2;
          }
          to = i;
          if (i >= end) fault = 'open';
          else {
            c = bytes[++i]!;
            if (c === carriageReturn && bytes[i + 1] === newline) c = bytes[++i]!;
            if (c !== delimiter && c !== newline) {
              fault ??= 'behind';
              while (c !== delimiter && c !== newline) c = bytes[++i]!;
            }
          }
          if (fault === 'open') c = newline;
        } else {
          while (c !== delimiter && c !== newline) c = bytes[++i]!;
          to = i;
          if (c === newline && to > from && bytes[to - 1] === carriageReturn && i < end) to--;
        }
        if (field < columns) {
          starts[base + field] = from;
          ends[base + field] = doubled ? ~to : to;
        }
        field++;
        if (c === newline || i >= end) break;
        i++;
      }
      if (i >= end && !final) {
        // Not whole. A quote at the very end may be the first of two.
        i = row;
        lines = linesBefore;
        break;
      }
      if (i < end) {
        i++;
        lines++;
      }
      const blank = field === 1 && fault === undefined && bytes[row] !== quote && ends[base] === starts[base];
      if (blank && columns > 0) continue;
      if (fault !== undefined || field !== columns) {
        this.faults.push({ at: rows, fault: fault ?? 'count', start: row, end: i, lines: linesBefore, fields: field });
      } else rows++;
    }
    this.rows = rows;
    this.next = i;
    this.lines = lines;
  }
}

/** The fields of one row, the slow way. */
export function fieldsOf(row: string, delimiter: string): string[] {
  const fields: string[] = [];
  let i = 0;
  for (;;) {
    let field = '';
    if (row[i] === '"') {
      for (i++; i < row.length; i++) {
        if (row[i] !== '"') field += row[i];
        else if (row[i + 1] === '"') field += row[i++];
        else break;
      }
      i++;
    }
    const end = row.indexOf(delimiter, i);
    field += end < 0 ? row.slice(i) : row.slice(i, end);
    fields.push(field);
    if (end < 0) return fields;
    i = end + 1;
  }
}
