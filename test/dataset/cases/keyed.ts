import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dataset } from 'sheaf';
import { anyPlaces, meetingPlaces, pairs, partitionCounts } from '../arbitrary.js';
import { assertSameRows, distinct, grouped, type Pair, sorted, textOf } from '../oracle.js';
import type { Subject } from '../suite.js';

const placed = pairs.chain((rows) => {
  const keys = rows.map(([key]) => key);
  return fc.record({
    rows: fc.constant(rows),
    partitions: partitionCounts,
    place: meetingPlaces(keys),
    before: fc.option(anyPlaces(keys)),
  });
});

export function keyedCases(subject: Subject): void {
  for (const [i, exchange] of ['memory', 'file'].entries()) {
    const check = (
      what: string,
      holds: (data: Dataset<Pair<number>>, rows: Pair<number>[], place: never, inOrder: boolean) => Promise<void>,
    ): void => {
      test(`${what}, by ${exchange}`, async () => {
        await fc.assert(
          fc.asyncProperty(placed, async ({ rows, partitions, place, before }) => {
            const of = Dataset.of(rows, { partitions, engine: subject.engines[i] });
            const data = before === null ? of : of.partitionBy(before);
            // Deals and sorts change the order of rows of one key; other partitioners do not.
            const inOrder = before === null || !['round-robin', 'range-request'].includes(kindOf(before));
            await holds(data, rows, place as never, inOrder);
          }),
          { numRuns: subject.runs },
        );
      });
    };

    check('groupByKey: all values of a key, in order', async (data, rows, place, inOrder) => {
      const expected = grouped(rows);
      const found = await data.groupByKey(place).collect();
      assertSameRows(inOrder ? found : found.map(([key, values]) => [key, sorted(values, (x) => x)]), expected);
    });

    check('reduceByKey, of what is associative, in order', async (data, rows, place, inOrder) => {
      const texts = data.mapValues((x) => `${x} `).reduceByKey((a, b) => a + b, place);
      const found = (await texts.collect()).map(([key, text]) => [key, text.trim().split(' ').map(Number)] as const);
      assertSameRows(inOrder ? found : found.map(([key, values]) => [key, sorted(values, (x) => x)]), grouped(rows));
    });

    check('aggregateByKey: a copy of zero for each key', async (data, rows, place, inOrder) => {
      const add = (state: { seen: number[] }, x: number): { seen: number[] } => {
        state.seen.push(x);
        return state;
      };
      const merge = (a: { seen: number[] }, b: { seen: number[] }): { seen: number[] } => {
        a.seen.push(...b.seen);
        return a;
      };
      const found = await data.aggregateByKey({ seen: [] as number[] }, add, merge, place).collect();
      assertSameRows(
        found.map(([key, { seen }]) => [key, inOrder ? seen : sorted(seen, (x) => x)]),
        grouped(rows),
      );
    });

    check('countByKey, distinct and countByValue', async (data, rows, place) => {
      const counts = grouped(rows).map(([key, values]) => [key, values.length]);
      assertSameRows(await data.countByKey(place).collect(), counts);
      const keys = rows.map(([key]) => key);
      assertSameRows(await data.keys().distinct(place).collect(), distinct(keys));
      assertSameRows([...(await data.keys().countByValue())], counts);
      assertSameRows(
        await data
          .mapValues((x) => x % 3)
          .distinct()
          .collect(),
        distinct(rows.map(([k, x]) => [k, x % 3])),
      );
    });

    check('partitionBy: the rows stay, those of a key together', async (data, rows, place) => {
      if (place === undefined) return;
      assertSameRows(await data.partitionBy(place).collect(), rows);
      const tell = (some: Iterable<Pair<number>>, partition: number): [unknown, number][] =>
        [...some].map(([key]) => [key, partition]);
      const where = await data.partitionBy(place).mapPartitions(tell).collect();
      for (const [key, partitions] of grouped(where)) assert.equal(new Set(partitions).size, 1, textOf(key));
      const sizes = await data
        .partitionBy(place)
        .mapPartitions(() => [1])
        .collect();
      assert.equal(
        sizes.length,
        (place as { count?: number }).count ?? (place as { partitions?: number }).partitions ?? sizes.length,
      );
    });

    check('one operator by key after another', async (data, rows, place) => {
      const found = data
        .reduceByKey((a, b) => a + b, place)
        .mapValues((sum) => sum % 7)
        .groupByKey()
        .filter(([, values]) => values.length === 1)
        .mapValues(([only]) => only!)
        .map(([key, sum]) => [sum, key] as const)
        .groupByKey(place)
        .mapValues((keys) => keys.length);
      const sums = grouped(rows).map(([, values]) => [values.reduce((a, b) => a + b, 0) % 7, 1] as const);
      assertSameRows(
        await found.collect(),
        grouped(sums).map(([sum, ones]) => [sum, ones.length]),
      );
    });
  }

  test('a partitioner that does not say where a key is cannot make rows meet', async () => {
    const { range, roundRobin } = await import('sheaf');
    const data = Dataset.of([['a', 1]] as const, { engine: subject.plain });
    for (const place of [roundRobin(2), range(2)] as never[]) {
      assert.throws(() => data.groupByKey(place), /rows of one key would not meet/);
      assert.throws(() => data.reduceByKey((a, b) => a + b, place), TypeError);
      assert.throws(() => data.join(data, place), TypeError);
      assert.throws(() => data.distinct(place), TypeError);
    }
    assert.throws(() => data.groupByKey({ partitions: 0 }), RangeError);
    assert.throws(() => data.groupByKey({ partition: 1 } as never), TypeError);
    assert.throws(() => data.groupByKey(3 as never), TypeError);
    assert.throws(() => data.partitionBy(undefined as never), TypeError);
  });
}

function kindOf(place: object): string {
  return 'kind' in place ? String(place.kind) : 'custom';
}
