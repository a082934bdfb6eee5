import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dataset, range } from 'sheaf';
import { pairs, partitionCounts } from '../arbitrary.js';
import { assertSameList, compare, sorted } from '../oracle.js';
import type { Subject } from '../suite.js';

const orders = fc.record({
  rows: pairs,
  partitions: partitionCounts,
  after: fc.option(partitionCounts, { nil: undefined }),
  descending: fc.boolean(),
});

export function sortCases(subject: Subject): void {
  for (const [i, exchange] of ['memory', 'file'].entries()) {
    test(`sortBy and sortByKey: stable, up and down, keys of all kinds, by ${exchange}`, async () => {
      await fc.assert(
        fc.asyncProperty(orders, async ({ rows, partitions, after, descending }) => {
          const data = Dataset.of(rows, { partitions, engine: subject.engines[i] });
          const expected = sorted(rows, ([key]) => key, descending);
          const options = { descending, partitions: after };
          assertSameList(await data.sortByKey(options).collect(), expected);
          assertSameList(await data.sortBy(([key]) => key, options).collect(), expected);
          const byRest = sorted(rows, ([, x]) => -(x % 5), descending);
          assertSameList(await data.sortBy(([, x]) => -(x % 5), options).collect(), byRest);
          const twice = sorted(byRest, ([key]) => key);
          assertSameList(
            await data
              .sortBy(([, x]) => -(x % 5), options)
              .sortByKey()
              .collect(),
            twice,
          );
          const sizes = await data
            .sortByKey(options)
            .mapPartitions(() => [1])
            .collect();
          assert.equal(sizes.length, after ?? partitions);
        }),
        { numRuns: subject.runs },
      );
    });
  }

  test('partitions of a sort are about equally large, but for a key that alone is larger', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => (i % 10 < 3 ? 500 : (i * 7919) % 1000));
    const data = Dataset.of(rows, { partitions: 4, engine: subject.plain });
    for (const descending of [false, true]) {
      const parts = await data
        .sortBy((x) => x, { partitions: 8, descending })
        .mapPartitions((some) => [[...some]])
        .collect();
      assert.deepEqual(
        parts.flat(),
        sorted(rows, (x) => x, descending),
      );
      const mean = rows.length / 8;
      for (const part of parts)
        assert.ok(part.length <= 1.5 * mean || new Set(part).size === 1, `${parts.map((one) => one.length)}`);
    }
  });

  test('partitionBy(range(n)): neighbours together, in order', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, partitionCounts, partitionCounts, async (rows, partitions, count) => {
        const data = Dataset.of(rows, { partitions, engine: subject.plain }).partitionBy(range(count));
        const parts = await data.mapPartitions((some) => [[...some]]).collect();
        assert.equal(parts.length, count);
        const filled = parts.filter((part) => part.length > 0);
        for (let i = 1; i < filled.length; i++) {
          const low = sorted(filled[i - 1]!, ([key]) => key).at(-1)!;
          const high = sorted(filled[i]!, ([key]) => key)[0]!;
          assert.ok(compare(low[0], high[0]) < 0);
        }
        assertSameList(
          sorted(parts.flat(), ([, x]) => x),
          rows,
        );
      }),
      { numRuns: subject.runs },
    );
  });

  test('options of the wrong kind are refused at the call', () => {
    const data = Dataset.of([['a', 1]] as const, { engine: subject.plain });
    assert.throws(() => data.sortByKey({ descending: 1 as never }), TypeError);
    assert.throws(() => data.sortByKey({ partitions: 1.5 }), RangeError);
    assert.throws(() => data.sortBy(7 as never), /sortBy: key must be a function, not 7/);
  });
}
