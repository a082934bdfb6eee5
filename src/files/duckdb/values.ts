/** Values of DuckDB as values of JavaScript. */
import type { DuckdbType } from './load.js';

/** Makes one of the other; `null` never comes here. */
type Convert = (value: never) => unknown;

/** DuckDB's numbers of its types, which are a part of its interface. */
export const typeIds = {
  bigint: 5,
  ubigint: 9,
  timestamp: 12,
  date: 13,
  time: 14,
  interval: 15,
  hugeint: 16,
  blob: 18,
  decimal: 19,
  timestampS: 20,
  timestampMs: 21,
  timestampNs: 22,
  list: 24,
  struct: 25,
  map: 26,
  uuid: 27,
  union: 28,
  bit: 29,
  timeTz: 30,
  timestampTz: 31,
  uhugeint: 32,
  array: 33,
  bignum: 35,
  timeNs: 39,
  geometry: 40,
  variant: 41,
} as const;

const dayMs = 86_400_000;
/** What DuckDB has for dates without end. */
const noDays = 2 ** 31 - 1;

/**
 * How values of a type are converted; `undefined` if they are what they should be. Whole numbers of 64 bits and more are numbers where
 * that is exact, and else `bigint`, or always with `bigint`. Dates and timestamps are `Date`s, in whole milliseconds.
 */
export function converterOf(type: DuckdbType, bigint: boolean): Convert | undefined {
  switch (type.typeId) {
    case typeIds.bigint:
    case typeIds.ubigint:
    case typeIds.hugeint:
    case typeIds.uhugeint:
    case typeIds.bignum:
      return bigint ? undefined : safeNumber;
    case typeIds.decimal:
      return (value: { toString(): string }) => Number(value.toString());
    case typeIds.date:
      return ({ days }: { days: number }) => new Date(Math.abs(days) >= noDays ? Number.NaN : days * dayMs);
    case typeIds.timestamp:
    case typeIds.timestampTz:
      return ({ micros }: { micros: bigint }) => dateOf(micros, 1000);
    case typeIds.timestampS:
      return ({ seconds }: { seconds: bigint }) => new Date(Number(seconds) * 1000);
    case typeIds.timestampMs:
      return ({ millis }: { millis: bigint }) => new Date(Number(millis));
    case typeIds.timestampNs:
      return ({ nanos }: { nanos: bigint }) => dateOf(nanos, 1_000_000);
    case typeIds.blob:
      return ({ bytes }: { bytes: Uint8Array }) => Uint8Array.from(bytes);
    case typeIds.list:
    case typeIds.array: {
      const convert = orNull(converterOf(type.valueType!, bigint));
      return ({ items }: { items: readonly unknown[] }) => items.map(convert);
    }
    case typeIds.struct: {
      const fields = type.entryNames!.map(
        (name, i) => [name, orNull(converterOf(type.entryTypes![i]!, bigint))] as const,
      );
      return ({ entries }: { entries: Readonly<Record<string, unknown>> }) =>
        Object.fromEntries(fields.map(([name, convert]) => [name, convert(entries[name])]));
    }
    case typeIds.map: {
      const key = orNull(converterOf(type.keyType!, bigint));
      const convert = orNull(converterOf(type.valueType!, bigint));
      return ({ entries }: { entries: readonly { key: unknown; value: unknown }[] }) =>
        new Map(entries.map((entry) => [key(entry.key), convert(entry.value)]));
    }
    case typeIds.union: {
      const members = new Map(
        type.memberTags!.map((tag, i) => [tag, orNull(converterOf(type.memberTypes![i]!, bigint))]),
      );
      return ({ tag, value }: { tag: string; value: unknown }) => members.get(tag)!(value);
    }
    case typeIds.time:
    case typeIds.timeTz:
    case typeIds.timeNs:
    case typeIds.interval:
    case typeIds.uuid:
    case typeIds.bit:
    case typeIds.geometry:
    case typeIds.variant:
      return String;
    default:
      return undefined;
  }
}

function orNull(convert: Convert | undefined): (value: unknown) => unknown {
  if (convert === undefined) return (value) => value;
  return (value) => (value === null ? null : convert(value as never));
}

function safeNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Numbers are exact here: microseconds of the years that a Date can say are less than 2 ** 53 · 10. */
function dateOf(units: bigint, perMs: number): Date {
  const whole = units / BigInt(perMs);
  // Towards the past, as with positive numbers.
  return new Date(Number(units < 0n && whole * BigInt(perMs) !== units ? whole - 1n : whole));
}

/** The rows of a chunk's columns, as objects. */
export function rowsFrom(
  columns: readonly (readonly unknown[])[],
  names: readonly string[],
  converters: readonly (Convert | undefined)[],
  count: number,
): unknown[] {
  const converted = columns.map((column, i) => {
    const convert = converters[i];
    return convert === undefined ? column : column.map((value) => (value === null ? null : convert(value as never)));
  });
  const rows: unknown[] = [];
  for (let row = 0; row < count; row++) {
    const record: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) record[names[i]!] = converted[i]![row];
    rows.push(record);
  }
  return rows;
}
