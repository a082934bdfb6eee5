/** What a dataset is read from, as plain data that has been checked. */
import type { OnBadRow } from './bad-rows.js';
import { type ColumnType, columnTypes } from './csv/values.js';
import { show } from './show.js';

export interface TextSource {
  readonly format: 'text';
  readonly globs: readonly string[];
  readonly withPath: boolean;
}

export interface JsonSource {
  readonly format: 'json';
  readonly globs: readonly string[];
  readonly onBadRow: OnBadRow;
}

export interface CsvSource {
  readonly format: 'csv';
  readonly globs: readonly string[];
  /** Types of columns, by name: those of others are found by looking at all values. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** The code of the character between fields. */
  readonly delimiter: number;
  readonly onBadRow: OnBadRow;
}

export interface ParquetSource {
  readonly format: 'parquet';
  readonly globs: readonly string[];
  /** Which columns, in this order. Default: all. */
  readonly columns: readonly string[] | undefined;
  readonly bigint: boolean;
}

export interface SqlSource {
  readonly format: 'sql';
  readonly query: string;
  readonly bigint: boolean;
}

export type FileSource = TextSource | JsonSource | CsvSource | ParquetSource | SqlSource;

/** Lines of text. */
export function textSource(globs: string | readonly string[], options: { withPath?: boolean } = {}): TextSource {
  const { withPath = false } = options;
  if (typeof withPath !== 'boolean') throw new TypeError(`withPath must be true or false, but is ${show(withPath)}.`);
  return Object.freeze({ format: 'text', globs: checkGlobs(globs), withPath });
}

/** Values of JSON. */
export function jsonSource(globs: string | readonly string[], options: { onBadRow?: OnBadRow } = {}): JsonSource {
  const { onBadRow = 'fail' } = options;
  checkOnBadRow(onBadRow);
  return Object.freeze({ format: 'json', globs: checkGlobs(globs), onBadRow });
}

/** Rows of CSV. */
export function csvSource(
  globs: string | readonly string[],
  options: { columns?: Readonly<Record<string, ColumnType>>; delimiter?: string; onBadRow?: OnBadRow } = {},
): CsvSource {
  const { columns = {}, delimiter = ',', onBadRow = 'fail' } = options;
  if (typeof columns !== 'object' || columns === null || Array.isArray(columns)) {
    throw new TypeError(`columns must be an object of types by name, as { zip: 'string' }, but is ${show(columns)}.`);
  }
  for (const [name, type] of Object.entries(columns)) {
    if (columnTypes.includes(type)) continue;
    throw new TypeError(`Column ${show(name)} must be of type ${columnTypes.join(', ')}, but is ${show(type)}.`);
  }
  if (typeof delimiter !== 'string') throw new TypeError(`delimiter must be a string, but is ${show(delimiter)}.`);
  if (!/^[\0-\x7f]$/.test(delimiter) || /["\r\n]/.test(delimiter)) {
    throw new RangeError(
      `delimiter must be one character of ASCII and no quote or line end, but is ${show(delimiter)}.`,
    );
  }
  checkOnBadRow(onBadRow);
  return Object.freeze({
    format: 'csv',
    globs: checkGlobs(globs),
    columns: Object.freeze({ ...columns }),
    delimiter: delimiter.charCodeAt(0),
    onBadRow,
  });
}

/** Rows of Parquet. */
export function parquetSource(
  globs: string | readonly string[],
  options: { columns?: readonly string[]; bigint?: boolean } = {},
): ParquetSource {
  const { columns, bigint = false } = options;
  if (columns !== undefined && !(Array.isArray(columns) && columns.every((name) => typeof name === 'string'))) {
    throw new TypeError(`columns must be a list of names, but is ${show(columns)}.`);
  }
  if (columns?.length === 0) throw new RangeError('columns is empty: name at least one.');
  return Object.freeze({
    format: 'parquet',
    globs: checkGlobs(globs),
    columns: columns === undefined ? undefined : Object.freeze([...columns]),
    bigint: checkBigint(bigint),
  });
}

/** The rows of a query. */
export function sqlSource(query: string, options: { bigint?: boolean } = {}): SqlSource {
  const { bigint = false } = options;
  if (typeof query !== 'string') throw new TypeError(`The query must be a string, but is ${show(query)}.`);
  if (query.trim() === '') throw new RangeError('The query is empty.');
  return Object.freeze({ format: 'sql', query, bigint: checkBigint(bigint) });
}

function checkBigint(bigint: unknown): boolean {
  if (typeof bigint === 'boolean') return bigint;
  throw new TypeError(`bigint must be true or false, but is ${show(bigint)}.`);
}

function checkOnBadRow(onBadRow: unknown): void {
  if (onBadRow === 'fail' || onBadRow === 'skip' || Number.isSafeInteger(onBadRow)) return;
  throw new TypeError(`onBadRow must be 'fail', 'skip' or a function, but is ${show(onBadRow)}.`);
}

/** One pattern or several; a copy of theirs. */
export function checkGlobs(globs: unknown): readonly string[] {
  const list = typeof globs === 'string' ? [globs] : globs;
  if (!Array.isArray(list))
    throw new TypeError(`A path, a glob or a list of them is needed, but it is ${show(globs)}.`);
  if (list.length === 0) throw new RangeError('The list of paths and globs is empty.');
  for (const one of list) {
    if (typeof one !== 'string') throw new TypeError(`A path or glob must be a string, but one is ${show(one)}.`);
    if (one === '') throw new RangeError('A path or glob is the empty string.');
    if (one.includes('\0')) throw new RangeError(`A path cannot have a null character, as ${show(one)} has.`);
  }
  return Object.freeze([...list]) as readonly string[];
}
