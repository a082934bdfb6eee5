import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dataset, hash, range, taskOf } from 'sheaf';
import { errorOf, rejects } from '../../contract/check.js';
import { note, notes } from '../../contract/gates.js';
import { pairs, partitionCounts } from '../arbitrary.js';
import { assertSameList, assertSameRows, compare, sorted, textOf } from '../oracle.js';
import { aPath } from '../paths.js';
import type { Subject } from '../suite.js';

const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 60 });

export function actionCases(subject: Subject): void {
  const check = <T>(
    arbitrary: fc.Arbitrary<T>,
    holds: (data: Dataset<T extends readonly (infer R)[] ? R : never>, rows: T) => Promise<void>,
  ): Promise<void> =>
    fc.assert(
      fc.asyncProperty(arbitrary, partitionCounts, fc.boolean(), async (rows, partitions, file) => {
        const engine = subject.engines[Number(file)];
        await holds(Dataset.of(rows as never, { partitions, engine }) as never, rows);
      }),
      { numRuns: subject.runs },
    );

  test('collect, count, for await', async () => {
    await check(numbers, async (data, rows) => {
      assert.deepEqual(await data.collect(), rows);
      assert.equal(await data.count(), rows.length);
      const read: number[] = [];
      for await (const row of data) read.push(row);
      assert.deepEqual(read, rows);
    });
  });

  test('reduce, fold and aggregate put neighbours together, in order', async () => {
    await check(fc.array(fc.string({ maxLength: 3 }), { maxLength: 40 }), async (data, rows) => {
      const all = rows.join('');
      if (rows.length === 0) {
        await rejects(
          data.reduce((a, b) => a + b),
          /reduce: there are no rows/,
        );
        await rejects(
          data.filter(() => false).reduce((a, b) => a + b),
          TypeError,
        );
      } else assert.equal(await data.reduce((a, b) => a + b), all);
      assert.equal(await data.fold('', (a, b) => a + b), all);
      const add = (state: string[], row: string): string[] => {
        state.push(row);
        return state;
      };
      const merge = (a: string[], b: string[]): string[] => {
        for (const row of b) a.push(row);
        return a;
      };
      assert.deepEqual(await data.aggregate([] as string[], add, merge), rows);
      assert.equal(
        await data.map((row) => row.length).fold(0, Math.max),
        Math.max(0, ...rows.map((row) => row.length)),
      );
    });
  });

  test('first, take, top, min, max', async () => {
    await check(pairs, async (data, rows) => {
      assertSameList([await data.first()], [rows[0]]);
      for (const n of [0, 1, 3, rows.length, rows.length + 5]) {
        assertSameList(await data.take(n), rows.slice(0, n));
        assertSameList(await data.top(n, ([key]) => key), sorted(rows, ([key]) => key, true).slice(0, n));
        assertSameList(await data.top(n), sorted(rows, (row) => row, true).slice(0, n));
      }
      const keys = rows.map(([key]) => key);
      assertSameList([await data.keys().min()], [sorted(keys, (key) => key)[0]]);
      assertSameList([await data.keys().max()], [sorted(keys, (key) => key, true)[0]]);
    });
    assert.throws(() => Dataset.of([1], { engine: subject.plain }).take(-1), RangeError);
  });

  test('many rows are as good as few', async () => {
    const data = Dataset.range(0, 300_000, 1, { partitions: 2, engine: subject.plain });
    assert.equal((await data.take(250_000)).at(-1), 249_999);
    assert.deepEqual((await data.top(200_000)).at(-1), 100_000);
    assert.equal(await data.count(), 300_000);
    assert.equal((await data.takeSample(200_000, 1)).length, 200_000);
  });

  test('takeSample: different rows, the same for the same seed', async () => {
    await check(fc.uniqueArray(fc.integer(), { maxLength: 40 }), async (data, rows) => {
      for (const n of [0, 3, 100]) {
        const some = await data.takeSample(n, 5);
        assert.equal(some.length, Math.min(n, rows.length));
        assert.equal(new Set(some).size, some.length);
        assert.ok(some.every((row) => rows.includes(row)));
        assert.deepEqual(await data.takeSample(n, 5), some);
      }
    });
    // Every row has the same chance, wherever it is.
    const drawn = new Array<number>(20).fill(0);
    const data = Dataset.range(0, 20, 1, { partitions: 3, engine: subject.plain });
    for (let seed = 0; seed < 60; seed++) for (const row of await data.takeSample(5, seed)) drawn[row]!++;
    assert.ok(
      drawn.every((times) => times > 3 && times < 32),
      `${drawn}`,
    );
  });

  test('lookup: the values of one key, in order', async () => {
    await check(pairs, async (data, rows) => {
      const keys = [...rows.slice(0, 3).map(([key]) => key), 'not there', undefined];
      for (const key of keys) {
        const expected = rows.filter(([one]) => compare(one, key) === 0).map(([, x]) => x);
        assert.deepEqual(await data.lookup(key), expected, textOf(key));
        assert.deepEqual(await data.partitionBy(hash(3)).lookup(key), expected);
        assert.deepEqual(await data.partitionBy(range([0, 'a'])).lookup(key), expected);
      }
    });
  });

  test('lookup runs the one partition that has the key, where that is known', async () => {
    const path = aPath();
    const rows = Array.from({ length: 40 }, (_, i) => [`key ${i % 10}`, i] as const);
    const placed = Dataset.of(rows, { partitions: 4, engine: subject.plain })
      .partitionBy(hash(5))
      .mapValues((x) => {
        note(path, x);
        return x;
      });
    assert.deepEqual(await placed.lookup('key 3'), [3, 13, 23, 33]);
    const noted = notes(path).map(Number);
    const partitions = new Set(noted.map((x) => hash(5).partitionOf(`key ${x % 10}`)));
    assert.equal(partitions.size, 1);
  });

  test('sum, mean, stats and histogram', async () => {
    const doubles = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 60 });
    await check(doubles, async (data, rows) => {
      const near = (actual: number, expected: number): void => {
        if (Number.isNaN(expected)) assert.ok(Number.isNaN(actual));
        else assert.ok(Math.abs(actual - expected) <= 1e-9 * (1 + Math.abs(expected) + 1e6), `${actual}, ${expected}`);
      };
      const sum = rows.reduce((a, b) => a + b, 0);
      const mean = sum / rows.length;
      near(await data.sum(), sum);
      near(await data.mean(), mean);
      const stats = await data.stats();
      assert.equal(stats.count, rows.length);
      near(stats.sum, sum);
      near(stats.mean, mean);
      const variance = rows.reduce((total, x) => total + (x - mean) ** 2, 0) / rows.length;
      near(stats.stdev, Math.sqrt(variance));
      assert.equal(stats.min, rows.length === 0 ? undefined : Math.min(...rows));
      assert.equal(stats.max, rows.length === 0 ? undefined : Math.max(...rows));
      const edges = [-1e5, -3, 0, 0.5, 1e3];
      const counts = edges.slice(1).map((high, i) => {
        const last = i === edges.length - 2;
        return rows.filter((x) => x >= edges[i]! && (x < high || (last && x === high))).length;
      });
      assert.deepEqual(await data.histogram(edges), { edges, counts });
      const even = await data.histogram(4);
      assert.equal(even.edges.length, even.counts.length + 1);
      assert.equal(
        even.counts.reduce((a, b) => a + b, 0),
        rows.length,
      );
    });
    const none = Dataset.of<number>([], { engine: subject.plain });
    assert.equal(await none.sum(), 0);
    assert.ok(Number.isNaN(await none.mean()));
    assert.equal(await none.first(), undefined);
    assert.equal(await none.min(), undefined);
    assert.equal(await none.max(), undefined);
    // What lies nowhere is said, and infinite widths are refused rather than made.
    const odd = (...rows: number[]): Dataset<number> => Dataset.of(rows, { partitions: 1, engine: subject.plain });
    for (const buckets of [3, [0, 2]]) {
      const error = await errorOf(odd(1, NaN).histogram(buckets));
      assert.ok(error instanceof TypeError && /NaN, which lies in no bucket/.test(error.message), String(error));
      assert.equal(taskOf(error)?.item, 'NaN');
    }
    await rejects(odd(1, Infinity).histogram(3), /Give their edges/);
    assert.deepEqual((await odd(-1.5e308, 1.5e308).histogram(2)).counts, [1, 1]);
    await rejects(none.histogram([1]), RangeError);
    await rejects(none.histogram([1, 1]), RangeError);
  });

  test('countByValue', async () => {
    await check(pairs, async (data, rows) => {
      const expected = new Map<string, number>();
      for (const [key] of rows) expected.set(textOf(key), (expected.get(textOf(key)) ?? 0) + 1);
      const found = await data.keys().countByValue();
      assertSameRows(
        [...found].map(([key, count]) => [textOf(key), count]),
        [...expected],
      );
    });
    const found = await Dataset.of(['a', 'b', 'a'], { engine: subject.plain }).countByValue();
    assert.deepEqual([found.get('a'), found.get('b'), found.get('c')], [2, 1, undefined]);
  });

  test('forEach runs on the workers, once for each row', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, partitionCounts, async (rows, partitions) => {
        const path = aPath();
        await Dataset.of(rows, { partitions, engine: subject.plain }).forEach((row) => {
          note(path, row);
        });
        assertSameRows(notes(path).map(Number), rows);
      }),
      { numRuns: 10 },
    );
  });

  test('a dataset can be used again and again, and is not changed by what is made of it', async () => {
    const data = Dataset.of([3, 1, 2], { partitions: 2, engine: subject.plain });
    const doubled = data.map((x) => x * 2);
    assert.deepEqual(await data.sortBy((x) => x).collect(), [1, 2, 3]);
    assert.deepEqual(await doubled.collect(), [6, 2, 4]);
    assert.deepEqual(await data.collect(), [3, 1, 2]);
    const all = await Promise.all([doubled.collect(), data.count(), doubled.sum(), data.top(1)]);
    assert.deepEqual(all, [[6, 2, 4], 3, 12, [3]]);
  });
}
