/** Partitions of Parquet: ranges of rows, about the same number in each. */
import { ExchangeError, ValueError } from '../../errors.js';
import { type Candidate, partitionBytes } from '../share.js';
import { show } from '../show.js';
import type { ParquetSource, SqlSource } from '../source.js';
import type { ParquetPiece, ParquetTask, SqlTask } from '../task.js';
import { Database, findDuckdb, pathInSql } from './load.js';

interface Wanted {
  readonly partitions?: number | undefined;
  readonly slots: number;
  readonly cwd: string;
}

/** What is known of a file before it is read. */
interface Table {
  readonly file: Candidate;
  readonly rows: number;
  readonly columns: readonly string[];
}

export async function planParquet(
  source: ParquetSource,
  files: readonly Candidate[],
  wanted: Wanted,
): Promise<ParquetTask[]> {
  const duckdb = findDuckdb(wanted.cwd);
  const database = await Database.open(duckdb, { threads: '1' });
  let tables: Table[];
  try {
    tables = await lookInto(database, files);
  } finally {
    database.close();
  }
  const columns = columnsOf(source, tables);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const count = wanted.partitions ?? Math.max(1, Math.ceil(bytes / partitionBytes(bytes, wanted.slots)));
  return cut(tables, count).map((pieces) => ({
    format: 'parquet',
    duckdb,
    columns,
    bigint: source.bigint,
    pieces,
    bytes: (bytes / count) | 0,
  }));
}

/** A query is one partition: where it is cut in parts, nobody can tell but DuckDB. */
export function planSql(source: SqlSource, wanted: Wanted): SqlTask[] {
  const duckdb = findDuckdb(wanted.cwd);
  const { bigint, query } = source;
  return Array.from({ length: wanted.partitions ?? 1 }, (_, i) => ({
    format: 'sql',
    duckdb,
    bigint,
    queries: i === 0 ? [query] : [],
    threads: undefined,
    bytes: 0,
  }));
}

async function lookInto(database: Database, files: readonly Candidate[]): Promise<Table[]> {
  const tables: Table[] = [];
  for (const file of files) {
    const path = pathInSql(file.file);
    try {
      const [meta] = await database.rows<{ n: bigint }>(`SELECT num_rows AS n FROM parquet_file_metadata(${path})`);
      const described = await database.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM read_parquet(${path})`);
      tables.push({ file, rows: Number(meta!.n), columns: described.map(({ column_name }) => column_name) });
    } catch (error) {
      throw new ExchangeError(`${file.name} cannot be read: ${(error as Error).message.trim()}`, { cause: error });
    }
  }
  return tables;
}

function columnsOf({ columns }: ParquetSource, tables: readonly Table[]): readonly string[] {
  const [first] = tables;
  for (const { file, columns: names } of tables) {
    for (const name of columns ?? first!.columns) {
      if (names.includes(name)) continue;
      throw new ValueError(
        `${file.name} has no column ${show(name)}; it has ${names.map(show).join(', ')}.`,
        file.name,
      );
    }
    const more = names.find((name) => !first!.columns.includes(name));
    if (columns !== undefined || more === undefined) continue;
    throw new ValueError(
      `${file.name} has the column ${show(more)}, which ${first!.file.name} has not. Name the columns: { columns: [...] }.`,
      file.name,
    );
  }
  return columns ?? first!.columns;
}

function cut(tables: readonly Table[], count: number): ParquetPiece[][] {
  const total = tables.reduce((sum, { rows }) => sum + rows, 0);
  const partitions = Array.from({ length: count }, (): ParquetPiece[] => []);
  let before = 0;
  for (const { file, rows } of tables) {
    for (let i = Math.floor((before * count) / Math.max(total, 1)); i < count; i++) {
      const from = Math.max(0, Math.ceil((i * total) / count) - before);
      const to = Math.min(rows, Math.ceil(((i + 1) * total) / count) - before);
      if (from < to) partitions[i]!.push({ file: file.file, name: file.name, from, to, rows });
      if (to >= rows) break;
    }
    before += rows;
  }
  return partitions;
}
