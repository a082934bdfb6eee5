/** DuckDB, where it is installed: what of its package is used here, and the way to it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EngineError } from '../../errors.js';

const packageName = '@duckdb/node-api';

export interface DuckdbModule {
  readonly DuckDBInstance: { create(path: string, options: Record<string, string>): Promise<Instance> };
  readonly DuckDBDataChunk: { create(types: readonly unknown[]): WritableChunk };
  readonly [name: string]: unknown;
}

interface Instance {
  connect(): Promise<Connection>;
  closeSync(): void;
}

interface Connection {
  run(sql: string): Promise<{ getRowObjectsJS(): Promise<Record<string, unknown>[]>; columnTypes(): DuckdbType[] }>;
  stream(sql: string): Promise<QueryResult>;
  createAppender(table: string): Promise<Appender>;
  interrupt(): void;
  closeSync(): void;
}

export interface QueryResult {
  deduplicatedColumnNames(): string[];
  columnTypes(): DuckdbType[];
  fetchChunk(): Promise<{ readonly rowCount: number; getColumns(): unknown[][] } | null | undefined>;
}

/** A type; what it is made of depends on which it is. */
export interface DuckdbType {
  readonly typeId: number;
  readonly valueType?: DuckdbType;
  readonly keyType?: DuckdbType;
  readonly entryNames?: readonly string[];
  readonly entryTypes?: readonly DuckdbType[];
  readonly memberTags?: readonly string[];
  readonly memberTypes?: readonly DuckdbType[];
}

export interface WritableChunk {
  setColumns(columns: readonly (readonly unknown[])[]): void;
  rowCount: number;
}

export interface Appender {
  appendDataChunk(chunk: WritableChunk): void;
  flushSync(): void;
  closeSync(): void;
}

/** Where DuckDB's package is, for the program. Fails, with what to do, if it is nowhere. */
export function findDuckdb(cwd: string): string {
  const program = process.argv[1];
  for (const folder of [cwd, ...(program === undefined ? [] : [dirname(program)])]) {
    try {
      return createRequire(join(folder, 'package.json')).resolve(packageName);
    } catch {
      // the next one
    }
  }
  throw new EngineError(
    `Parquet and SQL are read and written by DuckDB, which is not installed: npm install ${packageName} (looked for it from ${cwd}).`,
  );
}

/** DuckDB's package from the place where the driver found it, or on another machine from this one's. */
export function loadDuckdb(entry: string): DuckdbModule {
  const load = (path: string) => createRequire(path)(path) as DuckdbModule;
  try {
    return load(entry);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return load(findDuckdb(process.cwd()));
  }
}

/** A database of one's own. */
export class Database {
  readonly module: DuckdbModule;
  readonly #instance: Instance;
  #connection: Connection | undefined;

  private constructor(module: DuckdbModule, instance: Instance, connection: Connection) {
    this.module = module;
    this.#instance = instance;
    this.#connection = connection;
  }

  get connection(): Connection {
    return this.#connection!;
  }

  /** In memory, unless `path` names a file for it. */
  static async open(entry: string, options: Record<string, string>, path = ':memory:'): Promise<Database> {
    const module = loadDuckdb(entry);
    const instance = await module.DuckDBInstance.create(path, options);
    return new Database(module, instance, await instance.connect());
  }

  /** All rows of a small result. */
  async rows<T>(sql: string): Promise<T[]> {
    return (await (await this.connection.run(sql)).getRowObjectsJS()) as T[];
  }

  /** Ends all that belongs to the connection; until `reconnect` there is none. */
  disconnect(): void {
    this.#connection?.closeSync();
    this.#connection = undefined;
  }

  async reconnect(): Promise<void> {
    this.#connection = await this.#instance.connect();
  }

  close(): void {
    this.disconnect();
    this.#instance.closeSync();
  }
}

/** A string in SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name in SQL. */
export function nameInSql(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A path in SQL, where functions that read files would take some characters for patterns. */
export function pathInSql(path: string): string {
  return quoted(path.replace(/[*?[]/g, '[$&]'));
}
