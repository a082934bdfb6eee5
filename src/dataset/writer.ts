import { checkOneOf, checkOptionsObject } from '../engine/check.js';
import { rowsIn } from '../exchange/segment.js';
import type { SinkSpec, WrittenFile } from '../files/sink-spec.js';
import { discard, prepareTarget, publish, type Target } from '../files/target.js';
import { planned } from './base.js';
import type { Dataset } from './dataset.js';
import { type ActionOptions, checkActionOptions, performTasks } from './perform.js';

/** Options of `write.*`. */
export interface WriteOptions extends ActionOptions {
  /** Replaces what is in the folder. Default: a folder that has something in it is refused. */
  readonly overwrite?: boolean | undefined;
}

/** Options of `write.csv`. */
export interface CsvWriteOptions extends WriteOptions {
  /** The columns, in this order. Default: the properties of the first row of each partition, which have to be the same in all. */
  readonly columns?: readonly string[] | undefined;
}

/** What was written. */
export interface Written {
  /** Paths of the files, in the order of the partitions. */
  readonly files: readonly string[];
  /** Rows in all of them. */
  readonly rows: number;
}

/**
 * Writes a dataset to a folder, one file for each partition, named so that the order of names is that of the rows. Files appear under their
 * names only when all of them are whole.
 */
export class Writer<T> {
  readonly #dataset: Dataset<T>;

  /** @internal */
  constructor(dataset: Dataset<T>) {
    this.#dataset = dataset;
  }

  /** Rows that are text, one to a line. A row that holds a line break is refused. */
  text(this: Writer<string>, dir: string, options: WriteOptions = {}): Promise<Written> {
    return (this as Writer<string>).#write('text', dir, options);
  }

  /** JSON Lines: a value on each line. */
  json(dir: string, options: WriteOptions = {}): Promise<Written> {
    return this.#write('json', dir, options);
  }

  /** Rows that are objects, as CSV with a header: their properties are the columns. */
  csv(this: Writer<object>, dir: string, options: CsvWriteOptions = {}): Promise<Written> {
    const { columns, ...others } = options;
    return (this as Writer<object>).#write('csv', dir, others, columns);
  }

  /** Rows that are objects, as Parquet. Needs the package @duckdb/node-api. */
  parquet(this: Writer<object>, dir: string, options: WriteOptions = {}): Promise<Written> {
    return (this as Writer<object>).#write('parquet', dir, options);
  }

  async #write(format: SinkSpec['format'], dir: string, options: WriteOptions, columns?: readonly string[]) {
    if (typeof dir !== 'string' || dir === '') throw new TypeError(`write.${format} takes the path of a folder.`);
    checkOptionsObject('options', options);
    checkActionOptions(options, ['overwrite', ...(format === 'csv' ? ['columns'] : [])]);
    const { overwrite = false, ...others } = options;
    checkOneOf('overwrite', overwrite, [true, false]);
    let target: Target | undefined;
    let files: string[] = [];
    const written = new Map<number, WrittenFile>();
    const rows = new Map<number, number>();
    try {
      await performTasks(
        `write.${format}`,
        this.#dataset[planned],
        (partitions) => {
          target = prepareTarget(format, dir, { overwrite, cwd: process.cwd(), partitions, columns });
          return { kind: 'write', sink: target.spec };
        },
        (result) => {
          written.set(result.partition, result.written!);
          rows.set(result.partition, rowsIn(result.segment));
        },
        others,
      );
      const inOrder = [...written.values()].sort((a, b) => a.partition - b.partition);
      files = publish(target!, inOrder);
    } catch (error) {
      if (target !== undefined) discard(target);
      throw error;
    }
    return { files, rows: [...rows.values()].reduce((sum, count) => sum + count, 0) };
  }
}
