/** Maps of many rows by functions that are known to be cheap: the same answers as by way of the workers, in every respect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { CancelledError, type Job, Pool, taskOf } from 'sheaf';
import { errorOf, numbers } from '../contract/check.js';
import { assertSame } from '../support/deep-same.js';

const rows = 6000;
const awkward: readonly unknown[] = [
  -0,
  NaN,
  Infinity,
  2 ** 53,
  'text',
  '',
  true,
  null,
  undefined,
  7n,
  [1, 2],
  { n: 1 },
];
const others: readonly unknown[] = [
  new Date(1),
  new Map([[1, 2]]),
  /x/,
  new Uint8Array(2),
  Object.assign([1], { extra: 2 }),
];

interface User {
  id: number;
  tags: string[];
  inner: { n: number };
}
const user = (id: number): User => ({ id, tags: ['a', `t${id % 7}`], inner: { n: id } });

describe('maps of many rows by cheap functions', { timeout: 240_000 }, () => {
  let pool: Pool;
  before(() => {
    pool = new Pool({ workers: 2 });
  });
  after(() => pool.close());

  /** What becomes of each row, by default and by way of the workers alone. */
  async function same<T>(items: readonly T[], fn: (item: T, index: number) => unknown): Promise<void> {
    const [got, expected] = await Promise.all(
      [{}, { inline: false } as const].map((options) => pool.map(items, fn, options).settled()),
    );
    for (const [i, one] of got!.entries()) {
      const other = expected![i]!;
      if (one.status === 'fulfilled' && other.status === 'fulfilled') assertSame(one.value, other.value, `row ${i}`);
      else {
        const [reason, wanted] = [one, other].map((end) => (end as PromiseRejectedResult).reason as Error | undefined);
        assert.equal(`${reason?.name}: ${reason?.message}`, `${wanted?.name}: ${wanted?.message}`, `row ${i}`);
        if (reason !== undefined) assert.equal(taskOf(reason)?.index, i);
      }
    }
    assert.equal(got!.length, items.length);
  }

  const functions: readonly ((x: never, i: number) => unknown)[] = [
    (x: number) => x * x,
    (x: number, i: number) => x - i,
    (x: number) => (x > 3000 ? { x } : x),
    (x: number) => [x, x],
    (x: { n: { n: number } }) => x.n.n,
    (x: object) => ({ ...x, more: 1 }),
    (x: number) => x,
  ];

  test('numbers, and what lies among them, come to the same', async () => {
    const some = fc.array(fc.tuple(fc.nat({ max: rows - 1 }), fc.constantFrom(...awkward, ...others)), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(some, fc.constantFrom(...functions), async (odd, fn) => {
        const items: unknown[] = numbers(rows);
        for (const [at, value] of odd) items[at] = value;
        await same(items as never[], fn);
      }),
      { numRuns: 6 },
    );
  });

  test('objects, and what lies among them, come to the same', async () => {
    const some = fc.array(fc.tuple(fc.nat({ max: rows - 1 }), fc.constantFrom(...awkward, ...others)), {
      maxLength: 4,
    });
    const changes: readonly ((row: never) => unknown)[] = [
      (row: User) => ({ ...row, id: row.id + 1 }),
      (row: User) => row,
      (row: User) => ({ tags: row.tags, again: row.tags }),
      (row: User) => row.inner.n,
    ];
    await fc.assert(
      fc.asyncProperty(some, fc.constantFrom(...changes), async (odd, fn) => {
        const items: unknown[] = Array.from({ length: rows }, (_, i) => user(i));
        for (const [at, value] of odd) items[at] = value;
        await same(items as never[], fn);
      }),
      { numRuns: 6 },
    );
  });

  test('results are of nobody else: not the rows, nor parts of them', async () => {
    const users = Array.from({ length: rows }, (_, i) => user(i));
    const shared = users[0]!.tags;
    for (const one of users.slice(0, 100)) one.tags = shared;
    const before = structuredClone(users);
    const results = await pool.map(users, (row) => ({ ...row, id: row.id + 1 }));
    assert.deepEqual(users, before);
    for (const one of results) one.tags.push('changed');
    for (const one of results) assert.equal(one.tags.length, 3);
    assert.deepEqual(users, before);
  });

  test('getters run, once for each copy of a row, of which there is another where the row has waited for too long', async () => {
    let ran = 0;
    const users = Array.from({ length: rows }, (_, i) => user(i));
    Object.defineProperty(users[5000], 'id', { get: () => ++ran, enumerable: true });
    const results = await pool.map(users, (row) => [row.id, row.id]);
    assert.ok(ran > 0);
    assert.deepEqual(results[5000], [ran, ran]);
  });

  test('holes are undefined', async () => {
    const holes: number[] = new Array(rows);
    holes[rows - 1] = 2;
    assert.deepEqual(
      await pool.map(holes, (x) => x),
      Array.from({ length: rows }, (_, i) => (i === rows - 1 ? 2 : undefined)),
    );
  });

  test('typed arrays of every class, in and out', async () => {
    for (const Class of [Int8Array, Uint8ClampedArray, Int32Array, Float32Array, Float64Array]) {
      const items = Class.from(numbers(rows));
      const expected = new Class(Array.from(items, (x) => x * 1.5));
      assertSame(await pool.map(items, (x) => x * 1.5, { into: Class }), expected);
    }
    const big = BigInt64Array.from(numbers(rows), BigInt);
    assertSame(
      await pool.map(big, (x) => x + x, { into: BigInt64Array }),
      big.map((x) => x + x),
    );
  });

  test('a result that has no place in the array asked for is refused by its index', async () => {
    const error = await errorOf(
      pool.map(numbers(rows), (x) => (x === 5000 ? 'text' : x) as number, { into: Float64Array }),
    );
    assert.match((error as Error).message, /result of item 5000 is 'text'/);
  });

  test('a row that throws ends it, by its index', async () => {
    const items: unknown[] = numbers(rows);
    items[5500] = null;
    const error = await errorOf(pool.map(items as { n: number }[], (x) => x.n));
    assert.ok(error instanceof TypeError);
    assert.equal(taskOf(error)?.index, 5500);
  });

  test('the event loop has its turns, and a job can be cancelled in any of them', async () => {
    const items = numbers(8_000_000);
    const job: Job<number> = pool.map(items, (x) => x * 2);
    const done: number[] = [];
    const turn = (): void => {
      done.push(job.progress.done);
      if (done.length < 5) setImmediate(turn);
      else job.cancel();
    };
    setImmediate(turn);
    assert.ok((await errorOf(job)) instanceof CancelledError);
    assert.ok(
      done.every((count, i) => count < items.length && (i === 0 || count >= done[i - 1]!)),
      done.join(),
    );
  });

  test('those who watch see tasks, which ran on the calling thread', async () => {
    const workers = new Set<number | undefined>();
    const stop = pool.events.listen((event) => {
      if (event.kind === 'task-ended') workers.add(event.worker);
    });
    assert.deepEqual(
      await pool.map(numbers(rows), (x) => x + 1),
      numbers(rows).map((x) => x + 1),
    );
    stop();
    assert.deepEqual([...workers], [-1]);
  });

  test('few rows are the workers’, and those of functions that call something', async () => {
    const workers = new Set<number | undefined>();
    const stop = pool.events.listen((event) => {
      if (event.kind === 'task-ended') workers.add(event.worker);
    });
    await pool.map(numbers(100), (x) => x + 1);
    await pool.map(numbers(rows), (x) => Number(x) + 1);
    await pool.map(numbers(rows), (x) => x + 1, { inline: false });
    await pool.map(numbers(rows), (x) => x + 1, { chunkSize: 1000 });
    stop();
    assert.ok(!workers.has(-1), [...workers].join());
  });

  test('where the program has replaced functions of Math, or the time, rows see those of the workers', async () => {
    const { random, sqrt } = Math;
    const { now } = Date;
    const items = numbers(rows);
    try {
      Math.random = () => 42;
      Math.sqrt = () => 42;
      const [drawn, roots] = await Promise.all([
        pool.map(items, () => Math.random()),
        pool.map(items, (x) => Math.sqrt(x)),
      ]);
      assert.ok(drawn.every((x) => x < 1));
      assert.deepEqual(
        roots,
        items.map((x) => sqrt(x)),
      );
      Object.assign(Math, { random, sqrt });
      Date.now = () => 42;
      assert.ok((await pool.map(numbers(40_000), () => Date.now())).every((at) => at > 42));
    } finally {
      Object.assign(Math, { random, sqrt });
      Date.now = now;
    }
  });
});
