/** Plans at random: several operators after one another, each with its like on plain arrays. */
import { test } from 'node:test';
import fc from 'fast-check';
import { Dataset, hash, range } from 'sheaf';
import { ByLength, pairs, partitionCounts } from '../arbitrary.js';
import { assertSameList, assertSameRows, cogrouped, distinct, grouped, joined, type Pair, sorted } from '../oracle.js';
import type { Subject } from '../suite.js';

type Row = Pair<number>;
type Rows = Dataset<Row>;

interface Model {
  readonly rows: readonly Row[];
  /** The order is known. */
  readonly ordered: boolean;
}

interface Step {
  readonly name: string;
  readonly run: (data: Rows, other: Rows) => Rows;
  readonly model: (rows: readonly Row[], other: readonly Row[]) => readonly Row[];
  /** What it does to the order: leaves it, makes one, or loses it. */
  readonly order: 'keeps' | 'makes' | 'loses';
  /** Its answer depends on the order, so that it is for rows whose order is known. */
  readonly needsOrder?: boolean;
  /** How many rows it makes, where these may be many more than it is given. */
  readonly size?: (rows: readonly Row[]) => number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => (a + b) | 0, 0);
const wrap = (x: number): number => x | 0;
const whole = (row: Row): unknown => row;
const places = [undefined, { partitions: 3 }, hash(1), hash(4), new ByLength(3), range([0, 'a'])] as const;

const steps: readonly ((place: number, count: number) => Step)[] = [
  () => ({
    name: 'map',
    run: (data) => data.map(([key, x]) => [key, wrap(x * 3)] as const),
    model: (rows) => rows.map(([key, x]) => [key, wrap(x * 3)]),
    order: 'keeps',
  }),
  () => ({
    name: 'swap',
    run: (data) => data.map(([key, x]) => [x % 4, typeof key === 'number' ? wrap(key) : x] as const),
    model: (rows) => rows.map(([key, x]) => [x % 4, typeof key === 'number' ? wrap(key) : x]),
    order: 'keeps',
  }),
  () => ({
    name: 'filter',
    run: (data) => data.filter(([, x]) => x % 3 !== 0),
    model: (rows) => rows.filter(([, x]) => x % 3 !== 0),
    order: 'keeps',
  }),
  () => ({
    name: 'flatMap',
    run: (data) => data.flatMap(([key, x]) => (x % 2 === 0 ? [[key, x] as const, [x, 1] as const] : [])),
    model: (rows) => rows.flatMap(([key, x]) => (x % 2 === 0 ? [[key, x] as const, [x, 1] as const] : [])),
    order: 'keeps',
  }),
  () => ({
    name: 'mapPartitions',
    run: (data) =>
      data.mapPartitions(function* (some) {
        for (const [key, x] of some) if (x !== 5) yield [key, wrap(x + 1)] as const;
      }),
    model: (rows) => rows.flatMap(([key, x]) => (x === 5 ? [] : [[key, wrap(x + 1)] as const])),
    order: 'keeps',
  }),
  () => ({
    name: 'mapValues',
    run: (data) => data.mapValues((x) => wrap(x * 5 + 1)),
    model: (rows) => rows.map(([key, x]) => [key, wrap(x * 5 + 1)]),
    order: 'keeps',
  }),
  () => ({
    name: 'flatMapValues',
    run: (data) => data.flatMapValues((x) => [x, ...(x % 2 === 0 ? [wrap(x + 7)] : [])]),
    model: (rows) =>
      rows.flatMap(([key, x]) => [[key, x] as const, ...(x % 2 === 0 ? [[key, wrap(x + 7)] as const] : [])]),
    order: 'keeps',
  }),
  () => ({
    name: 'union',
    run: (data, other) => data.union(other),
    model: (rows, other) => [...rows, ...other],
    order: 'keeps',
  }),
  (_, count) => ({ name: 'coalesce', run: (data) => data.coalesce(count), model: (rows) => rows, order: 'keeps' }),
  (_, count) => ({
    name: 'repartition',
    run: (data) => data.repartition(count),
    model: (rows) => rows,
    order: 'loses',
  }),
  (place) => ({
    name: 'partitionBy',
    run: (data) => data.partitionBy(places[place] ?? hash(2)),
    model: (rows) => rows,
    order: 'loses',
  }),
  (_, count) => ({
    name: 'partitionBy(range(n))',
    run: (data) => data.partitionBy(range(count)),
    model: (rows) => rows,
    order: 'loses',
  }),
  (place) => ({
    name: 'groupByKey',
    run: (data) =>
      data.groupByKey(places[place]).mapValues((values) => values.length * 1000 + (Math.max(...values) | 0)),
    model: (rows) => grouped(rows).map(([key, values]) => [key, values.length * 1000 + (Math.max(...values) | 0)]),
    order: 'loses',
  }),
  (place) => ({
    name: 'reduceByKey',
    run: (data) => data.reduceByKey((a, b) => (a + b) | 0, places[place]),
    model: (rows) => grouped(rows).map(([key, values]) => [key, values.length === 1 ? values[0]! : sum(values)]),
    order: 'loses',
  }),
  (place) => ({
    name: 'aggregateByKey',
    run: (data) =>
      data.aggregateByKey(
        0,
        (n, x) => wrap(n + x),
        (a, b) => wrap(a + b),
        places[place],
      ),
    model: (rows) => grouped(rows).map(([key, values]) => [key, sum(values)]),
    order: 'loses',
  }),
  (place) => ({
    name: 'countByKey',
    run: (data) => data.countByKey(places[place]),
    model: (rows) => grouped(rows).map(([key, values]) => [key, values.length]),
    order: 'loses',
  }),
  (_, count) => ({
    name: 'distinct',
    run: (data) => data.distinct({ partitions: count }),
    model: (rows) => distinct(rows),
    order: 'loses',
  }),
  (place, count) => ({
    name: 'sortBy',
    run: (data) => data.sortBy((row) => row, { descending: place % 2 === 1, partitions: count }),
    model: (rows) => sorted(rows, whole, place % 2 === 1),
    order: 'makes',
  }),
  () => ({
    name: 'sortByKey',
    run: (data) => data.sortByKey(),
    model: (rows) => sorted(rows, ([key]) => key),
    order: 'keeps',
  }),
  () => ({
    name: 'zipWithIndex',
    run: (data) => data.zipWithIndex().map(([[key, x], i]) => [key, wrap(x + i)] as const),
    model: (rows) => rows.map(([key, x], i) => [key, wrap(x + i)]),
    order: 'keeps',
    needsOrder: true,
  }),
  (place) => ({
    name: 'join',
    run: (data, other) => data.join(other, places[place]).mapValues(([a, b]) => wrap(a - b)),
    model: (rows, other) => joined('join', rows, other).map(([key, [a, b]]) => [key, wrap(a! - b!)]),
    order: 'loses',
  }),
  (place) => ({
    name: 'fullJoin',
    run: (data, other) => data.fullJoin(other, places[place]).mapValues(([a = 3, b = 4]) => wrap(a - b)),
    model: (rows, other) => joined('fullJoin', rows, other).map(([key, [a = 3, b = 4]]) => [key, wrap(a - b)]),
    order: 'loses',
  }),
  (place) => ({
    name: 'leftJoin with itself',
    run: (data) =>
      data
        .leftJoin(
          data.filter(([, x]) => x > 10),
          places[place],
        )
        .mapValues(([a, b = 4]) => wrap(a - b)),
    model: (rows) =>
      joined(
        'leftJoin',
        rows,
        rows.filter(([, x]) => x > 10),
      ).map(([key, [a, b = 4]]) => [key, wrap(a! - b)]),
    size: (rows) =>
      grouped(rows).reduce((sum, [, all]) => sum + all.length * Math.max(1, all.filter((x) => x > 10).length), 0),
    order: 'loses',
  }),
  (place) => ({
    name: 'cogroup',
    run: (data, other) => data.cogroup(other, places[place]).mapValues(([a, b]) => a.length * 100 + b.length),
    model: (rows, other) => cogrouped(rows, other).map(([key, [a, b]]) => [key, a.length * 100 + b.length]),
    order: 'loses',
  }),
  () => ({
    name: 'subtract',
    run: (data, other) =>
      data
        .keys()
        .subtract(other.keys())
        .map((key) => [key, 1] as const),
    model: (rows, other) =>
      joined('leftJoin', rows, other).flatMap(([key, [, b]]) => (b === undefined ? [[key, 1] as const] : [])),
    order: 'loses',
  }),
  () => ({
    name: 'intersection',
    run: (data, other) =>
      data
        .keys()
        .intersection(other.keys())
        .map((key) => [key, 1] as const),
    model: (rows, other) =>
      cogrouped(rows, other).flatMap(([key, [a, b]]) => (a.length > 0 && b.length > 0 ? [[key, 1] as const] : [])),
    order: 'loses',
  }),
  () => ({
    name: 'cartesian',
    run: (data, other) =>
      data
        .filter(([, x]) => x % 5 === 0)
        .coalesce(2)
        .cartesian(other.filter(([, x]) => x % 7 === 0).coalesce(2))
        .map(([[key, x], [, y]]) => [key, wrap(x * y)] as const),
    model: (rows, other) =>
      rows
        .filter(([, x]) => x % 5 === 0)
        .flatMap(([key, x]) => other.filter(([, y]) => y % 7 === 0).map(([, y]): Row => [key, wrap(x * y)])),
    order: 'loses',
  }),
  () => ({ name: 'cache', run: (data) => data.cache(), model: (rows) => rows, order: 'keeps' }),
  () => ({ name: 'sample all', run: (data) => data.sample(1, 3), model: (rows) => rows, order: 'keeps' }),
];

const plans = fc.record({
  rows: pairs.map((some) => some.slice(0, 120)),
  other: pairs.map((some) => some.slice(0, 40)),
  partitions: partitionCounts,
  otherPartitions: fc.constantFrom(1, 2, 5),
  picks: fc.array(
    fc.record({
      step: fc.nat({ max: steps.length - 1 }),
      place: fc.nat({ max: places.length - 1 }),
      count: fc.constantFrom(1, 2, 3, 6),
    }),
    { minLength: 1, maxLength: 7 },
  ),
  file: fc.boolean(),
});

/** More rows than a plan should come to. */
const most = 20_000;

export function planCases(subject: Subject): void {
  test('a plan of any operators gives what plain arrays give', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ rows, other, partitions, otherPartitions, picks, file }) => {
        const engine = subject.engines[Number(file)];
        let data: Rows = Dataset.of(rows, { partitions, engine });
        const beside: Rows = Dataset.of(other, { partitions: otherPartitions });
        let model: Model = { rows, ordered: true };
        const names: string[] = [];
        for (const { step, place, count } of picks) {
          const { name, run, model: plain, order, needsOrder, size } = steps[step]!(place, count);
          if (needsOrder === true && !model.ordered) continue;
          if ((size?.(model.rows) ?? 0) > most) continue;
          const next = plain(model.rows, other);
          if (next.length > most) continue;
          names.push(name);
          model = { rows: next, ordered: order === 'makes' || (order === 'keeps' && model.ordered) };
          data = run(data, beside);
        }
        const found = await data.collect();
        const label = names.join(' → ');
        if (model.ordered) assertSameList(found, model.rows, label);
        else assertSameRows(found, model.rows, label);
        data.explain();
      }),
      { numRuns: subject.runs * 5 },
    );
  });
}
