import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dataset } from 'sheaf';
import { anyPlaces, meetingPlaces, partitionCounts, twoSides } from '../arbitrary.js';
import { assertSameRows, cogrouped, distinct, joined, sorted, textOf } from '../oracle.js';
import type { Subject } from '../suite.js';

const placed = twoSides.chain(([left, right]) => {
  const keys = [...left, ...right].map(([key]) => key);
  return fc.record({
    left: fc.constant(left),
    right: fc.constant(right),
    ours: partitionCounts,
    theirs: partitionCounts,
    place: meetingPlaces(keys),
    before: fc.option(anyPlaces(keys)),
    beforeRight: fc.option(anyPlaces(keys)),
    alike: fc.boolean(),
  });
});

export function joinCases(subject: Subject): void {
  for (const [i, exchange] of ['memory', 'file'].entries()) {
    test(`join, leftJoin, rightJoin, fullJoin and cogroup, by ${exchange}`, async () => {
      await fc.assert(
        fc.asyncProperty(placed, async ({ left, right, ours, theirs, before, beforeRight, alike, ...rest }) => {
          const place = rest.place as never;
          let a = Dataset.of(left, { partitions: ours, engine: subject.engines[i] });
          let b = Dataset.of(right, { partitions: theirs });
          if (before !== null) a = a.partitionBy(before);
          if (alike && before !== null) b = b.partitionBy(before);
          else if (beforeRight !== null) b = b.partitionBy(beforeRight);
          assertSameRows(await a.join(b, place).collect(), joined('join', left, right), 'join');
          assertSameRows(await a.leftJoin(b, place).collect(), joined('leftJoin', left, right), 'leftJoin');
          assertSameRows(await a.rightJoin(b, place).collect(), joined('rightJoin', left, right), 'rightJoin');
          assertSameRows(await a.fullJoin(b, place).collect(), joined('fullJoin', left, right), 'fullJoin');
          const groups = await a.cogroup(b, place).collect();
          const inOrder = groups.map(([key, both]) => [key, both.map((some) => sorted(some, (x) => x))]);
          assertSameRows(inOrder, cogrouped(left, right), 'cogroup');
        }),
        { numRuns: subject.runs },
      );
    });

    test(`intersection and subtract, of whole rows, by ${exchange}`, async () => {
      await fc.assert(
        fc.asyncProperty(placed, async ({ left, right, ours, theirs }) => {
          for (const [some, others] of [
            [left.map(([key]) => key), right.map(([key]) => key)],
            [left.map(([key, x]) => [key, x % 2]), right.map(([key, x]) => [key, x % 2])],
          ] as const) {
            const a = Dataset.of<unknown>(some, { partitions: ours, engine: subject.engines[i] });
            const b = Dataset.of<unknown>(others, { partitions: theirs });
            const there = new Set(others.map(textOf));
            const both = distinct(some.filter((row) => there.has(textOf(row))));
            assertSameRows(await a.intersection(b).collect(), both, 'intersection');
            assertSameRows(
              await a.subtract(b, { partitions: theirs }).collect(),
              some.filter((row) => !there.has(textOf(row))),
              'subtract',
            );
          }
        }),
        { numRuns: subject.runs },
      );
    });
  }

  test('a dataset with itself', async () => {
    const data = Dataset.of(
      Array.from({ length: 30 }, (_, i) => [i % 4, i] as const),
      { partitions: 3, engine: subject.plain },
    );
    const rows = await data.collect();
    for (const one of [data, data.groupByKey().flatMapValues((some) => some)]) {
      assertSameRows(await one.join(one).collect(), joined('join', rows, rows));
      assertSameRows(await one.union(one).collect(), [...rows, ...rows]);
      assert.deepEqual(await one.subtract(one).collect(), []);
      assert.equal(await one.intersection(one).count(), rows.length);
    }
    const sums = data.reduceByKey((a, b) => a + b);
    const expected = await sums.collect();
    assertSameRows(
      await sums.join(sums.mapValues((x) => -x)).collect(),
      expected.map(([key, x]) => [key, [x, -x]]),
    );
  });

  test('cartesian: every row with every row', async () => {
    const rows = fc.array(fc.integer(), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(rows, rows, partitionCounts, partitionCounts, async (a, b, ours, theirs) => {
        const left = Dataset.of(a, { partitions: Math.min(ours, 7), engine: subject.plain });
        const right = Dataset.of(b, { partitions: Math.min(theirs, 7) });
        const expected = a.flatMap((x) => b.map((y) => [x, y]));
        assertSameRows(await left.cartesian(right).collect(), expected);
        const mapped = left.map((x) => x % 3).cartesian(right.filter((y) => y > 0));
        assert.equal(await mapped.count(), a.length * b.filter((y) => y > 0).length);
        if (ours === 1 && theirs === 1) assert.deepEqual(await left.cartesian(right).collect(), expected);
      }),
      { numRuns: subject.runs },
    );
    // More pairs than can be made at a time.
    const many = Dataset.range(0, 3000, 1, { partitions: 1, engine: subject.plain });
    assert.equal(
      await many
        .cartesian(many)
        .filter(([x, y]) => x === y)
        .count(),
      3000,
    );
  });

  test('what is no dataset is refused', () => {
    const data = Dataset.of([['a', 1]] as const, { engine: subject.plain });
    for (const call of ['join', 'union', 'subtract', 'cartesian'] as const)
      assert.throws(
        () => (data[call] as (other: unknown) => unknown)([1]),
        new RegExp(`${call} takes another dataset`),
      );
  });
}
