/** Where rows of a key go, and what moves: partitioners and operators beside each other. */
import type { Dataset, Partitioner } from 'sheaf';
import { type Case, milliseconds } from '../../case.js';
import { dataset } from '../../contenders/dataset.js';
import { serial } from '../../contenders/serial.js';
import { digestRows } from '../../digest.js';
import { countPrimes } from '../../primes.js';
import { levelMetrics, measureLevel } from './level.js';

type Sheaf = typeof import('sheaf');
type Pairs = readonly (readonly [string, number])[];

/** Two partitions, one for each worker: the one with more work is what takes the time. */
const partitions = 2;

const primesOf = (costs: readonly number[]): number => costs.reduce((sum, cost) => sum + countPrimes(cost), 0);

function primesByKey(rows: Iterable<Pairs[number]>): Pairs {
  const groups = new Map<string, number[]>();
  for (const [key, cost] of rows) groups.set(key, [...(groups.get(key) ?? []), cost]);
  return [...groups].map(([key, costs]) => [key, primesOf(costs)] as const);
}

const digestPairs = (rows: Iterable<readonly [unknown, unknown]>): string => digestRows([[...rows].sort()]);

/** @param weights how much of the work each key has */
function weighted(
  id: string,
  title: string,
  weights: Readonly<Record<string, number>>,
  more: Readonly<Record<string, (sheaf: Sheaf) => Partitioner>>,
): Case<Pairs, Pairs> {
  const sum = Object.values(weights).reduce((a, b) => a + b);
  const rowsOf = (total: number): Pairs =>
    Object.entries(weights).flatMap(([key, weight]) =>
      Array.from({ length: 8 }, () => [key, Math.round((total * weight) / sum / 8)] as const),
    );
  const made: Readonly<Record<string, (sheaf: Sheaf) => Partitioner>> = {
    'hash(2)': ({ hash }) => hash(partitions),
    'range(2)': ({ range }) => range(partitions) as Partitioner,
    'hash(16)': ({ hash }) => hash(16),
    ...more,
  };
  return {
    id: `choosing-partition-${id}`,
    title,
    size: { full: 1_600_000, quick: 240_000 },
    metrics: levelMetrics,
    measure: measureLevel,
    input: rowsOf,
    warm: () => rowsOf(24_000),
    digest: digestPairs,
    contenders: [
      ...Object.entries(made).map(([suffix, partitionerOf]) =>
        dataset<Pairs, Pairs>({
          suffix,
          run: (rows, sheaf, engine) =>
            sheaf.Dataset.of(rows, { engine, partitions: 2 })
              .partitionBy(partitionerOf(sheaf))
              .mapPartitions(primesByKey)
              .collect(),
        }),
      ),
      serial<Pairs, Pairs>(primesByKey),
    ],
  };
}

const few = weighted('few', 'work by key, four keys alike', { north: 1, east: 1, south: 1, west: 1 }, {});

const heavy = weighted(
  'heavy',
  'work by key, one of five keys with half of it',
  { '10': 1, '20': 1, '30': 4, '40': 1, '50': 1 },
  {
    'own partitioner': () => ({
      count: partitions,
      partitionOf: (key) => (key === '30' ? 0 : 1),
      equals: () => false,
    }),
  },
);

type Sums = readonly (readonly [number, number])[];

const keyOf = (i: number): number => (i * 7919) % 200_000;

function sumsOf(rows: Iterable<readonly [number, number]>): Sums {
  const sums = new Map<number, number>();
  for (const [key, value] of rows) sums.set(key, (sums.get(key) ?? 0) + value);
  return [...sums];
}

const many: Case<number, Sums> = {
  id: 'choosing-partition-many',
  title: 'sums by 200,000 keys',
  size: { full: 1_000_000, quick: 100_000 },
  metrics: [milliseconds()],
  input: (size) => size,
  warm: () => 20_000,
  digest: digestPairs,
  contenders: [
    dataset({
      suffix: 'hash(4)',
      run: (size, { Dataset, hash }, engine) =>
        Dataset.range(0, size, 1, { engine, partitions: 4 })
          .map((i) => [keyOf(i), i] as const)
          .partitionBy(hash(4))
          .mapPartitions(sumsOf)
          .collect(),
    }),
    dataset({
      suffix: 'range(4)',
      run: (size, { Dataset, range }, engine) =>
        Dataset.range(0, size, 1, { engine, partitions: 4 })
          .map((i) => [keyOf(i), i] as const)
          .partitionBy(range(4))
          .mapPartitions(sumsOf)
          .collect(),
    }),
    dataset({
      suffix: 'range of given bounds',
      run: (size, { Dataset, range }, engine) =>
        Dataset.range(0, size, 1, { engine, partitions: 4 })
          .map((i) => [keyOf(i), i] as const)
          .partitionBy(range([50_000, 100_000, 150_000]))
          .mapPartitions(sumsOf)
          .collect(),
    }),
    serial((size) => sumsOf(Array.from({ length: size }, (_, i) => [keyOf(i), i]))),
  ],
};

const costOf = (i: number): number => 700 + (i % 2);

/** Rows in order, as of a log, of which a filter leaves a stretch. */
const lopsided: Case<number, number> = {
  id: 'choosing-partition-filter',
  title: 'work on rows that a filter has left in one of sixteen partitions',
  size: { full: 48_000, quick: 1600 },
  metrics: levelMetrics,
  measure: measureLevel,
  input: (size) => size,
  warm: () => 160,
  digest: String,
  contenders: [
    ...[undefined, 16].map((n) =>
      dataset<number, number>({
        suffix: n === undefined ? 'as they are' : `repartition(${n})`,
        run: (size, { Dataset }, engine) => {
          const left = Dataset.range(0, size, 1, { engine, partitions: 16 }).filter((i) => i < size / 16);
          return (n === undefined ? left : left.repartition(n)).map((i) => countPrimes(costOf(i))).sum();
        },
      }),
    ),
    serial((size) => {
      let sum = 0;
      for (let i = 0; i < size / 16; i++) sum += countPrimes(costOf(i));
      return sum;
    }),
  ],
};

const combined: Case<number, Sums> = {
  id: 'choosing-combine',
  title: 'sums by 1,000 keys of 1,000,000 rows',
  size: { full: 1_000_000, quick: 50_000 },
  metrics: [milliseconds()],
  input: (size) => size,
  warm: () => 20_000,
  digest: digestPairs,
  contenders: [
    dataset({
      suffix: 'reduceByKey',
      run: (size, { Dataset }, engine) =>
        Dataset.range(0, size, 1, { engine, partitions: 4 })
          .map((i) => [i % 1000, i] as const)
          .reduceByKey((a, b) => a + b)
          .collect(),
    }),
    dataset({
      suffix: 'groupByKey',
      run: (size, { Dataset }, engine) =>
        Dataset.range(0, size, 1, { engine, partitions: 4 })
          .map((i) => [i % 1000, i] as const)
          .groupByKey()
          .mapValues((values) => values.reduce((a, b) => a + b))
          .collect(),
    }),
    serial((size) => sumsOf(Array.from({ length: size }, (_, i) => [i % 1000, i]))),
  ],
};

const products = 1000;
const priceOf = (product: number): number => (product % 17) + 1;

/** Where the sales are, once they are there. */
interface Sold {
  readonly count: number;
  readonly sales?: Dataset<readonly [number, number]>;
}

type Join = (sales: Dataset<readonly [number, number]>, sheaf: Sheaf) => PromiseLike<number>;

const prices = (): (readonly [number, number])[] =>
  Array.from({ length: products }, (_, product) => [product, priceOf(product)] as const);

const joining = (suffix: string, isPlaced: boolean, join: Join) =>
  dataset<Sold, number>({
    suffix,
    prepare: async ({ count }, { Dataset, hash }, engine) => {
      const rows = Dataset.range(0, count, 1, { engine, partitions: 4 }).map((i) => [i % products, i % 10] as const);
      const sales = (isPlaced ? rows.partitionBy(hash(4)) : rows).cache();
      await sales.count();
      return { count, sales };
    },
    run: ({ sales }, sheaf) => join(sales!, sheaf),
  });

const joined: Case<Sold, number> = {
  id: 'choosing-join',
  title: '400,000 cached rows joined with a table of 1,000',
  size: { full: 400_000, quick: 40_000 },
  metrics: [milliseconds()],
  input: (count) => ({ count }),
  warm: () => ({ count: 10_000 }),
  digest: String,
  contenders: [
    joining('join', false, (sales, { Dataset, hash }) =>
      sales
        .join(Dataset.of(prices()), hash(4))
        .map(([, [amount, price]]) => amount * price)
        .sum(),
    ),
    joining('join of placed rows', true, (sales, { Dataset, hash }) =>
      sales
        .join(Dataset.of(prices()), hash(4))
        .map(([, [amount, price]]) => amount * price)
        .sum(),
    ),
    joining('captured Map', false, (sales) => {
      const table = new Map(prices());
      return sales.map(([product, amount]) => amount * table.get(product)!).sum();
    }),
    serial(({ count }) => {
      const table = new Map(prices());
      let sum = 0;
      for (let i = 0; i < count; i++) sum += (i % 10) * table.get(i % products)!;
      return sum;
    }),
  ],
};

export default [few, heavy, many, lopsided, combined, joined];
