/** What travels to a worker that writes files, and back: plain data. */

interface AnySinkSpec {
  /** Where files are while they are written: a folder of this write's own. */
  readonly staging: string;
  /** Where they will be, as the user named it, for messages. */
  readonly dir: string;
  /** The count of partitions: how long numbers in names are. */
  readonly partitions: number;
}

export interface TextSinkSpec extends AnySinkSpec {
  readonly format: 'text' | 'json';
}

export interface CsvSinkSpec extends AnySinkSpec {
  readonly format: 'csv';
  /** The columns, in their order. Default: the properties of the first row, and no row has others. */
  readonly columns: readonly string[] | undefined;
}

export interface ParquetSinkSpec extends AnySinkSpec {
  readonly format: 'parquet';
  /** Where DuckDB's package is. */
  readonly duckdb: string;
}

export type SinkSpec = TextSinkSpec | CsvSinkSpec | ParquetSinkSpec;

/** A partition that has been written. */
export interface WrittenFile {
  readonly partition: number;
  /** Its name in the target. */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of CSV with a header. */
  readonly columns?: readonly string[] | undefined;
}

/** Names of formats' files end so. */
const endings = { text: '.txt', json: '.jsonl', csv: '.csv', parquet: '.parquet' } as const;

/** The name of a partition's file: the order of names is the order of partitions. */
export function nameOf(spec: SinkSpec, partition: number): string {
  const digits = Math.max(5, String(spec.partitions - 1).length);
  return `part-${String(partition).padStart(digits, '0')}${endings[spec.format]}`;
}

/** Files that a write makes, of any format. */
export const ours = /^part-\d{5,}\.(txt|jsonl|csv|parquet)$/;

/** Inside `staging`: files being written, those that are whole, and those that are taking the places of earlier ones. */
export const writing = 'writing';
export const whole = 'whole';
export const moving = 'moving';
