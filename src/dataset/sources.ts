import { checkNames, checkNumber, checkOptionsObject, show } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { OnBadRow } from '../files/bad-rows.js';
import type { BadRow } from '../files/batches.js';
import type { ColumnType } from '../files/csv/values.js';
import { csvSource, type FileSource, jsonSource, parquetSource, sqlSource, textSource } from '../files/source.js';
import type { PortableFunction } from '../function/portable.js';
import { checkCount } from '../partition/partitioner.js';
import { node, type SourceNode } from '../plan/node.js';
import { functionOf } from './base.js';
import { Dataset } from './dataset.js';

export type { BadRow, ColumnType };

/** Options that every source takes. */
export interface SourceOptions {
  /** Partitions. Default: a few for each worker, as the data has it; of a range so many, up to 4096, that none has over four million. */
  readonly partitions?: number | undefined;
  /** Where the dataset's actions run. Default: this machine's cores, or what SHEAF_ENGINE says. */
  readonly engine?: Engine | undefined;
}

/** Options of `Dataset.text`. */
export interface TextOptions extends SourceOptions {
  /** Rows are `[path, line]`. Default false. */
  readonly withPath?: boolean | undefined;
}

/** What becomes of a row that cannot be read: an error (default), nothing, or what a function makes of it; `undefined` is nothing. */
export type BadRows = 'fail' | 'skip' | ((bad: BadRow) => unknown);

/** Options of `Dataset.json`. */
export interface JsonOptions extends SourceOptions {
  /** What becomes of a value that cannot be read. Default `'fail'`: the action rejects with a `ValueError` that names file and line. */
  readonly onBadRow?: BadRows | undefined;
}

/** Options of `Dataset.csv`. */
export interface CsvOptions extends SourceOptions {
  /** What becomes of a row that cannot be read. Default `'fail'`: the action rejects with a `ValueError` that names file and line. */
  readonly onBadRow?: BadRows | undefined;
  /** Types of columns by name, in place of those that are found by looking at all values. */
  readonly columns?: Readonly<Record<string, ColumnType>> | undefined;
  /** What stands between fields. Default: a comma. */
  readonly delimiter?: string | undefined;
}

/** Options of `Dataset.parquet`. */
export interface ParquetOptions extends SourceOptions {
  /** Only these columns. Default: all. */
  readonly columns?: readonly string[] | undefined;
  /** Whole numbers of 64 bits are all bigints. Default false: numbers, and bigints only where no number is exact. */
  readonly bigint?: boolean | undefined;
}

/** Options of `Dataset.sql`. */
export interface SqlOptions extends SourceOptions {
  /** Whole numbers of 64 bits are all bigints. Default false: numbers, and bigints only where no number is exact. */
  readonly bigint?: boolean | undefined;
}

/** What a field of CSV can be. */
export type CsvValue = string | number | boolean | null;

function wayOut(items: unknown): string {
  return typeof (items as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator] === 'function'
    ? ' Collect what is async in an array first, or use pool.map, which reads it as it comes.'
    : '';
}

export function of<T>(items: Iterable<T>, options: SourceOptions = {}): Dataset<T> {
  if (items === null || items === undefined || typeof items[Symbol.iterator] !== 'function')
    throw new TypeError(`Dataset.of takes an array or another iterable, not ${show(items)}.${wayOut(items)}`);
  const { partitions } = checkSourceOptions('of', options);
  return dataset(node({ kind: 'items', items: [...items], partitions }), options);
}

export function range(start: number, end: number, options?: SourceOptions): Dataset<number>;
export function range(start: number, end: number, step?: number, options?: SourceOptions): Dataset<number>;
export function range(
  start: number,
  end: number,
  third: number | SourceOptions = 1,
  fourth?: SourceOptions,
): Dataset<number> {
  // The step may be left out.
  const [step, options = {}] =
    typeof third === 'object' && fourth === undefined ? [1, third] : [third as number, fourth];
  for (const [name, value] of Object.entries({ start, end, step })) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new TypeError(`Dataset.range: ${name} must be a finite number, not ${show(value)}.`);
  }
  if (step === 0) throw new RangeError('Dataset.range: step must not be 0.');
  checkNumber('Dataset.range: step', Math.abs(step), 0, false);
  const { partitions } = checkSourceOptions('range', options);
  const rows = rowsBetween(start, end, step);
  return dataset(node({ kind: 'range', start, step, rows, partitions }), options);
}

/** How often a loop from `start` to `end` would count; the quotient of numbers that are not whole may be one too many or too few. */
function rowsBetween(start: number, end: number, step: number): number {
  const isBefore = (i: number): boolean => (step > 0 ? start + i * step < end : start + i * step > end);
  const rows = Math.max(0, Math.ceil((end - start) / step));
  if (rows > 0 && !isBefore(rows - 1)) return rows - 1;
  return isBefore(rows) ? rows + 1 : rows;
}

export function text(globs: string | readonly string[], options?: TextOptions & { withPath?: false }): Dataset<string>;
export function text(
  globs: string | readonly string[],
  options: TextOptions & { withPath: true },
): Dataset<[string, string]>;
export function text(globs: string | readonly string[], options: TextOptions = {}): Dataset<never> {
  const { withPath = false } = checkSourceOptions('text', options, ['withPath']);
  return files(textSource(globs, { withPath }), `lines of ${[globs].flat().join(', ')}`, options);
}

export function json<T = unknown>(globs: string | readonly string[], options: JsonOptions = {}): Dataset<T> {
  checkSourceOptions('json', options, ['onBadRow']);
  const bad = badRows('json', options.onBadRow);
  return files(jsonSource(globs, bad.option), `JSON of ${[globs].flat().join(', ')}`, options, bad.fn);
}

export function csv<T = Record<string, CsvValue>>(
  globs: string | readonly string[],
  options: CsvOptions = {},
): Dataset<T> {
  checkSourceOptions('csv', options, ['onBadRow', 'columns', 'delimiter']);
  const bad = badRows('csv', options.onBadRow);
  const { columns, delimiter } = options;
  const source = csvSource(globs, { ...(columns && { columns }), ...(delimiter && { delimiter }), ...bad.option });
  return files(source, `CSV of ${[globs].flat().join(', ')}`, options, bad.fn);
}

export function parquet<T = Record<string, unknown>>(
  globs: string | readonly string[],
  options: ParquetOptions = {},
): Dataset<T> {
  const { columns, bigint } = checkSourceOptions('parquet', options, ['columns', 'bigint']);
  const source = parquetSource(globs, { ...(columns && { columns }), ...(bigint !== undefined && { bigint }) });
  return files(source, `Parquet of ${[globs].flat().join(', ')}`, options);
}

export function sql<T = Record<string, unknown>>(query: string, options: SqlOptions = {}): Dataset<T> {
  const { bigint } = checkSourceOptions('sql', options, ['bigint']);
  return files(sqlSource(query, bigint === undefined ? {} : { bigint }), `rows of the query ${query.trim()}`, options);
}

function files<T>(source: FileSource, title: string, options: SourceOptions, onBadRow?: PortableFunction): Dataset<T> {
  const { partitions } = options;
  return dataset(node({ kind: 'files', source, partitions, onBadRow, title }), options);
}

/** A function is the one of its stage's that tasks ask; the source only says that there is one. */
function badRows(
  source: string,
  onBadRow: BadRows | undefined,
): { readonly option: { onBadRow?: OnBadRow }; readonly fn?: PortableFunction } {
  if (typeof onBadRow === 'function') {
    return { option: { onBadRow: 0 }, fn: functionOf(`Dataset.${source}`, onBadRow, 'onBadRow') };
  }
  return { option: onBadRow === undefined ? {} : { onBadRow } };
}

function dataset<T>(plan: SourceNode, { engine }: SourceOptions): Dataset<T> {
  return new Dataset<T>({ plan, engine });
}

function checkSourceOptions<O extends SourceOptions>(source: string, options: O, more: readonly string[] = []): O {
  checkOptionsObject(`Dataset.${source}: options`, options);
  const { partitions, engine } = options;
  if (partitions !== undefined) checkCount(`Dataset.${source}: partitions`, partitions);
  if (engine !== undefined && typeof engine.submit !== 'function')
    throw new TypeError(`Dataset.${source}: engine must be an engine, as local() makes one, not ${show(engine)}.`);
  const known = ['partitions', 'engine', ...more];
  checkNames(`Dataset.${source}`, options, known);
  return options;
}
