/** Rows that are all numbers are read where they lie, and mostly never made: answers and errors are those of any rows. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Dataset, inline, local, taskOf } from 'sheaf';

const engines = {
  inline: inline(),
  threads: local({ workers: 2 }),
  files: local({ workers: 1, exchange: 'file' }),
  processes: local({ workers: 1, isolation: 'process' }),
};
after(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

const number = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 9 }) },
  fc.constantFrom(-0, NaN, Infinity, -Infinity, 0.1, 2 ** 31, 2 ** 32, -(2 ** 31), 2 ** 53, 1e300, 5e-324),
);
const name = fc.oneof(
  fc.constantFrom('id', 'value', 'a b', "it's", '"', '\\', 'é', '☃', '1', 'constructor', 'length', 'i', 'c0', '\u2028'),
  fc.string({ minLength: 1, maxLength: 9 }),
);
/** What is in some rows in place of a number. */
const other = fc.constantFrom<unknown>('text', null, undefined, true, [1], { a: 1 });

type Row = Record<string, unknown>;

interface Input {
  readonly keys: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Enough rows for an encoding of their own; now and then a few that are not like the others. */
const input: fc.Arbitrary<Input> = fc
  .uniqueArray(
    name.filter((key) => key !== '__proto__'),
    { minLength: 1, maxLength: 4 },
  )
  .chain((keys) =>
    fc.record({
      keys: fc.constant(keys),
      rows: fc
        .tuple(
          fc.array(fc.tuple(...keys.map(() => number)), { minLength: 20, maxLength: 60 }),
          fc.array(fc.tuple(fc.nat(59), fc.tuple(...keys.map(() => fc.oneof(number, other)))), { maxLength: 1 }),
          fc.boolean(),
        )
        .map(([rows, odd, isMixed]) =>
          rows.map((row, i) => (isMixed ? (odd.find(([at]) => at === i)?.[1] ?? row) : row)),
        ),
    }),
  );

const recordsOf = ({ keys, rows }: Input): Row[] =>
  rows.map((row) => Object.fromEntries(keys.map((key, at) => [key, row[at]])));

/** Tells -0 from 0, and values of different types. */
const text = (value: unknown): string =>
  Object.is(value, -0)
    ? '-0'
    : typeof value === 'object' && value !== null
      ? `${Array.isArray(value) ? 'list' : 'object'} ${Object.entries(value).map(([key, one]) => `${key}=${text(one)}`)}`
      : `${typeof value} ${String(value)}`;
const texts = (rows: Iterable<unknown>): string[] => Array.from(rows, text);

describe('rows of numbers', () => {
  for (const [engineName, engine] of Object.entries(engines)) {
    test(`come out of cache() as they went in, and by every operator as from an array (${engineName})`, async () => {
      const property = fc.asyncProperty(input, fc.integer({ min: 1, max: 3 }), async (made, partitions) => {
        const rows = recordsOf(made);
        const [key] = made.keys as [string];
        const cached = Dataset.of(rows, { engine, partitions })
          .map((row) => row)
          .cache();
        const wanted = texts(rows);
        // The first makes what is kept, the second reads it, the third keeps it decoded if anything does.
        for (let pass = 0; pass < 3; pass++) assert.deepEqual(texts(await cached.collect()), wanted);
        const odd = (row: Row): boolean => Number(row[key]) % 2 !== 0;
        assert.deepEqual(texts(await cached.filter(odd).collect()), texts(rows.filter(odd)));
        assert.deepEqual(
          texts(
            await cached
              .filter(odd)
              .filter((row) => row[key] !== 3)
              .collect(),
          ),
          texts(rows.filter((row) => odd(row) && row[key] !== 3)),
        );
        const values = cached.map((row) => row[key]);
        assert.deepEqual(texts(await values.collect()), texts(rows.map((row) => row[key])));
        assert.deepEqual(
          texts(await cached.flatMap((row) => Object.values(row)).collect()),
          texts(rows.flatMap((row) => Object.values(row))),
        );
        assert.deepEqual(
          texts(await cached.keyBy((row) => String(row[key])).collect()),
          texts(rows.map((row) => [String(row[key]), row])),
        );
        assert.deepEqual(texts(await cached.zipWithIndex().collect()), texts(rows.map((row, i) => [row, i])));
        const counts = new Map<string, number>();
        for (const row of rows) counts.set(text(row[key]), (counts.get(text(row[key])) ?? 0) + 1);
        const counted = await values
          .map((value) => [text(value), 1] as const)
          .reduceByKey((a, b) => a + b)
          .collect();
        assert.deepEqual(new Map(counted), counts);
      });
      await fc.assert(property, { numRuns: engineName === 'threads' ? 12 : 5 });
    });

    test(`may be changed by a function, and are not for the next pass (${engineName})`, async () => {
      const rows = Array.from({ length: 100 }, (_, id) => ({ id, v: id / 3 }));
      const cached = Dataset.of(rows, { engine, partitions: 2 }).cache();
      const change = (row: { id: number; v: number }): { id: number; v: number } => {
        row.v = -1;
        return row;
      };
      for (let pass = 0; pass < 3; pass++) {
        assert.deepEqual(await cached.collect(), rows);
        assert.deepEqual(
          await cached.map(change).collect(),
          rows.map(({ id }) => ({ id, v: -1 })),
        );
      }
      const pairs = Dataset.of(
        rows.map(({ id, v }) => [id, v] as [number, number]),
        { engine },
      ).cache();
      const swap = (pair: [number, number]): [number, number] => pair.reverse() as [number, number];
      for (let pass = 0; pass < 3; pass++) {
        assert.deepEqual(
          await pairs.map(swap).collect(),
          rows.map(({ id, v }) => [v, id]),
        );
        assert.deepEqual(
          await pairs.collect(),
          rows.map(({ id, v }) => [id, v]),
        );
      }
    });

    test(`are told in errors, with the operator that failed (${engineName})`, async () => {
      const rows = Array.from({ length: 60 }, (_, id) => ({ id, v: id / 4 }));
      const cached = Dataset.of(rows, { engine, partitions: 2 }).cache();
      const pairs = cached.map(({ id, v }) => [id, v] as const).cache();
      await Promise.all([cached.count(), pairs.count()]);
      const failing = (value: number): number => {
        if (value === 41) throw new RangeError('not this one');
        return value;
      };
      const failed = (operator: string, item: string) => (error: unknown) => {
        const { operator: found, item: row } = taskOf(error) ?? {};
        assert.deepEqual([found, row], [operator, item]);
        return true;
      };
      const own = '{ id: 41, v: 10.25 }';
      await assert.rejects(cached.map(({ id }) => failing(id)).sum(), failed('map', own));
      await assert.rejects(cached.filter(({ id }) => failing(id) >= 0).count(), failed('filter', own));
      await assert.rejects(
        cached
          .filter(({ v }) => v >= 0)
          .map(({ id }) => failing(id))
          .collect(),
        failed('map', own),
      );
      await assert.rejects(cached.flatMap(({ id }) => [failing(id)]).collect(), failed('flatMap', own));
      await assert.rejects(pairs.mapValues((v) => failing(v * 4)).collect(), failed('mapValues', '[ 41, 10.25 ]'));
      const added = pairs.map(([id, v]) => [id % 2, v] as const).reduceByKey((a, b) => a + failing(b * 4));
      await assert.rejects(added.collect(), failed('reduceByKey', '[ 1, 10.25 ]'));
      await assert.rejects(
        pairs
          .reduceByKey((a, b) => a + b)
          .map(([id]) => failing(id))
          .sum(),
        failed('map', '[ 41, 10.25 ]'),
      );
      await assert.rejects(
        (cached as unknown as Dataset<readonly [number, number]>).reduceByKey((a, b) => a + b).collect(),
        (error: unknown) => /pairs/.test(String((error as Error).message)),
      );
      await assert.rejects(
        (cached as unknown as Dataset<number>).sum(),
        /have to be numbers here, but one is an object/,
      );
      const mixed = cached.map(({ id }) => (id === 41 ? ('41' as unknown as number) : id));
      await assert.rejects(mixed.sum(), failed('sum', "'41'"));
      await assert.rejects(mixed.sum(), /one is the text "41"\. Make numbers of such texts before, by map\(Number\)/);
    });
  }

  test('are shown in an error as the functions before have left them', async () => {
    const rows = Array.from({ length: 60 }, (_, id) => ({ id, v: id / 4 }));
    const change = (row: { id: number; v: number }): boolean => {
      row.v = -1;
      return true;
    };
    const shown = (item: string) => (error: unknown) => {
      assert.equal(taskOf(error)?.item, item);
      return true;
    };
    for (const engine of Object.values(engines)) {
      const cached = Dataset.of(rows, { engine, partitions: 2 }).cache();
      await cached.count();
      const fail = ({ id }: { id: number }): number => {
        if (id === 41) throw new RangeError('not this one');
        return id;
      };
      const filtered = cached.filter(change);
      await assert.rejects(filtered.map(fail).sum(), shown('{ id: 41, v: -1 }'));
      await assert.rejects(
        filtered
          .sample(1)
          .filter((row) => fail(row) >= 0)
          .count(),
        shown('{ id: 41, v: -1 }'),
      );
      await assert.rejects(
        cached
          .filter(({ v }) => v >= 0)
          .map(fail)
          .sum(),
        shown('{ id: 41, v: 10.25 }'),
      );
      const met = cached
        .keyBy(({ id }) => id)
        .mapValues(({ v }) => v)
        .join(cached.map(({ id }) => [id, 1] as const));
      const changed = met.filter(([, both]) => {
        (both as [number, number])[0] = -1;
        return true;
      });
      await assert.rejects(changed.map(([id]) => fail({ id })).sum(), shown('[ 41, [ -1, 1 ] ]'));
    }
  });

  test('of many shapes share one loop', async () => {
    const engine = engines.inline;
    const shapes = 60;
    const rows = Array.from({ length: shapes * 10 }, (_, i) => ({ [`k${Math.floor(i / 10)}`]: i, v: 1 }));
    const cached = Dataset.of(rows, { engine, partitions: shapes }).cache();
    await cached.count();
    const { Function: original } = globalThis;
    let loops = 0;
    globalThis.Function = new Proxy(original, {
      construct(target, args: string[]) {
        if (args.includes('refusePair')) loops++;
        return Reflect.construct(target, args) as object;
      },
    });
    try {
      assert.deepEqual(await cached.filter(({ v }) => v === 1).collect(), rows);
      assert.equal(await cached.map(({ v }) => v as number).sum(), rows.length);
    } finally {
      globalThis.Function = original;
    }
    assert.ok(loops >= 2 && loops < shapes, `${loops} loops were made`);
  });

  test('are summed up as a loop over each partition does', async () => {
    const property = fc.asyncProperty(
      fc.array(number, { maxLength: 80 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(...Object.values(engines)),
      async (rows, partitions, engine) => {
        const all = Dataset.of(rows, { engine, partitions });
        const cached = all.cache();
        await cached.count();
        const { sum } = await all.stats();
        const half = (await all.map((x) => x / 2).stats()).sum;
        const twice = (await all.flatMap((x) => [x, x]).stats()).sum;
        for (const one of [all, cached]) {
          assert.equal(text(await one.sum()), text(sum));
          assert.equal(text(await one.map((x) => x / 2).sum()), text(half));
          assert.equal(text(await one.flatMap((x) => [x, x]).sum()), text(twice));
        }
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });
});
