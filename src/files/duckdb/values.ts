/** Values of DuckDB as values of JavaScript. */
import { ValueError } from '../../errors.js';
import { show } from '../show.js';
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
 * that is exact, and else `bigint`, or always with `bigint`. Decimals are numbers where that is exact. Dates and timestamps are `Date`s, in whole milliseconds.
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
      return (decimal: Decimal) => numberOf(decimal, bigint);
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

interface Decimal {
  /** What it is, times ten to the power of `scale`. */
  readonly value: bigint;
  readonly width: number;
  readonly scale: number;
  toString(): string;
}

/** So many decimal digits come back from a double, whatever they are. */
const safeDigits = 15;
const leastUnsafe = 10n ** BigInt(safeDigits);
/** Powers of ten up to this one are doubles, so that dividing by them rounds once. */
const mostExactPower = 22;

/** The number that has the same digits. Where there is none, a whole one is a `bigint`, as others are; any other is refused. */
function numberOf(decimal: Decimal, bigint: boolean): number | bigint {
  const { value, width, scale } = decimal;
  if (scale === 0 && width > safeDigits) return bigint ? value : safeNumber(value);
  if (-leastUnsafe < value && value < leastUnsafe && scale <= mostExactPower) return Number(value) / 10 ** scale;
  const number = Number(decimal.toString());
  if (digitsOf(number.toExponential().replace(/e.*/, '')) === digitsOf(String(value))) return number;
  throw new ValueError(
    `the DECIMAL ${decimal} has more digits than a number can hold: cast it to DOUBLE, which rounds it, or to VARCHAR in a query (Dataset.sql)`,
  );
}

/** The digits of a number without those that only tell how large it is. */
function digitsOf(text: string): string {
  return text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
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
    if (convert === undefined) return column;
    try {
      return column.map((value) => (value === null ? null : convert(value as never)));
    } catch (error) {
      throw new ValueError(`column ${show(names[i])}: ${(error as Error).message}`);
    }
  });
  const rows: unknown[] = [];
  if (names.includes('__proto__')) {
    for (let row = 0; row < count; row++)
      rows.push(Object.fromEntries(names.map((name, i) => [name, converted[i]![row]])));
    return rows;
  }
  for (let row = 0; row < count; row++) {
    const record: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) record[names[i]!] = converted[i]![row];
    rows.push(record);
  }
  return rows;
}
