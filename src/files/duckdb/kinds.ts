/** What a column of Parquet has to be, from the values in it. */
import type { DuckdbModule } from './load.js';
import { nameInSql } from './load.js';

/** `int`: numbers that are whole and safe; they are written as `number`s are, but may stand beside `bigint`s. */
type Simple = 'null' | 'boolean' | 'int' | 'number' | 'bigint' | 'string' | 'date' | 'bytes';

export type ColumnKind = Simple | { readonly items: ColumnKind } | { readonly fields: ReadonlyMap<string, ColumnKind> };

/** What a value needs; `undefined` if Parquet cannot hold it. */
export function kindOf(value: unknown): ColumnKind | undefined {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'string';
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? 'int' : 'number';
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'bigint' : undefined;
    case 'object':
      return kindOfObject(value);
    default:
      return undefined;
  }
}

function kindOfObject(value: object | null): ColumnKind | undefined {
  if (value === null) return 'null';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : 'date';
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value)) {
    let items: ColumnKind | undefined = 'null';
    for (const item of value) {
      const kind = kindOf(item);
      items = kind === undefined ? undefined : merged(items, kind);
      if (items === undefined) return undefined;
    }
    return { items };
  }
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) return undefined;
  const fields = new Map<string, ColumnKind>();
  for (const [name, field] of Object.entries(value)) {
    const kind = kindOf(field);
    if (kind === undefined) return undefined;
    fields.set(name, kind);
  }
  return fields.size === 0 ? undefined : { fields };
}

/** What holds both; `undefined` if nothing does. */
export function merged(a: ColumnKind, b: ColumnKind): ColumnKind | undefined {
  if (a === b || b === 'null') return a;
  if (a === 'null') return b;
  if (typeof a === 'string' || typeof b === 'string') {
    const both = `${a}+${b}`;
    if (['int+number', 'number+int'].includes(both)) return 'number';
    return ['int+bigint', 'bigint+int'].includes(both) ? 'bigint' : undefined;
  }
  if ('items' in a || 'items' in b) {
    const items = 'items' in a && 'items' in b ? merged(a.items, b.items) : undefined;
    return items === undefined ? undefined : { items };
  }
  const fields = new Map(a.fields);
  for (const [name, kind] of b.fields) {
    const both = merged(fields.get(name) ?? 'null', kind);
    if (both === undefined) return undefined;
    fields.set(name, both);
  }
  return { fields };
}

/**
 * The type in SQL. Numbers are DOUBLE, whole or not, so that files of partitions do not differ by what happens to be in them; whole numbers
 * of 64 bits are `bigint`s.
 */
export function sqlType(kind: ColumnKind): string {
  if (typeof kind !== 'string') {
    if ('items' in kind) return `${sqlType(kind.items)}[]`;
    return `STRUCT(${[...kind.fields].map(([name, field]) => `${nameInSql(name)} ${sqlType(field)}`).join(', ')})`;
  }
  const types = {
    boolean: 'BOOLEAN',
    bigint: 'BIGINT',
    date: 'TIMESTAMP',
    bytes: 'BLOB',
    string: 'VARCHAR',
    null: 'VARCHAR',
  };
  return kind === 'int' || kind === 'number' ? 'DOUBLE' : types[kind];
}

/** The value as DuckDB takes it for a column of that kind. */
export function fitted(value: unknown, kind: ColumnKind, duckdb: DuckdbModule): unknown {
  if (value === null || value === undefined) return null;
  const make = (name: string, ...args: unknown[]) => new (duckdb[name] as new (...args: unknown[]) => unknown)(...args);
  if (typeof kind === 'string') {
    if (kind === 'bigint') return BigInt(value as number);
    if (kind === 'date') return make('DuckDBTimestampValue', BigInt((value as Date).getTime()) * 1000n);
    return kind === 'bytes' ? make('DuckDBBlobValue', value) : value;
  }
  if ('items' in kind) {
    return make(
      'DuckDBListValue',
      Array.from(value as unknown[], (item) => fitted(item, kind.items, duckdb)),
    );
  }
  const record = value as Readonly<Record<string, unknown>>;
  const entries = [...kind.fields].map(([name, field]) => [
    name,
    fitted(Object.hasOwn(record, name) ? record[name] : null, field, duckdb),
  ]);
  return make('DuckDBStructValue', Object.fromEntries(entries));
}
