/** Rows of Parquet and of queries, by DuckDB. */
import { ExchangeError, ValueError } from '../../errors.js';
import type { Batches } from '../batches.js';
import type { ParquetPiece, ParquetTask, SqlTask } from '../task.js';
import { nameInSql, pathInSql, type QueryResult } from './load.js';
import { type Lent, lend, onlyReads } from './spare.js';
import { converterOf, rowsFrom } from './values.js';

export function openParquet(task: ParquetTask): Batches {
  // One thread: other partitions are read at the same time, and rows stay in their order.
  const open = () => lend(task.duckdb, { threads: '1' }, true);
  const queries = task.pieces.map((piece) => ({
    sql: queryOf(task, piece),
    failed: (error: Error) =>
      new ExchangeError(`${piece.name} cannot be read: ${error.message.trim()}`, { cause: error }),
  }));
  return new QueryBatches(open, queries, task.bigint);
}

export function openSql(task: SqlTask): Batches {
  const options: Record<string, string> = task.threads === undefined ? {} : { threads: String(task.threads) };
  const open = (sql: string) => lend(task.duckdb, options, onlyReads(sql));
  const failed = (error: Error) =>
    new ValueError(`The query failed: ${error.message.trim()}`, '', undefined, { cause: error });
  return new QueryBatches(
    open,
    task.queries.map((sql) => ({ sql, failed })),
    task.bigint,
  );
}

function queryOf({ columns }: ParquetTask, { file, from, to, rows }: ParquetPiece): string {
  const names = columns.map(nameInSql).join(', ');
  const path = pathInSql(file);
  if (from === 0 && to === rows) return `SELECT ${names} FROM read_parquet(${path})`;
  return (
    `SELECT ${names} FROM read_parquet(${path}, file_row_number = true) ` +
    `WHERE file_row_number >= ${from} AND file_row_number < ${to}`
  );
}

interface Query {
  readonly sql: string;
  failed(error: Error): Error;
}

/** The rows of one query after the other, as they come. */
class QueryBatches implements Batches {
  readonly #open: (sql: string) => Promise<Lent>;
  readonly #queries: Iterator<Query>;
  readonly #bigint: boolean;
  #lent: Lent | undefined;
  #query: Query | undefined;
  #result: QueryResult | undefined;
  #names: string[] = [];
  #converters: ReturnType<typeof converterOf>[] = [];

  constructor(open: (sql: string) => Promise<Lent>, queries: readonly Query[], bigint: boolean) {
    this.#open = open;
    this.#queries = queries[Symbol.iterator]();
    this.#bigint = bigint;
  }

  async next(): Promise<unknown[] | undefined> {
    for (;;) {
      if (this.#result === undefined) {
        const { done, value } = this.#queries.next();
        if (done) return undefined;
        this.#query = value;
        this.#lent = await this.#open(value.sql);
      }
      try {
        if (this.#result === undefined) await this.#start();
        const chunk = await this.#result!.fetchChunk();
        if (chunk?.rowCount) return rowsFrom(chunk.getColumns(), this.#names, this.#converters, chunk.rowCount);
        this.#result = undefined;
        this.#lent!.giveBack();
        this.#lent = undefined;
      } catch (error) {
        this.close();
        throw this.#query!.failed(error as Error);
      }
    }
  }

  async #start(): Promise<void> {
    this.#result = await this.#lent!.database.connection.stream(this.#query!.sql);
    this.#names = this.#result.deduplicatedColumnNames();
    this.#converters = this.#result.columnTypes().map((type) => converterOf(type, this.#bigint));
  }

  close(): void {
    this.#lent?.database.close();
    this.#lent = undefined;
  }
}
