/** Pairs that a function's text shows to be new ones are written without a look at each: they arrive as any other rows do. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Dataset, hash, inline, local, taskOf, type ValueError } from 'sheaf';

const engines = [inline(), local({ workers: 2 }), local({ workers: 1, exchange: 'file' })];
after(() => Promise.all(engines.map((engine) => engine.close())));

type Value = unknown;
type Pair = readonly [Value, Value];

const shared = { of: 'the program' };
const same: Pair = [0, shared];
const named = (id: number, value: Value): Pair => Object.assign([id, value] as const, { note: 'named' });

/** Some of which give new pairs, as their text shows; others only look so. */
const functions: readonly ((row: { id: number; value: Value }) => Pair)[] = [
  (row) => [row.id, row.value],
  ({ id, value }) => [id % 3, value],
  (row) => [row.value === undefined ? null : String(row.id), row],
  (row) => [[row.id], row],
  // biome-ignore lint/suspicious/noSparseArray: holes are what this is about
  (row) => [row.id, ,] as unknown as Pair,
  // biome-ignore lint/suspicious/noSparseArray: holes are what this is about
  (row) => [, row.id] as unknown as Pair,
  (row) => [...[row.id], row.value] as unknown as Pair,
  (row) => [row.id, row.value, 'more'] as unknown as Pair,
  (row) => named(row.id, row.value),
  (row) => (row.id % 2 === 0 ? [row.id, 1] : named(row.id, 2)),
  () => same,
];

const value = fc.oneof(
  fc.integer(),
  fc.constantFrom(-0, NaN, undefined, null, true, 'text', 1n),
  fc.array(fc.integer({ max: 9 }), { maxLength: 3 }),
  fc.record({ a: fc.integer(), b: fc.constantFrom(undefined, 'b') }, { noNullPrototype: true }),
);

/** What an array holds besides its items, and where it has holes, counts. */
const wholes = (rows: readonly unknown[]): unknown[] =>
  rows.map((row) => (Array.isArray(row) ? [row.length, Object.entries(row)] : row));

test('pairs arrive in an exchange as they are, whatever made them', async () => {
  const rows = fc.array(value, { maxLength: 40 }).map((values) => values.map((one, id) => ({ id, value: one })));
  const property = fc.asyncProperty(
    rows,
    fc.constantFrom(...functions),
    fc.constantFrom(...engines),
    async (all, make, engine) => {
      const pairs = Dataset.of(all, { engine, partitions: 1 }).map(make);
      // One partition, in which rows keep their order.
      const placed = await pairs.partitionBy(hash(1)).collect();
      const wanted = all.map(make);
      assert.deepEqual(wholes(placed), wholes(wanted));
      assert.deepEqual(placed, structuredClone(wanted));
      const beside = pairs.mapValues((one) => [one]).partitionBy(hash(1));
      assert.deepEqual(await beside.collect(), structuredClone(wanted.map(([key, one]) => [key, [one]])));
      const keyed = pairs.keyBy((pair) => typeof pair[1]).partitionBy(hash(1));
      assert.deepEqual(await keyed.collect(), structuredClone(wanted.map((pair) => [typeof pair[1], pair])));
    },
  );
  await fc.assert(property, { numRuns: 80 });
});

test('a pair that cannot be sent: the error tells which, and what of it', async () => {
  const rows = Array.from({ length: 50 }, (_, id) => ({ id }));
  for (const engine of engines) {
    const data = Dataset.of(rows, { engine, partitions: 1 });
    const value = data.map(({ id }) => [id, id === 3 ? { x: Symbol('s') } : id] as const);
    const both = data.map(({ id }) => [id === 40 ? Symbol('k') : id, id === 3 ? { x: Symbol('s') } : id] as const);
    for (const pairs of [value, value.partitionBy(hash(1)), value.cache(), both]) {
      await assert.rejects(pairs.collect(), (error: ValueError) => {
        assert.deepEqual([error.name, error.path], ['ValueError', '[1].x']);
        assert.equal(taskOf(error)?.item, '[ 3, { x: Symbol(s) } ]');
        return true;
      });
    }
  }
});
