/** Rows that the program has, sorted and collected: the driver does that itself, with the answers and errors that workers give. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { CancelledError, Dataset, type Engine, local, type SheafEvent } from 'sheaf';
import { errorOf } from '../contract/check.js';
import { assertSame } from '../support/deep-same.js';

const count = 10_240;

/** Some rows, again and again. */
const many = <T>(some: readonly T[]): T[] => Array.from({ length: count }, (_, i) => some[i % some.length]!);

const keys = fc.oneof(
  fc.double(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(undefined, null, NaN, -0, true, false, '', 'a', 'ключ', '\ud800'),
);

const plainRows = fc.record({
  key: keys,
  name: fc.string(),
  at: fc.tuple(fc.integer(), keys),
  list: fc.array(keys, { maxLength: 4 }),
});

/** What only some rows are. */
const oddRows = fc.constantFrom<unknown>(
  { key: 1n, name: '' },
  { key: new Date(5), at: [1] },
  { key: [1, 'b'], at: [new Date(NaN)] },
  Object.assign(Object.create(null), { key: 2 }),
  {
    key: 3,
    get at() {
      return ['read', 4];
    },
  },
  { key: Object.assign([1, 2], { named: true }) },
  { key: Object.assign(new Array<number>(3), { 0: 1 }) },
  { name: 'x', key: 4, [Symbol('left out')]: 1 },
  { 0: 1, key: { a: 1 } },
  Object.defineProperty({ key: 6 }, 'hidden', { value: 1 }),
  Object.freeze({ key: 5, at: new Map([[1, 2]]) }),
);

/** Of which some hold one object twice. */
const nestedRows = fc.tuple(keys, fc.boolean()).map(([key, twice]) => {
  const inner = { x: key };
  return { key, inner, other: twice ? inner : { x: key }, maybe: twice ? null : [inner.x] };
});

type Row = { key: unknown; name?: string; at?: readonly unknown[]; list?: readonly unknown[] };

/** Functions that the driver may call, and some that it may not. */
const orders: ((data: Dataset<Row>, descending: boolean) => Dataset<Row>)[] = [
  (data, descending) => data.sortBy((row) => row.key, { descending }),
  (data, descending) => data.sortBy((row) => [row.name, row.at?.[0]], { descending }),
  (data, descending) => data.sortBy(({ key }) => typeof key, { descending }),
  (data, descending) =>
    data.sortBy((row) => (typeof row.key === 'number' ? -row.key % 3 : row.name), { descending, partitions: 3 }),
  (data, descending) => data.sortBy((row) => row, { descending }),
];

describe('sorting what the program has', () => {
  let here: Engine;
  let there: Engine;
  before(() => {
    here = local({ workers: 2 });
    there = local({ workers: 2, exchange: 'file' });
  });
  after(() => Promise.all([here.close(), there.close()]));

  test('gives what workers give: rows, order, errors', async () => {
    const some = fc.oneof(
      { weight: 3, arbitrary: fc.array(plainRows, { minLength: 1, maxLength: 30 }) },
      fc.array(nestedRows, { minLength: 10, maxLength: 30 }),
      fc.array(fc.oneof(plainRows, oddRows), { minLength: 1, maxLength: 30 }),
    );
    await fc.assert(
      fc.asyncProperty(some, fc.constantFrom(...orders), fc.boolean(), async (rows, order, descending) => {
        const [mine, theirs] = await Promise.all(
          [here, there].map((engine) =>
            order(Dataset.of(many(rows) as Row[], { engine }), descending)
              .collect()
              .catch((error: Error) => [error.name, error.message]),
          ),
        );
        assertSame(mine, theirs);
      }),
      { numRuns: 8 },
    );
  });

  test('of rows that are primitives, too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(keys, { minLength: 1, maxLength: 50 }), fc.boolean(), async (some, descending) => {
        const [mine, theirs] = await Promise.all(
          [here, there].map((engine) =>
            Dataset.of(many(some), { engine })
              .sortBy((row) => row, { descending })
              .collect(),
          ),
        );
        assertSame(mine, theirs);
      }),
      { numRuns: 3 },
    );
  });

  test('no task runs for it, and its stages are told', async () => {
    const events: SheafEvent[] = [];
    const stop = here.events!.listen((event) => events.push(event));
    await Dataset.of(many([{ key: 2 }, { key: 1 }]), { engine: here })
      .sortBy((row) => row.key)
      .collect();
    stop();
    const told = events.map(({ kind }) => kind).filter((kind) => !/^(worker|engine)-/.test(kind));
    const stage = ['stage-started', 'stage-ended'];
    assert.deepEqual(told, ['job-started', ...stage, ...stage, 'job-ended']);
  });

  test('rows are copies, of which functions see no more than their own', async () => {
    const inner = [1, 2];
    const rows = many([{ key: 1, inner }]);
    const sorted = await Dataset.of(rows, { engine: here })
      .sortBy((row) => row.key)
      .collect();
    const seen = new Set<unknown>([...rows, inner]);
    for (const row of sorted) {
      assert.ok(!seen.has(row) && !seen.has(row.inner));
      seen.add(row).add(row.inner);
    }
    assert.deepEqual(sorted, rows);
  });

  test('explain() tells where it is done, and for which plans it is not', () => {
    const told = (data: Dataset<unknown>): boolean =>
      data.explain().includes('collect() sorts copies of the rows itself');
    const data = Dataset.of(many([{ key: 1 }]), { engine: here });
    assert.ok(told(data.sortBy((row) => row.key)));
    assert.ok(!told(data));
    assert.ok(!told(data.sortBy((row) => row.key).map((row) => row.key)));
    assert.ok(!told(data.sortBy((row) => Math.hypot(row.key))));
    assert.ok(!told(Dataset.of([{ key: 1 }], { engine: here }).sortBy((row) => row.key)));
    assert.ok(!told(Dataset.of(many([{ key: 1 }]), { engine: there }).sortBy((row) => row.key)));
  });

  test('refuses what workers refuse, with the same words', async () => {
    class Point {
      key = 1;
    }
    const wrong: [string, Row[]][] = [
      ['an instance', [...many([{ key: 1 }]), new Point()]],
      ['instances only', many([new Point()])],
      ['a function', [...many([{ key: 1 }]), { key: () => 1 }]],
      ['a proxy', [...many([{ key: 1 }]), new Proxy({ key: 1 }, {})]],
      ['no key', [...many([{ key: 1 }]), { key: new Map() }]],
      ['no key, where comparing does not look', [...many([{ key: [1, 2] }]), { key: [3, new Map()] }]],
      ['a row without it', [...many([{ key: { deep: 1 } }]), { key: undefined }]],
    ];
    for (const [label, few] of wrong) {
      // So many that one that is unlike the others does not yet have all of them sent to workers.
      const rows = [...many(few.slice(0, 1)), ...many(few.slice(0, 1)), ...many(few.slice(0, 1)), ...few];
      const sorted = (engine: Engine): Dataset<unknown> => {
        const data = Dataset.of(rows as { key: { deep: number } }[], { engine });
        return label === 'a row without it' ? data.sortBy((row) => row.key.deep) : data.sortBy((row) => row.key);
      };
      assert.match(sorted(here).explain(), /sorts copies of the rows itself/);
      const [mine, theirs] = await Promise.all([here, there].map((engine) => errorOf(sorted(engine).collect())));
      assert.equal(String(mine), String(theirs), label);
    }
  });

  test('an engine that is closed sorts nothing, nor does one that is closed meanwhile', async () => {
    const engine = local({ workers: 1 });
    const rows = Array.from({ length: 300_000 }, (_, i) => ({ key: -i, name: `row ${i}` }));
    const sort = () =>
      Dataset.of(rows, { engine })
        .sortBy((row) => row.key)
        .collect();
    const sorting = errorOf(sort());
    await new Promise((resolve) => setImmediate(resolve));
    await engine.terminate();
    assert.match(String(await sorting), /terminated|closed/);
    assert.match(String(await errorOf(sort())), /EngineError: The engine is closed/);
  });

  test('many keys that take long to sort are left to workers, so that the program is not held', async () => {
    const rows = Array.from({ length: 200_001 }, (_, i) => (i * 7) % 1009);
    const sorts = {
      arrays: (data: Dataset<number>) => data.sortBy((n) => [n]),
      numbers: (data: Dataset<number>) => data.sortBy((n) => n),
    };
    const expected = rows.toSorted((a, b) => a - b);
    for (const [label, sort] of Object.entries(sorts)) {
      let tasks = 0;
      const stop = here.events!.listen(({ kind }) => {
        if (kind === 'task-submitted') tasks++;
      });
      const sorted = await sort(Dataset.of(rows, { engine: here })).collect();
      stop();
      assert.deepEqual(sorted, expected);
      assert.equal(tasks > 0, label === 'arrays', label);
    }
  });

  test('ends when it is cancelled', async () => {
    const stop = new AbortController();
    const rows = Array.from({ length: 400_000 }, (_, i) => ({ key: -i, name: `row ${i}` }));
    const sorting = Dataset.of(rows, { engine: here })
      .sortBy((row) => row.key)
      .collect({ signal: stop.signal });
    setImmediate(() => stop.abort(new Error('enough')));
    const error = await errorOf(sorting);
    assert.ok(error instanceof CancelledError);
    assert.match(error.message, /enough/);
  });
});
