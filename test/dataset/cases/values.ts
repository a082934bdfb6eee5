import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dataset, hash, ValueError } from 'sheaf';
import { errorOf, rejects } from '../../contract/check.js';
import { assertSame } from '../../support/deep-same.js';
import { partitionCounts } from '../arbitrary.js';
import type { Subject } from '../suite.js';

/** One of every kind that structured clone keeps. */
function rowsOfAllKinds(): unknown[] {
  const cyclic: Record<string, unknown> = { name: 'cyclic' };
  cyclic.self = cyclic;
  const twice = { shared: 1 };
  return [
    undefined,
    null,
    true,
    -0,
    NaN,
    2 ** 60,
    -(2n ** 70n),
    '',
    '\ud800 alone',
    'ключ',
    new Date(0),
    new Date(NaN),
    /a+/giu,
    Object.assign(new Array<number>(3), { 0: 1, 2: 3 }),
    Object.assign([1, 2], { named: true }),
    [[], {}],
    { a: undefined },
    {},
    { ['__proto__']: 1, b: -0 },
    cyclic,
    [twice, twice],
    new Map<unknown, unknown>([[{ k: 1 }, new Set([NaN])]]),
    new Uint8Array([1, 2, 3]),
    new Float64Array([-0, NaN]),
    new BigInt64Array([1n]),
    new ArrayBuffer(3),
    new DataView(new ArrayBuffer(4), 1, 2),
    Buffer.from('bytes'),
    new RangeError('kept', { cause: new TypeError('inside') }),
    Object('boxed'),
  ];
}

export function valueCases(subject: Subject): void {
  test('rows of all kinds are what structured clone makes of them, through every operator', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...rowsOfAllKinds().keys()]),
        partitionCounts,
        async (which, partitions) => {
          const rows = which.map((i) => rowsOfAllKinds()[i]);
          const expected = structuredClone(rows.map((row) => [row])).map(([row]) => row);
          // Each row by itself: two that are one object arrive as two.
          const clones = rows.map((row) => structuredClone(row));
          assert.equal(expected.length, clones.length);
          for (const engine of subject.engines) {
            const data = Dataset.of(rows, { partitions, engine });
            const same = (found: readonly unknown[]): void => {
              assert.equal(found.length, clones.length);
              for (const [i, row] of found.entries()) assertSame(row, clones[i], `row ${which[i]}`);
            };
            same(await data.collect());
            same(await data.map((row) => row).collect());
            same(
              await data
                .map((row) => ({ row }))
                .map(({ row }) => row)
                .collect(),
            );
            const keyed = data.zipWithIndex().map(([row, i]) => [i, row] as const);
            same(await keyed.sortByKey().values().collect());
            const back = keyed
              .partitionBy(hash(3))
              .groupByKey()
              .mapValues(([row]) => row);
            same(await back.sortByKey().values().collect());
            const joined = keyed.join(keyed.mapValues(() => 1)).sortByKey();
            same(await joined.map(([, [row]]) => row).collect());
            same(await data.cache().collect());
            const streamed: unknown[] = [];
            for await (const row of data) streamed.push(row);
            same(streamed);
          }
        },
      ),
      { numRuns: Math.ceil(subject.runs / 4) },
    );
  });

  test('rows that cannot travel are refused, with their place', async () => {
    class Point {
      x = 1;
    }
    class List extends Array<number> {}
    class Table extends Map<string, number> {}
    class OddError extends Error {}
    const bad: [unknown, RegExp][] = [
      [() => 1, /[Rr]ow|[Ii]tem/],
      [Symbol('s'), /[Rr]ow|[Ii]tem/],
      [{ deep: [{ fn: () => 1 }] }, /deep/],
      [Promise.resolve(1), /Promise|promise/],
      [new Point(), /Row 2 is an instance of Point/],
      [{ at: [new Point()] }, /Row 2 holds at \.at\[0\] an instance of Point/],
      [new Map([['k', new Point()]]), /an instance of Point/],
      [new Set([new Point()]), /an instance of Point/],
      [List.from([1]), /an instance of List/],
      [new Table(), /an instance of Table/],
      [new OddError('odd'), /an instance of OddError/],
    ];
    for (const [row, message] of bad) {
      const error = await errorOf(Dataset.of([1, 2, row], { partitions: 2, engine: subject.plain }).count());
      assert.ok(error instanceof ValueError, `${String(row)}: ${String(error)}`);
      assert.match(error.message, message);
      assert.equal(error.index, 2, error.message);
    }
    // What a function makes of a class arrives as its data.
    const made = Dataset.of([1], { engine: subject.plain }).map((x) => ({ x }));
    assert.deepEqual(await made.collect(), [{ x: 1 }]);
  });

  test('results that cannot travel are refused', async () => {
    const data = Dataset.range(0, 10, 1, { partitions: 2, engine: subject.plain });
    const results = [
      data.map((x) => () => x).collect(),
      data.map((x) => Promise.resolve(x)).collect(),
      data
        .map((x) => [x, Symbol('s')] as const)
        .groupByKey()
        .collect(),
      data
        .map((x) => ({ x, fn: () => x }))
        .sortBy(({ x }) => x)
        .count(),
    ];
    // All are under way: each needs somebody who waits for it.
    await Promise.all(results.map((result) => rejects(result, ValueError)));
  });

  test('rows that a function changes are its own: nobody else sees that', async () => {
    const rows = Array.from({ length: 20 }, (_, i): [number, { n: number }] => [i % 3, { n: i }]);
    for (const engine of subject.engines) {
      const of = Dataset.of(rows, { partitions: 3, engine });
      for (const data of [of, of.cache(), of.partitionBy(hash(2)), of.partitionBy(hash(2)).cache()]) {
        const add = (a: { n: number }, b: { n: number }): { n: number } => {
          a.n += b.n;
          return a;
        };
        const expected = [0, 1, 2].map((key) => [
          key,
          rows.filter(([one]) => one === key).reduce((sum, [, { n }]) => sum + n, 0),
        ]);
        for (let pass = 0; pass < 3; pass++) {
          const sums = await data.reduceByKey(add).sortByKey().collect();
          assert.deepEqual(
            sums.map(([key, { n }]) => [key, n]),
            expected,
            `pass ${pass}`,
          );
          const changed = data.map(([, one]) => {
            one.n *= -1;
            return one.n;
          });
          assert.equal(
            (await changed.collect()).reduce((a, b) => a + b, 0),
            -190,
          );
        }
        const mine = await data.collect();
        mine[0]![1].n = 1000;
        assert.equal((await data.map(([, { n }]) => n).collect()).includes(1000), false);
      }
    }
  });
}
