/** What travels to a worker that reads files: plain data. */
import type { OnBadRow } from './bad-rows.js';
import type { ColumnType } from './csv/values.js';
import type { Shape } from './json/syntax.js';

/** How a file is packed. */
export type Packing = 'none' | 'gzip' | 'zstd';

/** A part of a file: its rows that begin at bytes `from` (included) to `to` (not included). */
export interface FilePiece {
  /** The absolute path. */
  readonly file: string;
  /** The path as its glob found it: what rows and messages show. */
  readonly name: string;
  readonly from: number;
  /** Of a packed file, or one that tells no size: `Infinity`. */
  readonly to: number;
  /** The file's size when the work was planned; `Infinity` where it tells none. What is written behind it later is not read. */
  readonly size: number;
  readonly packing: Packing;
}

/** One partition of lines of text. */
export interface TextTask {
  readonly format: 'text';
  readonly pieces: readonly FilePiece[];
  /** About how many bytes it reads. */
  readonly bytes: number;
  /** Rows are `[path, line]`. */
  readonly withPath: boolean;
}

/** A part of a file of CSV: from the beginning of a row to the beginning of another. */
export interface CsvPiece extends FilePiece {
  /** The line in the file at `from`, counted from 1. */
  readonly line: number;
  /** Which field each column is in here. */
  readonly fields: readonly number[];
}

/** One partition of rows of CSV. */
export interface CsvTask {
  readonly format: 'csv';
  readonly pieces: readonly CsvPiece[];
  readonly bytes: number;
  /** In the order that rows have them. */
  readonly columns: readonly CsvColumn[];
  /** The code of the character between fields. */
  readonly delimiter: number;
  readonly onBadRow: OnBadRow;
}

export interface CsvColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** A part of a file of JSON. */
export interface JsonPiece extends FilePiece {
  /** What it holds; if nobody has looked yet, it is a whole file. */
  readonly shape: Shape | undefined;
}

/** One partition of values of JSON. */
export interface JsonTask {
  readonly format: 'json';
  readonly pieces: readonly JsonPiece[];
  readonly bytes: number;
  readonly onBadRow: OnBadRow;
}

/** Rows `from` (included) to `to` (not included) of a file of Parquet. */
export interface ParquetPiece {
  readonly file: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** How many it has. */
  readonly rows: number;
}

/** One partition of rows of Parquet. */
export interface ParquetTask {
  readonly format: 'parquet';
  readonly pieces: readonly ParquetPiece[];
  readonly bytes: number;
  readonly columns: readonly string[];
  /** Whole numbers of 64 bits are `bigint`, also where they are safe. */
  readonly bigint: boolean;
  /** Where DuckDB's package is. */
  readonly duckdb: string;
}

/** The rows of queries: all of them in the first partition. */
export interface SqlTask {
  readonly format: 'sql';
  readonly queries: readonly string[];
  readonly bytes: number;
  readonly bigint: boolean;
  readonly duckdb: string;
  /** How many threads DuckDB takes; `undefined`: as many as it likes. */
  readonly threads: number | undefined;
}

/** One partition of a source. */
export type FileTask = TextTask | JsonTask | CsvTask | ParquetTask | SqlTask;
