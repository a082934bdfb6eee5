/** A join with a small side: no row of the large one moves, and the answers are those of any join. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Dataset, local } from 'sheaf';

const engine = local({ workers: 2 });
after(() => engine.close());

/** As rows of 8 bytes, more than a join takes for nothing to move. */
const rows = 1_100_000;
const keys = 1000;

/** Rows of each key from 0 to 999. */
const large = Dataset.range(0, rows, 1, { engine }).map((id) => [id % 1000, id] as const);
/** Keys of which every third is missing and every fourth is there twice, and some that the large side has not. */
const listed = Array.from({ length: keys + 50 }, (_, key) => key)
  .filter((key) => key % 3 !== 0)
  .flatMap((key) =>
    key % 4 === 0 ? [[key, `a${key}`] as const, [key, `b${key}`] as const] : [[key, `a${key}`] as const],
  );
const small = Dataset.of(listed, { engine, partitions: 3 });

const namesOf = new Map<number, string[]>();
for (const [key, name] of listed) namesOf.set(key, [...(namesOf.get(key) ?? []), name]);

/** A number for what a join makes of a row, which tells whether it is the right one. */
const weigh = (id: number | undefined, name: string | undefined): number =>
  (id ?? 7) * 3 + (name === undefined ? 1 : name.length * 5 + name.charCodeAt(0));

interface Sum {
  readonly count: number;
  readonly sum: number;
}

function expected(keepsLarge: boolean, keepsSmall: boolean): Sum {
  let count = 0;
  let sum = 0;
  const add = (id: number | undefined, name: string | undefined): void => {
    count++;
    sum += weigh(id, name);
  };
  for (let id = 0; id < rows; id++) {
    const names = namesOf.get(id % keys);
    if (names !== undefined) for (const name of names) add(id, name);
    else if (keepsLarge) add(id, undefined);
  }
  if (keepsSmall) for (const [key, names] of namesOf) if (key >= keys) for (const name of names) add(undefined, name);
  return { count, sum };
}

const moves = (explained: string): boolean => !explained.includes('Nothing moves between partitions.');
const sumOf = async (weights: Dataset<number>): Promise<Sum> => {
  const { count, sum } = await weights.stats();
  return { count, sum };
};

describe('a join of which one side is small', () => {
  test('moves nothing where only matches count, whichever side it is', async () => {
    const right = large.join(small);
    assert.match(right.explain(), /all of it for each partition, since it is small/);
    assert.equal(moves(right.explain()), false);
    assert.deepEqual(await sumOf(right.map(([, [id, name]]) => weigh(id, name))), expected(false, false));
    const left = small.join(large);
    assert.equal(moves(left.explain()), false);
    assert.deepEqual(await sumOf(left.map(([, [name, id]]) => weigh(id, name))), expected(false, false));
  });

  test('moves nothing where rows of the large side are kept without a match', async () => {
    const left = large.leftJoin(small);
    assert.equal(moves(left.explain()), false);
    assert.deepEqual(await sumOf(left.map(([, [id, name]]) => weigh(id, name))), expected(true, false));
    const right = small.rightJoin(large);
    assert.equal(moves(right.explain()), false);
    assert.deepEqual(await sumOf(right.map(([, [name, id]]) => weigh(id, name))), expected(true, false));
  });

  test('lets rows of a key meet where those of the small side are kept without a match', async () => {
    const right = large.rightJoin(small);
    assert.equal(moves(right.explain()), true);
    assert.deepEqual(await sumOf(right.map(([, [id, name]]) => weigh(id, name))), expected(false, true));
    const full = large.fullJoin(small);
    assert.equal(moves(full.explain()), true);
    assert.deepEqual(await sumOf(full.map(([, [id, name]]) => weigh(id, name))), expected(true, true));
  });

  test('places rows where it is told to', () => {
    assert.equal(moves(large.join(small, { partitions: 5 }).explain()), true);
  });

  test('does not take rows for placed by their keys', async () => {
    const counts = await large
      .join(small)
      .mapValues(() => 1)
      .reduceByKey((a, b) => a + b)
      .collect();
    assert.deepEqual(
      new Map(counts),
      new Map([...namesOf].filter(([key]) => key < keys).map(([key, names]) => [key, names.length * (rows / keys)])),
    );
  });

  test('leaves small datasets as they were', () => {
    const few = Dataset.range(0, 1000, 1, { engine }).map((id) => [id, id] as const);
    assert.equal(moves(few.join(small).explain()), true);
  });
});
