/** Writes one partition to a file of Parquet, by DuckDB. */
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SheafError } from '../../errors.js';
import { refusal } from '../encoders/encoder.js';
import { targetError } from '../in-target.js';
import { show } from '../show.js';
import { nameOf, type ParquetSinkSpec, type WrittenFile, whole, writing } from '../sink-spec.js';
import { type ColumnKind, fitted, kindOf, merged, sqlType } from './kinds.js';
import { Database, type DuckdbType, nameInSql, quoted } from './load.js';

/** DuckDB takes so many rows at once. */
const chunkRows = 2048;

/**
 * Rows go into a table in a file of this attempt's own, whose columns are as wide as the rows so far need. So what a column is need not be
 * known before the last row, and rows need not fit into memory.
 */
export class ParquetSink {
  readonly #spec: ParquetSinkSpec;
  readonly #partition: number;
  readonly #base: string;
  #database: Database | undefined;
  readonly #kinds = new Map<string, ColumnKind>();
  /** The columns' types in the table. */
  readonly #types = new Map<string, string>();
  #columnTypes: readonly DuckdbType[] = [];
  #rows = 0;

  constructor(spec: ParquetSinkSpec, partition: number) {
    this.#spec = spec;
    this.#partition = partition;
    this.#base = join(spec.staging, writing, `${partition}-${randomUUID()}`);
  }

  async write(rows: unknown[]): Promise<void> {
    await this.#inTarget(async () => {
      for (let i = 0; i < rows.length; i += chunkRows) {
        await this.#append(rows.slice(i, i + chunkRows) as Readonly<Record<string, unknown>>[]);
      }
    });
  }

  async #append(rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    for (const [i, row] of rows.entries()) this.#look(row, this.#rows + i);
    this.#database ??= await Database.open(this.#spec.duckdb, { threads: '1' }, `${this.#base}.duckdb`);
    await this.#widen(this.#database);
    const { connection, module } = this.#database;
    const chunk = module.DuckDBDataChunk.create(this.#columnTypes);
    const columns = [...this.#kinds].map(([name, kind]) =>
      rows.map((row) => fitted(Object.hasOwn(row, name) ? row[name] : null, kind, module)),
    );
    chunk.setColumns(columns);
    const appender = await connection.createAppender('rows');
    try {
      appender.appendDataChunk(chunk);
      appender.flushSync();
    } finally {
      // Also after an error: what is open keeps files that have been taken away, and their room.
      appender.closeSync();
    }
    this.#rows += rows.length;
  }

  /** What a row needs its columns to be. */
  #look(row: unknown, at: number): void {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw refusal(
        this.#partition,
        at,
        row,
        'is not an object, whose properties would be the columns: make it one with map first',
      );
    }
    for (const [name, value] of Object.entries(row)) {
      const kind = kindOf(value);
      const before = this.#kinds.get(name) ?? 'null';
      const both = kind === undefined ? undefined : merged(before, kind);
      if (both === undefined) {
        const what =
          kind === undefined
            ? `${show(value)}, which Parquet cannot hold`
            : `${show(value)}, but before it was ${sqlType(before)}`;
        throw refusal(this.#partition, at, row, `cannot be written: column ${show(name)} is ${what}`);
      }
      this.#kinds.set(name, both);
    }
    if (this.#kinds.size === 0)
      throw refusal(this.#partition, at, row, 'has no properties, so that there are no columns');
  }

  async #widen({ connection }: Database): Promise<void> {
    const wanted = [...this.#kinds].map(([name, kind]) => [name, sqlType(kind)] as const);
    if (this.#types.size === 0) {
      await connection.run(
        `CREATE TABLE rows (${wanted.map(([name, type]) => `${nameInSql(name)} ${type}`).join(', ')})`,
      );
    }
    for (const [name, type] of wanted) {
      const before = this.#types.size === 0 ? type : this.#types.get(name);
      if (before === type) continue;
      const column = nameInSql(name);
      if (before === undefined) await connection.run(`ALTER TABLE rows ADD COLUMN ${column} ${type}`);
      else await connection.run(`ALTER TABLE rows ALTER COLUMN ${column} TYPE ${type}`);
    }
    if (wanted.every(([name, type]) => this.#types.get(name) === type)) return;
    for (const [name, type] of wanted) this.#types.set(name, type);
    this.#columnTypes = (await connection.run('FROM rows LIMIT 0')).columnTypes();
  }

  async commit(): Promise<WrittenFile> {
    const name = nameOf(this.#spec, this.#partition);
    if (this.#rows === 0) return { partition: this.#partition, name, rows: 0, bytes: 0 };
    const file = `${this.#base}.parquet`;
    const bytes = await this.#inTarget(async () => {
      await this.#database!.connection.run(`COPY rows TO ${quoted(file)} (FORMAT parquet)`);
      this.#close();
      const { size } = statSync(file);
      renameSync(file, join(this.#spec.staging, whole, name));
      return size;
    });
    return { partition: this.#partition, name, rows: this.#rows, bytes };
  }

  async abort(): Promise<void> {
    try {
      this.#close();
    } finally {
      rmSync(`${this.#base}.parquet`, { force: true });
    }
  }

  #close(): void {
    this.#database?.close();
    this.#database = undefined;
    for (const ending of ['.duckdb', '.duckdb.wal', '.duckdb.tmp'])
      rmSync(this.#base + ending, { force: true, recursive: true });
  }

  async #inTarget<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw error instanceof SheafError ? error : targetError(this.#spec.dir, error as Error);
    }
  }
}
