/** Plans of very many operators: how many there are is a matter of time and memory, never of the stack. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Dataset, type Engine, hash, inline, local } from 'sheaf';

const many = 10_000;
const engines: Readonly<Record<string, Engine>> = { inline: inline(), threads: local({ workers: 2 }) };
after(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

/** An operator again and again. */
function repeated<T>(data: Dataset<T>, times: number, operator: (data: Dataset<T>) => Dataset<T>): Dataset<T> {
  let all = data;
  for (let i = 0; i < times; i++) all = operator(all);
  return all;
}

for (const [name, engine] of Object.entries(engines)) {
  const numbers = (): Dataset<number> => Dataset.range(0, 6, { engine, partitions: 2 });
  const pairs = (): Dataset<readonly [number, number]> => numbers().map((x) => [x % 3, x] as const);
  const sums: [number, number][] = [
    [0, 3],
    [1, 5],
    [2, 7],
  ];

  describe(`on ${name}`, { timeout: 240_000 }, () => {
    test('operators that look at one row at a time', async () => {
      const add = repeated(numbers(), 2000, (data) => data.map((x) => x + 1));
      assert.deepEqual(
        await add.collect(),
        [0, 1, 2, 3, 4, 5].map((x) => x + 2000),
      );
      const all = repeated(numbers(), 1000, (data) => data.filter((x) => x >= 0));
      assert.equal(await all.count(), 6);
    });

    test('operators that take whole partitions', async () => {
      const passed = repeated(numbers(), 600, (data) =>
        data.mapPartitions(function* (rows) {
          for (const x of rows) yield x + 1;
        }),
      );
      assert.deepEqual(
        await passed.collect(),
        [0, 1, 2, 3, 4, 5].map((x) => x + 600),
      );
      assert.match(passed.explain(), /there are too many operators for one pass/);
      const summed = repeated(pairs().partitionBy(hash(2)), 600, (data) => data.reduceByKey((a, b) => a + b));
      assert.deepEqual((await summed.collect()).sort(), sums);
    });

    test('unions of what was made of unions, and joins of what is placed alike', async () => {
      const one = Dataset.of([1], { engine, partitions: 1 });
      const nested = repeated(one, 400, (data) =>
        data
          .map((x) => x + 1)
          .union(one)
          .coalesce(1),
      );
      assert.deepEqual([await nested.count(), await nested.max()], [401, 401]);
      const placed = pairs().reduceByKey((a, b) => a + b, hash(2));
      const joined = repeated(placed, 200, (data) => data.join(placed).mapValues(([a]) => a));
      assert.deepEqual((await joined.collect()).sort(), sums);
    });
  });
}

test('plans of 10,000 operators', { timeout: 240_000 }, async () => {
  const engine = engines.inline!;
  const numbers = Dataset.range(0, 6, { engine, partitions: 2 });
  const one = Dataset.of([1], { engine, partitions: 1 });
  const add = repeated(numbers, many, (data) => data.map((x) => x + 1));
  assert.deepEqual(
    await add.collect(),
    [0, 1, 2, 3, 4, 5].map((x) => x + many),
  );
  const long = repeated(numbers, many, (data) => data.repartition(2));
  assert.match(long.explain(), new RegExp(`^${many} exchanges\\.$`, 'm'));
  assert.match(repeated(one, many, (data) => data.union(one)).explain(), /^Stage 1: 10001 partitions/);
  const sorted = repeated(numbers, 200, (data) => data.sortBy((x) => -x).map((x) => x + 1));
  assert.deepEqual(
    await sorted.collect(),
    [5, 4, 3, 2, 1, 0].map((x) => x + 200),
  );
});

test('a checkpoint of very many operators is known again', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sheaf-deep-'));
  const engine = engines.inline!;
  try {
    const made = repeated(Dataset.range(0, 3, { engine }), 3000, (data) => data.map((x) => x + 1));
    const again = (): Dataset<number> => made.checkpoint(join(dir, 'rows'));
    assert.equal(await again().sum(), 3 + 3 * 3000);
    assert.match(again().explain(), /reads what the checkpoint in .* has/);
    assert.equal(await again().sum(), 3 + 3 * 3000);
    // What is used twice by each is looked at once.
    let shared = Dataset.range(0, 1, { engine });
    for (let i = 0; i < 60; i++) shared = shared.intersection(shared);
    assert.equal(await shared.checkpoint(join(dir, 'shared')).count(), 1);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
