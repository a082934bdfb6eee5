import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CaptureError, type Pool, shared, taskOf, ValueError } from 'sheaf';
import { errorOf, numbers, rejects } from '../check.js';
import { note, notes } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** What travels, and what is refused. */
export function valueCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('what structured clone carries arrives there and comes back', async () => {
    const cycle: { self?: unknown; name: string } = { name: 'cycle' };
    cycle.self = cycle;
    const values: unknown[] = [
      undefined,
      null,
      -0,
      Number.NaN,
      12n ** 30n,
      'lone \ud800 surrogate',
      new Date(5),
      new Map<unknown, unknown>([[{ a: 1 }, new Set([1, '1'])]]),
      /x+/giu,
      Object.assign(new Array(3), { 0: 1, 2: 3 }),
      { b: undefined, a: { deep: [1] } },
      new Float32Array([1.5, -0]),
      new Uint8Array([1, 2, 3]).buffer,
      Buffer.from('bytes'),
      Object(7),
      cycle,
    ];
    const back = await pool.map(values, (x) => x);
    assert.deepEqual(back, values);
    assert.ok(Object.is(back[2], -0));
    assert.ok(Buffer.isBuffer(back[13]));
    assert.ok(!(1 in (back[9] as unknown[])), 'a hole stays a hole');
    assert.equal((back[15] as typeof cycle).self, back[15]);
    const kinds = await pool.map(values, (x) => Object.prototype.toString.call(x) + Buffer.isBuffer(x));
    assert.deepEqual(
      kinds,
      values.map((x) => Object.prototype.toString.call(x) + Buffer.isBuffer(x)),
    );
  });

  test('errors are values too', async () => {
    const [back] = await pool.map([new TypeError('as a value', { cause: new RangeError('why') })], (error) => {
      if (!(error instanceof TypeError)) throw new Error('it was a TypeError');
      return error;
    });
    assert.ok(back instanceof TypeError);
    assert.equal(back.message, 'as a value');
    assert.ok(back.cause instanceof RangeError);
  });

  test('two items that are the same object arrive as two', async () => {
    const item = { n: 0 };
    const counts = await pool.map([item, item, item], (x) => ++x.n, { chunkSize: 3 });
    assert.deepEqual(counts, [1, 1, 1]);
  });

  test('two results that are the same object arrive as two', async () => {
    const [a, b] = await pool.map(
      [1, 2],
      () => {
        const here = globalThis as { kept?: { n: number } };
        here.kept ??= { n: 1 };
        return here.kept;
      },
      { chunkSize: 2 },
    );
    assert.notEqual(a, b);
    assert.deepEqual(a, b);
  });

  test('an item that cannot be encoded: a ValueError with its index and the path', async () => {
    for (const chunkSize of [1, 4, undefined]) {
      const items = [{ on: { click: 1 as unknown } }, { on: { click: () => {} } }, { on: { click: 2 } }];
      const error = await errorOf(pool.map(items, (x) => x, { label: 'events', chunkSize }));
      assert.ok(error instanceof ValueError);
      assert.equal(error.code, 'ERR_SHEAF_VALUE');
      assert.equal(error.index, 1);
      assert.equal(error.path, '.on.click');
      assert.match(error.message, /Item 1.*\.on\.click.*function click/);
      const { item, ...rest } = taskOf(error)!;
      assert.deepEqual(rest, { label: 'events', index: 1, attempt: 1, worker: -1 });
      assert.match(item, /on/);
      assert.ok(error.stack?.includes('values.'), 'the stack shows who called');
    }
  });

  test('an item that cannot be encoded, of an input with an order of its own', async () => {
    const items: unknown[] = [1, 9, () => {}, 4];
    const error = await errorOf(
      pool.map(items, (x) => x, { cost: (x) => (typeof x === 'number' ? x : 5), chunkSize: 4 }),
    );
    assert.ok(error instanceof ValueError);
    assert.equal(error.index, 2);
    assert.equal(taskOf(error)?.index, 2);
    const outcomes = await pool
      .map(items, (x) => x, { cost: (x) => (typeof x === 'number' ? x : 5), chunkSize: 4 })
      .settled();
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
  });

  test('an item that cannot be encoded fails alone where all are settled', async () => {
    const items: unknown[] = numbers(50);
    items[17] = Symbol('no');
    items[31] = { deep: [new WeakMap()] };
    for (const chunkSize of [1, 10, 50, undefined]) {
      const outcomes = await pool.map(items, (x) => x, { chunkSize }).settled();
      for (const [i, one] of outcomes.entries()) {
        if (i !== 17 && i !== 31) assert.deepEqual(one, { status: 'fulfilled', value: i });
        else {
          assert.equal(one.status, 'rejected');
          assert.ok(one.reason instanceof ValueError);
          assert.equal(one.reason.index, i);
        }
      }
    }
  });

  test('a promise as an item of a sync iterable is such a value', async () => {
    const error = await errorOf(pool.map([1, Promise.resolve(2)], (x) => x));
    assert.ok(error instanceof ValueError);
    assert.equal(error.index, 1);
    assert.match(error.message, /promise.*await/i);
  });

  test('an argument of run that cannot be encoded: a ValueError with the path', async () => {
    const log = subject.path();
    const one = await errorOf(pool.run((given: unknown) => note(log, typeof given), [{ a: [() => {}] }]));
    assert.ok(one instanceof ValueError);
    assert.equal(one.path, '.a[0]');
    const two = await errorOf(pool.run((_a: unknown, given: unknown) => note(log, typeof given), [1, Symbol('no')]));
    assert.ok(two instanceof ValueError);
    assert.match(two.path, /\[1\]/);
    assert.deepEqual(notes(log), [], 'nothing has run');
  });

  test('a result that cannot be encoded: a ValueError with the index of its item and the path', async () => {
    for (const chunkSize of [1, 4]) {
      const job = pool.map([0, 1, 2], (x) => (x === 1 ? { list: [1, Symbol('no')] } : x) as unknown, {
        chunkSize,
        label: 'symbols',
      });
      const error = await errorOf(job);
      assert.ok(error instanceof ValueError);
      assert.equal(error.path, '.list[1]');
      assert.equal(error.index, 1);
      assert.match(error.message, /result of item 1/);
      const { worker, ...rest } = taskOf(error)!;
      assert.deepEqual(rest, { label: 'symbols', index: 1, item: '1', attempt: 1 });
      assert.notEqual(worker, -1);
    }
  });

  test('a result that cannot be encoded fails alone where all are settled', async () => {
    for (const chunkSize of [1, 3, 20, undefined]) {
      const job = pool.map(
        numbers(20),
        (x) => {
          if (x === 3) throw new RangeError('thrown');
          return x === 5 || x === 12 ? () => x : x;
        },
        { chunkSize },
      );
      const outcomes = await job.settled();
      for (const [i, one] of outcomes.entries()) {
        if (i === 3 || i === 5 || i === 12) {
          assert.equal(one.status, 'rejected');
          assert.equal(one.reason.constructor, i === 3 ? RangeError : ValueError);
          if (i !== 3) assert.equal(one.reason.index, i);
        } else assert.deepEqual(one, { status: 'fulfilled', value: i });
      }
    }
  });

  test('a result of run that cannot be encoded', async () => {
    const error = await errorOf(pool.run(() => ({ f: () => 1 })));
    assert.ok(error instanceof ValueError);
    assert.equal(error.path, '.f');
    assert.match(error.message, /result/);
    const others = await Promise.all(numbers(20).map((x) => pool.run((y: number) => y, [x])));
    assert.deepEqual(others, numbers(20));
  });

  test('a function that cannot travel: a CaptureError that rejects the job; nothing runs, nothing is read', async () => {
    let read = 0;
    const input = function* (): Generator<number> {
      yield read++;
    };
    const bound = Math.max.bind(null, 1);
    for (const work of [pool.map(input(), bound), pool.run(bound), pool.map(input(), bound).settled()]) {
      const error = await errorOf(work);
      assert.ok(error instanceof CaptureError);
      assert.equal(error.code, 'ERR_SHEAF_CAPTURE');
    }
    assert.equal(read, 0);
  });

  test('a captured value that cannot be copied is named', async () => {
    const registry = new WeakMap<object, number>();
    const error = await errorOf(pool.map([1], () => registry.has({})));
    assert.ok(error instanceof CaptureError);
    assert.equal(error.variable, 'registry');
  });

  test('functions of console and process travel by their names', async () => {
    const { log } = console;
    const { cwd } = process;
    assert.deepEqual(await pool.run(() => [log === console.log, cwd === process.cwd, cwd()]), [
      true,
      true,
      process.cwd(),
    ]);
  });

  test('shared memory is seen by all', needs(traits.sharesMemory), async () => {
    const cells = shared(8, Int32Array);
    await pool.map(numbers(100), (x) => {
      Atomics.add(cells, x % 8, 1);
    });
    assert.equal(
      cells.reduce((a, b) => a + b),
      100,
    );
    const same = await pool.map([cells], (given) => Atomics.add(given, 0, 1000));
    assert.equal(cells[0], same[0]! + 1000);
  });

  test(
    'shared memory is refused where it cannot be shared',
    needs(traits.sharesMemory === true ? 'memory is shared' : true),
    async () => {
      const cells = shared(8, Int32Array);
      await rejects(
        pool.map([cells], (given) => given.length),
        { code: 'ERR_SHEAF_VALUE', index: 0 },
      );
      await rejects(
        pool.map([1], () => cells.length),
        { code: 'ERR_SHEAF_CAPTURE' },
      );
    },
  );

  test('symbols as keys stay here', async () => {
    const secret = Symbol('secret');
    const items = numbers(600).map((i) => ({ i, [secret]: { n: i } }));
    const seen = await pool.map(items, (item) => Object.getOwnPropertySymbols(item).length);
    assert.deepEqual(new Set(seen), new Set([0]));
    assert.equal(await pool.run((item: object) => Reflect.ownKeys(item).length, [items[1]!]), 1);
    const given = await pool.map(numbers(600), (i) => ({ i, [Symbol('other')]: i }));
    assert.deepEqual(
      given,
      numbers(600).map((i) => ({ i })),
    );
    assert.deepEqual(new Set(given.map((one) => Reflect.ownKeys(one).length)), new Set([1]));
  });

  test('an item with a getter that throws is refused, the others are not', async () => {
    const bad = {
      get x(): number {
        throw new Error('boom');
      },
    };
    const outcomes = await pool.map([{ x: 1 }, bad, { x: 3 }], (item) => item.x).settled();
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
  });

  test('an item with a getter that throws is named, also among many that are alike', async () => {
    const items = numbers(600).map((x) => ({ x, name: 'one' }));
    Object.defineProperty(items[501], 'x', {
      get: () => {
        throw new RangeError('boom');
      },
      enumerable: true,
    });
    const error = await errorOf(pool.map(items, (item) => item.x));
    assert.ok(error instanceof ValueError, String(error));
    assert.equal(error.index, 501);
    assert.match(error.message, /reading it failed \(boom\)/);
  });

  test('a result whose then() cannot be read is that call’s error, and no other’s', async () => {
    const give = (x: number): unknown => {
      if (x !== 1) return x;
      return Object.defineProperty({}, 'then', {
        get: () => {
          throw new RangeError('no then');
        },
      });
    };
    for (const xs of [[1], [0, 1, 2], numbers(100)]) {
      const outcomes = await pool.map(xs, give).settled();
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        xs.map((x) => (x === 1 ? 'rejected' : 'fulfilled')),
      );
    }
    for (const x of [0, 1, 2, 1, 3]) {
      if (x === 1) assert.ok((await errorOf(pool.run(give, [x]))) instanceof RangeError);
      else assert.equal(await pool.run(give, [x]), x);
    }
  });
}
