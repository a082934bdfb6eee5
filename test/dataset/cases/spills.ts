import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Dataset, type Engine, hash } from 'sheaf';
import { assertSameRows, cogrouped, distinct, grouped, joined } from '../oracle.js';
import type { Subject } from '../suite.js';

/** More rows than fit the least memory there is; one key in ten is by far the most frequent. */
const count = 40_000;
const padding = 'x'.repeat(60);
const keyOf = (i: number): string => (i % 10 < 3 ? 'frequent' : `key ${(i * 7919) % 9973}`);

export function spillCases(subject: Subject): void {
  let small: Engine;
  before(() => {
    small = subject.open({ workers: 2, memory: '1MB' });
  });
  after(() => small.close());
  const rows = Array.from({ length: count }, (_, i) => [keyOf(i), i] as const);
  const padded = (): Dataset<readonly [string, string]> =>
    Dataset.of(rows, { partitions: 2, engine: small }).map(([key, i]) => [key, `${i} ${padding}`] as const);
  const number = (text: string): number => Number.parseInt(text, 10);

  test('groupByKey, in order', async () => {
    const groups = await padded()
      .groupByKey({ partitions: 1 })
      .mapValues((texts) => texts.map(number))
      .collect();
    assertSameRows(groups, grouped(rows));
  });

  test('aggregateByKey and reduceByKey, in order', async () => {
    const lists = padded()
      .mapValues((text) => [text])
      .reduceByKey((a, b) => {
        a.push(...b);
        return a;
      });
    assertSameRows(await lists.mapValues((texts) => texts.map(number)).collect(), grouped(rows));
    const counts = await padded()
      .aggregateByKey(
        [] as string[],
        (a, text) => [...(a.length > 5 ? a.slice(1) : a), text],
        (a, b) => [...a, ...b].slice(-3),
      )
      .mapValues((last) => number(last.at(-1)!))
      .collect();
    assertSameRows(
      counts,
      grouped(rows).map(([key, values]) => [key, values.at(-1)]),
    );
  });

  test('distinct and countByKey', async () => {
    const twice = padded().union(padded());
    assert.equal(await twice.distinct().count(), count);
    const keys = rows.map(([key]) => key + padding);
    assertSameRows(
      await padded()
        .map(([key]) => key + padding)
        .distinct({ partitions: 1 })
        .collect(),
      distinct(keys),
    );
    assertSameRows(
      await padded().countByKey().collect(),
      grouped(rows).map(([key, values]) => [key, values.length]),
    );
  });

  test('sortBy, stable', async () => {
    for (const descending of [false, true]) {
      const found = await padded()
        .sortBy(([key]) => key, { descending, partitions: 2 })
        .map(([, text]) => number(text))
        .collect();
      const expected = [...rows.keys()].sort((a, b) => {
        const order = keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0;
        return descending ? -order : order;
      });
      assert.deepEqual(found, expected);
    }
  });

  test('joins and cogroup, with a key that is frequent on one side', async () => {
    const other = Array.from({ length: 12_000 }, (_, i) => [i === 0 ? 'frequent' : `key ${i}`, -i] as const);
    const right = Dataset.of(other, { partitions: 2 }).mapValues((i) => `${i} ${padding}`);
    const numbers = ([a, b]: readonly [string | undefined, string | undefined]): unknown[] => [
      a === undefined ? a : Number.parseInt(a, 10),
      b === undefined ? b : Number.parseInt(b, 10),
    ];
    const left = padded();
    assertSameRows(await left.join(right, hash(1)).mapValues(numbers).collect(), joined('join', rows, other));
    assertSameRows(await left.fullJoin(right, hash(1)).mapValues(numbers).collect(), joined('fullJoin', rows, other));
    assertSameRows(await right.leftJoin(left).mapValues(numbers).collect(), joined('leftJoin', other, rows));
    assertSameRows(await right.rightJoin(left).mapValues(numbers).collect(), joined('rightJoin', other, rows));
    const groups = await left
      .cogroup(right, hash(1))
      .mapValues(([a, b]) => [a.map((text) => Number.parseInt(text, 10)), b.map((text) => Number.parseInt(text, 10))])
      .collect();
    assertSameRows(groups, cogrouped(rows, other));
  });

  test('intersection and subtract', async () => {
    const left = padded().map(([key, text]) => key + text);
    const right = left.filter((text) => text.startsWith('key 1'));
    assert.equal(await left.intersection(right, { partitions: 1 }).count(), await right.count());
    assert.equal(await left.subtract(right, { partitions: 1 }).count(), count - (await right.count()));
  });

  test('a function that throws while rows are worked on by way of files', async () => {
    const texts = padded().reduceByKey(
      (a, b) => {
        if (a.length > 300) throw new RangeError('too long');
        return a + b;
      },
      { partitions: 1 },
    );
    await assert.rejects(texts.collect(), (error) => error instanceof RangeError && error.message === 'too long');
  });
}
