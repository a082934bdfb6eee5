import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dataset, roundRobin } from 'sheaf';
import { pairs, partitionCounts } from '../arbitrary.js';
import { assertSameList, assertSameRows, shares } from '../oracle.js';
import type { Subject } from '../suite.js';

const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 60 });

export function narrowCases(subject: Subject): void {
  const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => Promise<void>): Promise<void> =>
    fc.assert(fc.asyncProperty(arbitrary, holds), { numRuns: subject.runs });
  const of = <T>(rows: readonly T[], partitions: number): Dataset<T> =>
    Dataset.of(rows, { partitions, engine: subject.plain });

  test('map, filter, flatMap, keyBy, keys, values, mapValues and flatMapValues keep the order', async () => {
    const factor = 3;
    await check(fc.tuple(numbers, partitionCounts), async ([rows, partitions]) => {
      const data = of(rows, partitions);
      const map = (x: number): number => x * factor;
      const filter = (x: number): boolean => x % 2 === 0;
      const flatMap = (x: number): number[] => new Array<number>(Math.abs(x) % 4).fill(x);
      const key = (x: number): string => `${x % 5}`;
      assertSameList(await data.map(map).collect(), rows.map(map));
      assertSameList(await data.filter(filter).collect(), rows.filter(filter));
      assertSameList(await data.flatMap(flatMap).collect(), rows.flatMap(flatMap));
      const keyed = data.keyBy(key);
      assertSameList(
        await keyed.collect(),
        rows.map((x) => [key(x), x]),
      );
      assertSameList(await keyed.keys().collect(), rows.map(key));
      assertSameList(await keyed.values().collect(), rows);
      assertSameList(
        await keyed.mapValues(map).collect(),
        rows.map((x) => [key(x), map(x)]),
      );
      assertSameList(
        await keyed.flatMapValues(flatMap).collect(),
        rows.flatMap((x) => flatMap(x).map((y) => [key(x), y])),
      );
    });
  });

  test('any iterable can come of flatMap, also a long one and a lazy one', async () => {
    const data = of([3, 0, 2000], 2);
    const expected = [3, 0, 2000].flatMap((n) => Array.from({ length: n }, (_, i) => i));
    const lazy = function* (n: number): Generator<number> {
      for (let i = 0; i < n; i++) yield i;
    };
    assert.deepEqual(await data.flatMap(lazy).collect(), expected);
    assert.deepEqual(await data.flatMap((n) => new Set(Array(n).keys())).collect(), expected);
    assert.deepEqual(
      await of(['ab', '', 'c'], 3)
        .flatMap((text) => text.toUpperCase())
        .collect(),
      ['A', 'B', 'C'],
    );
  });

  test('words', async () => {
    const lines = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\t', '\n', '\u00a0', '\u3000', '\ufeff', 'é') }),
    );
    await check(fc.tuple(lines, partitionCounts), async ([rows, partitions]) => {
      const expected = rows.flatMap((line) => line.split(/\s+/)).filter((word) => word !== '');
      assert.deepEqual(await of(rows, partitions).words().collect(), expected);
    });
  });

  test('mapPartitions gets the rows of each partition, also of empty ones, and its number', async () => {
    await check(fc.tuple(numbers, partitionCounts), async ([rows, partitions]) => {
      const tell = (some: Iterable<number>, partition: number): [number, number[]][] => [[partition, [...some]]];
      const expected = shares(rows, partitions).map((some, i): [number, number[]] => [i, some]);
      assert.deepEqual(await of(rows, partitions).mapPartitions(tell).collect(), expected);
      const lazily = function* (some: Iterable<number>): Generator<number> {
        for (const x of some) if (x > 0) yield x;
      };
      assert.deepEqual(
        await of(rows, partitions).mapPartitions(lazily).collect(),
        rows.filter((x) => x > 0),
      );
      const none = await of(rows, partitions)
        .mapPartitions(() => [])
        .collect();
      assert.deepEqual(none, []);
    });
  });

  test('zipWithIndex, also of rows that were filtered, exchanged, sorted, and twice', async () => {
    await check(fc.tuple(numbers, partitionCounts, partitionCounts), async ([rows, partitions, others]) => {
      const zipped = <T>(some: readonly T[]): [T, number][] => some.map((row, i) => [row, i]);
      const data = of(rows, partitions);
      const positive = rows.filter((x) => x > 0);
      assert.deepEqual(await data.zipWithIndex().collect(), zipped(rows));
      assert.deepEqual(
        await data
          .filter((x) => x > 0)
          .zipWithIndex()
          .zipWithIndex()
          .collect(),
        zipped(zipped(positive)),
      );
      const exchanged = await data.repartition(others).zipWithIndex().collect();
      assert.deepEqual(
        exchanged.map(([, i]) => i),
        [...rows.keys()],
      );
      assertSameRows(
        exchanged.map(([row]) => row),
        rows,
      );
      const ascending = [...rows].sort((a, b) => a - b);
      const sortedRows = data.sortBy((x) => x, { partitions: others }).zipWithIndex();
      assert.deepEqual(await sortedRows.collect(), zipped(ascending));
      assert.deepEqual(await data.union(data).coalesce(2).zipWithIndex().collect(), zipped([...rows, ...rows]));
    });
  });

  test('union and coalesce keep the order, and partitions as they should be', async () => {
    await check(fc.tuple(numbers, numbers, partitionCounts, partitionCounts), async ([a, b, partitions, fewer]) => {
      const sizes = (some: Iterable<number>): number[] => [[...some].length];
      const both = of(a, partitions).union(of(b, 2), of(a, 1));
      assert.deepEqual(await both.collect(), [...a, ...b, ...a]);
      const expected = [...shares(a, partitions), ...shares(b, 2), a].map((some) => some.length);
      assert.deepEqual(await both.mapPartitions(sizes).collect(), expected);
      const together = both.coalesce(fewer);
      assert.deepEqual(await together.collect(), [...a, ...b, ...a]);
      const count = Math.min(fewer, partitions + 3);
      const coalesced = shares(expected, count).map((some) => some.reduce((sum, size) => sum + size, 0));
      assert.deepEqual(await together.mapPartitions(sizes).collect(), coalesced);
    });
  });

  test('repartition and partitionBy(roundRobin) keep the rows and even out the partitions', async () => {
    await check(fc.tuple(pairs, partitionCounts, partitionCounts), async ([rows, partitions, others]) => {
      const data = Dataset.of(rows, { partitions, engine: subject.file });
      for (const dealt of [data.repartition(others), data.partitionBy(roundRobin(others))]) {
        assertSameRows(await dealt.collect(), rows);
        const sizes = await dealt.mapPartitions((some) => [[...some].length]).collect();
        assert.equal(sizes.length, others);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= partitions, `${sizes}`);
      }
    });
  });

  test('sample: the same for the same seed, about as many as asked for, and never one twice', async () => {
    const data = Dataset.range(0, 20_000, 1, { partitions: 5, engine: subject.plain });
    const some = await data.sample(0.1, 7).collect();
    assert.deepEqual(await data.sample(0.1, 7).collect(), some);
    assert.ok(Math.abs(some.length - 2000) < 250, `${some.length}`);
    assert.equal(new Set(some).size, some.length);
    assert.notDeepEqual(await data.sample(0.1, 8).collect(), some);
    assert.deepEqual(await data.sample(0, 1).collect(), []);
    assert.equal(await data.sample(1, 1).count(), 20_000);
    assert.throws(() => data.sample(1.5), RangeError);
    assert.throws(() => data.sample('much' as never), TypeError);
    // One dataset is one sample, also without a seed.
    const once = data.sample(0.5);
    assert.deepEqual(await once.collect(), await once.collect());
  });

  test('ranges: numbers as a loop counts them, whatever the partitions', async () => {
    const ends = fc.tuple(
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: -100, max: 100 }),
      fc.constantFrom(1, 2, 7, -1, -3, 0.1, 0.3, -0.7),
    );
    await check(fc.tuple(ends, partitionCounts), async ([[start, end, step], partitions]) => {
      const expected: number[] = [];
      for (let i = 0; step > 0 ? start + i * step < end : start + i * step > end; i++) expected.push(start + i * step);
      const data = Dataset.range(start, end, step, { partitions, engine: subject.plain });
      assert.deepEqual(await data.collect(), expected);
    });
    // Quotients that round to one more, and to one less, than a loop counts.
    for (const [start, end, step] of [
      [27, 6, -0.7],
      [0, 0.3 + 2 ** -54, 0.1],
    ] as const) {
      const expected: number[] = [];
      for (let i = 0; step > 0 ? start + i * step < end : start + i * step > end; i++) expected.push(start + i * step);
      assert.deepEqual(await Dataset.range(start, end, step, { engine: subject.plain }).collect(), expected);
    }
    // However long it is, who takes the first rows need not wait for the rest to be divided.
    const long = Dataset.range(0, 2 ** 53, 1, { engine: subject.plain });
    assert.deepEqual(await long.take(2), [0, 1]);
    // The step may be left out.
    const places = Dataset.range(0, 4, { partitions: 2, engine: subject.plain }).mapPartitions((rows, i) =>
      [...rows].map((x) => [x, i]),
    );
    assert.deepEqual(
      await places.collect(),
      [0, 0, 1, 1].map((i, x) => [x, i]),
    );
    assert.throws(() => Dataset.range(0, 4, { steps: 2 } as never), /has no option steps/);
    assert.throws(() => Dataset.range(0, 4, {} as never, {}), /step must be a finite number/);
    assert.throws(() => Dataset.range(0, 1, 0), RangeError);
    assert.throws(() => Dataset.range(0, Infinity), TypeError);
  });

  test('sources: any iterable, as it was at the call', async () => {
    const list = [1, 2, 3];
    const data = Dataset.of(list, { partitions: 2, engine: subject.plain });
    list.push(4);
    assert.deepEqual(await data.collect(), [1, 2, 3]);
    const engine = subject.plain;
    assert.deepEqual(await Dataset.of(new Set(['a', 'b']), { engine }).collect(), ['a', 'b']);
    assert.deepEqual(await Dataset.of('añ😀', { engine }).collect(), ['a', 'ñ', '😀']);
    assert.deepEqual(await Dataset.of(new Map([['k', 1]]), { engine }).collect(), [['k', 1]]);
    assert.deepEqual(await Dataset.of(new Float64Array([1, -0, NaN]), { engine }).collect(), [1, -0, NaN]);
    assert.deepEqual(await Dataset.of([], { engine }).collect(), []);
    assert.throws(() => Dataset.of(7 as never), /Dataset.of takes an array or another iterable, not 7/);
    assert.throws(() => Dataset.of([], { partitions: 0 }), RangeError);
    assert.throws(() => Dataset.of([], { partition: 1 } as never), /Dataset.of has no option partition/);
    assert.throws(() => Dataset.of([], { engine: {} as never }), /engine must be an engine/);
  });
}
