/** What datasets promise, said with plain arrays: slow, and plain enough to be seen to be right. */
import assert from 'node:assert/strict';

export type Pair<V = unknown> = readonly [key: unknown, value: V];

/** A text that two values have in common just when they are the same as keys. */
export function textOf(value: unknown): string {
  if (typeof value === 'number') return `number ${value === 0 ? 0 : value}`;
  if (typeof value === 'bigint') return `bigint ${value}`;
  if (typeof value === 'string') return `string ${quoted(value)}`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (Array.isArray(value)) return `[${Array.from(value, textOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${quoted(name)}:${textOf((value as Record<string, unknown>)[name])}`).join(',')}}`;
}

/** Lone surrogates and all. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

const kinds = ['undefined', 'null', 'boolean', 'number', 'date', 'string', 'array', 'object'];

function kindOf(value: unknown): number {
  const kind =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'array'
        : value instanceof Date
          ? 'date'
          : typeof value === 'bigint'
            ? 'number'
            : typeof value;
  return kinds.indexOf(kind);
}

/** The order of keys, as the documentation has it. */
export function compare(a: unknown, b: unknown): number {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return kind - kindOf(b);
  switch (kinds[kind]) {
    case 'undefined':
    case 'null':
      return 0;
    case 'number':
      return compareNumbers(a as number, b as number);
    case 'boolean':
      return Number(a) - Number(b);
    case 'date':
      return compareNumbers(Number(a), Number(b));
    case 'string':
      return (a as string) < (b as string) ? -1 : a === b ? 0 : 1;
    case 'array':
      return compareLists(Array.from(a as unknown[]), Array.from(b as unknown[]));
    default:
      return compareLists(entriesOf(a), entriesOf(b));
  }
}

function entriesOf(value: unknown): unknown[] {
  return Object.keys(value as object)
    .sort()
    .flatMap((name) => [name, (value as Record<string, unknown>)[name]]);
}

function compareNumbers(a: number | bigint, b: number | bigint): number {
  const nan = Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (nan !== 0 || Number.isNaN(a)) return nan;
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(typeof a === 'bigint') - Number(typeof b === 'bigint');
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The stable sort. `Array.prototype.sort` puts `undefined` last without asking, so that rows are boxed. */
export function sorted<T>(rows: readonly T[], key: (row: T) => unknown, descending = false): T[] {
  const boxes = rows.map((row) => ({ row, key: key(row) }));
  boxes.sort((a, b) => (descending ? compare(b.key, a.key) : compare(a.key, b.key)));
  return boxes.map(({ row }) => row);
}

/** The values of each key in the order of the rows, keys in the order of their first. */
export function grouped<V>(rows: readonly Pair<V>[]): [unknown, V[]][] {
  const groups = new Map<string, [unknown, V[]]>();
  for (const [key, value] of rows) {
    const text = textOf(key);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [key, [value]]);
    else group[1].push(value);
  }
  return [...groups.values()];
}

export function distinct<T>(rows: readonly T[]): T[] {
  return grouped(rows.map((row) => [row, undefined] as const)).map(([row]) => row as T);
}

/** What each key of either side has on both. */
export function cogrouped<V, W>(left: readonly Pair<V>[], right: readonly Pair<W>[]): [unknown, [V[], W[]]][] {
  const both = [
    ...left.map(([key, value]) => [key, { left: value }] as const),
    ...right.map(([key, value]) => [key, { right: value }] as const),
  ];
  return grouped<{ left: V } | { right: W }>(both).map(([key, values]) => [
    key,
    [
      values.flatMap((value) => ('left' in value ? [value.left] : [])),
      values.flatMap((value) => ('right' in value ? [value.right] : [])),
    ],
  ]);
}

export type JoinKind = 'join' | 'leftJoin' | 'rightJoin' | 'fullJoin';

export function joined<V, W>(
  how: JoinKind,
  left: readonly Pair<V>[],
  right: readonly Pair<W>[],
): Pair<readonly [V | undefined, W | undefined]>[] {
  const keepsLeft = how === 'leftJoin' || how === 'fullJoin';
  const keepsRight = how === 'rightJoin' || how === 'fullJoin';
  return cogrouped(left, right).flatMap(([key, [ours, theirs]]): Pair<readonly [V | undefined, W | undefined]>[] => {
    if (theirs.length === 0) return keepsLeft ? ours.map((value) => [key, [value, undefined]] as const) : [];
    if (ours.length === 0) return keepsRight ? theirs.map((value) => [key, [undefined, value]] as const) : [];
    return ours.flatMap((a) => theirs.map((b) => [key, [a, b]] as const));
  });
}

/** The rows of a partition, where nothing else is said: even shares of neighbours. */
export function shares<T>(rows: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, i) =>
    rows.slice(Math.floor((i * rows.length) / count), Math.floor(((i + 1) * rows.length) / count)),
  );
}

/** Both have the same rows, whatever their order. */
export function assertSameRows(actual: readonly unknown[], expected: readonly unknown[], label = ''): void {
  assert.deepEqual(actual.map(textOf).sort(), expected.map(textOf).sort(), label);
}

/** Both have the same rows in the same order. */
export function assertSameList(actual: readonly unknown[], expected: readonly unknown[], label = ''): void {
  assert.deepEqual(actual.map(textOf), expected.map(textOf), label);
}
