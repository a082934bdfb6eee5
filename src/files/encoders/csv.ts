/** Rows as CSV with a header. */
import { show } from '../show.js';
import { isWellFormed, type Output, type RowEncoder, refusal } from './encoder.js';

/** Rows are objects, whose properties are columns; with `columns`, also arrays of values in their order. */
export function csvEncoder(partition: number, given: readonly string[] | undefined): RowEncoder {
  return new CsvEncoder(partition, given);
}

class CsvEncoder implements RowEncoder {
  readonly #partition: number;
  readonly #given: boolean;
  columns: readonly string[] | undefined;

  constructor(partition: number, given: readonly string[] | undefined) {
    this.#partition = partition;
    this.#given = given !== undefined;
    this.columns = given;
  }

  encode(rows: readonly unknown[], at: number, out: Output): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const values = this.#valuesOf(row, at + i);
      if (at + i === 0) out.text(lineOf(this.columns!));
      const fields = values.map((value, k) => this.#fieldOf(value, row, at + i, k));
      out.text(lineOf(fields));
    }
  }

  #valuesOf(row: unknown, at: number): readonly unknown[] {
    if (Array.isArray(row)) {
      if (!this.#given) throw this.#refuse(at, row, 'is an array: name the columns with { columns: [...] }');
      const { length } = this.columns!;
      if (row.length > length) throw this.#refuse(at, row, `has ${row.length} values for ${length} columns`);
      return Array.from({ length }, (_, i) => row[i]);
    }
    if (typeof row !== 'object' || row === null)
      throw this.#refuse(at, row, 'is no object, whose properties would be the columns: make it one with map first');
    const record = row as Readonly<Record<string, unknown>>;
    this.columns ??= Object.keys(record);
    if (this.columns.length === 0) throw this.#refuse(at, row, 'has no properties, so that there are no columns');
    if (!this.#given) {
      const other = Object.keys(record).find((name) => !this.columns!.includes(name));
      if (other !== undefined) {
        const words = `has the property ${show(other)}, which the first row has not: name the columns with { columns: [...] }`;
        throw this.#refuse(at, row, words);
      }
    }
    return this.columns.map((name) => (Object.hasOwn(record, name) ? record[name] : undefined));
  }

  #fieldOf(value: unknown, row: unknown, at: number, column: number): string {
    const text = textOf(value);
    const wrong =
      text === undefined
        ? `is ${show(value)}, which CSV cannot hold: make it text with map first`
        : isWellFormed(text)
          ? undefined
          : 'holds half of a surrogate pair, which UTF-8 cannot say';
    if (wrong !== undefined)
      throw this.#refuse(at, row, `cannot be written: column ${show(this.columns![column])} ${wrong}`);
    return text!;
  }

  #refuse(at: number, row: unknown, why: string): Error {
    return refusal(this.#partition, at, row, why);
  }
}

/** A value as text: nothing for `null`. */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return '';
  }
  if (value === null) return '';
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
}

function lineOf(fields: readonly string[]): string {
  // A line with nothing on it is no row.
  if (fields.length === 1 && fields[0] === '') return '""\n';
  return `${fields.map(quotedIfNeeded).join(',')}\n`;
}

function quotedIfNeeded(field: string): string {
  return /[",\r\n\ufeff]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
