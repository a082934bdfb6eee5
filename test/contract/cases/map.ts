import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, type Job, type Pool } from 'sheaf';
import { numbers, rejects } from '../check.js';
import { openGate } from '../gates.js';
import type { Subject } from '../subject.js';

async function* slowly<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await new Promise((resolve) => setImmediate(resolve));
    yield item;
  }
}

/** Items in, results out. */
export function mapCases(subject: Subject): void {
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('results come in the order of the items, with item and index', async () => {
    const results = await pool.map(numbers(1000), (x, index) => [x * x, index]);
    assert.deepEqual(
      results,
      numbers(1000).map((x) => [x * x, x]),
    );
  });

  test('results come in the order of the items where later ones are done first', async () => {
    const results = await pool.map(
      numbers(40),
      async (x) => {
        for (let turn = x % 7; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
        return x;
      },
      { concurrency: 4, chunkSize: 3 },
    );
    assert.deepEqual(results, numbers(40));
  });

  test('no items, one item, fewer items than workers', async () => {
    assert.deepEqual(await pool.map([], () => 1), []);
    assert.deepEqual(await pool.map([7], (x) => x + 1), [8]);
    assert.deepEqual(await pool.map(slowly([]), () => 1), []);
    assert.deepEqual(await pool.map(new Set<number>(), () => 1), []);
    const wide = subject.open();
    try {
      assert.deepEqual(await wide.map([1], (x) => x), [1]);
    } finally {
      await wide.close();
    }
  });

  test('any iterable is an input', async () => {
    const twice = <T>(x: T, index: number): [T, number] => [x, index];
    const expected = (items: readonly unknown[]): unknown[] => items.map((x, i) => [x, i]);
    assert.deepEqual(await pool.map('añb😀', twice), expected(['a', 'ñ', 'b', '😀']));
    assert.deepEqual(await pool.map(new Set([3, 1, 2]), twice), expected([3, 1, 2]));
    assert.deepEqual(await pool.map(new Map([['a', 1]]), twice), expected([['a', 1]]));
    assert.deepEqual(await pool.map(new Map([['a', 1]]).keys(), twice), expected(['a']));
    assert.deepEqual(await pool.map(new Float32Array([0.5, -0]), twice), expected([0.5, -0]));
    assert.deepEqual(await pool.map(new BigInt64Array([5n, -6n]), twice), expected([5n, -6n]));
    assert.deepEqual(await pool.map(numbers(5).values(), twice), expected(numbers(5)));
    assert.deepEqual(await pool.map({ [Symbol.iterator]: () => numbers(3).values() }, twice), expected(numbers(3)));
    assert.deepEqual(await pool.map(new Array<undefined>(3), twice), expected([undefined, undefined, undefined]));
  });

  test('any async iterable is an input', async () => {
    assert.deepEqual(await pool.map(slowly(numbers(50)), (x, index) => x - index), new Array(50).fill(0));
    let given = 0;
    const stream = new ReadableStream<number>({
      pull(controller) {
        if (given === 4) controller.close();
        else controller.enqueue(given++);
      },
    });
    assert.deepEqual(await pool.map(stream as AsyncIterable<number>, (x) => x * 10), [0, 10, 20, 30]);
  });

  test('an iterable that is both is read as an async one', async () => {
    const both = {
      [Symbol.iterator]: () => [1, 2].values(),
      [Symbol.asyncIterator]: () => slowly([3, 4]),
    };
    assert.deepEqual(await pool.map<number, number>(both, (x) => x), [3, 4]);
  });

  test('the items of an input are read one at a time', async () => {
    let reading = 0;
    let read = 0;
    const items: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          assert.equal(reading++, 0, 'a second next() before the first has answered');
          await new Promise((resolve) => setImmediate(resolve));
          reading--;
          return read < 20 ? { done: false, value: read++ } : { done: true, value: undefined };
        },
      }),
    };
    assert.deepEqual(await pool.map(items, (x) => x, { chunkSize: 3 }), numbers(20));
  });

  test('the index is that of the input, whatever the size of chunks', async () => {
    for (const chunkSize of [1, 2, 3, 7, 100]) {
      const indices = await pool.map(slowly(numbers(23)), (_, index) => index, { chunkSize });
      assert.deepEqual(indices, numbers(23));
    }
  });

  test('every result is kept as it is', async () => {
    const results = await pool.map([0, 1, 2, 3, 4], (x) => [undefined, null, Number.NaN, -0, ''][x]);
    assert.equal(results.length, 5);
    assert.deepEqual(Object.keys(results), ['0', '1', '2', '3', '4'], 'no holes');
    for (const [i, expected] of [undefined, null, Number.NaN, -0, ''].entries())
      assert.ok(Object.is(results[i], expected));
  });

  test('a result that is a promise, or like one, is awaited', async () => {
    assert.deepEqual(await pool.map([1, 2], (x) => Promise.resolve(x)), [1, 2]);
    // biome-ignore lint/suspicious/noThenProperty: what is like a promise is what is tested
    const thenable = (x: number) => ({ then: (resolve: (y: number) => void) => resolve(x + 1) }) as PromiseLike<number>;
    assert.deepEqual(await pool.map([1, 2], thenable), [2, 3]);
    assert.deepEqual(await pool.map([1, 2, 3], (x) => (x === 2 ? Promise.resolve('later') : 'now')), [
      'now',
      'later',
      'now',
    ]);
  });

  test('nothing has run and nothing is read when map() returns; it starts by itself', async () => {
    let read = 0;
    const gate = subject.path();
    const input = function* (): Generator<string> {
      read++;
      yield gate;
    };
    const job = pool.map(input(), (path) => openGate(path));
    assert.equal(read, 0);
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(read, 1);
    assert.deepEqual(await job, [undefined]);
  });

  test('items are copied: what a function does to one is not seen here', async () => {
    const items = [{ n: 1 }, { n: 2 }];
    const results = await pool.map(items, (item) => {
      item.n *= 10;
      return item;
    });
    assert.deepEqual(results, [{ n: 10 }, { n: 20 }]);
    assert.deepEqual(items, [{ n: 1 }, { n: 2 }]);
  });

  test('captured variables are copied at the time of the call', async () => {
    let factor = 2;
    const table = { add: 1 };
    const job = pool.map([1, 2, 3], (x) => x * factor + table.add);
    factor = 100;
    table.add = 100;
    assert.deepEqual(await job, [3, 5, 7]);
    assert.deepEqual(await pool.map([1], (x) => x * factor + table.add), [200]);
  });

  test('a job is an input as any other, also one that is wanted twice', async () => {
    const first = pool.map(numbers(300), (x) => x + 1);
    assert.deepEqual(
      await pool.map(first, (x) => x * 2),
      numbers(300).map((x) => (x + 1) * 2),
    );
    const kept = pool.map(numbers(10), (x) => x);
    const all = kept.then((results) => results.length);
    const got: number[] = [];
    for await (const result of kept) got.push(result);
    assert.deepEqual([await all, got], [10, numbers(10)]);
  });

  test('an input that fails as a job does', async () => {
    const failing = pool.map(numbers(5), (x) => {
      if (x === 3) throw new RangeError('three');
      return x;
    });
    await rejects(
      pool.map(failing, (x) => x),
      new RangeError('three'),
    );
  });

  test('an iterator that takes its time does not hold up the results of what it gave', async () => {
    const count = 400;
    let doneAtLast = 0;
    const slow = function* (): Generator<number> {
      for (let i = 0; i < count; i++) {
        const end = performance.now() + 1;
        while (performance.now() < end);
        doneAtLast = job.progress.done;
        yield i;
      }
    };
    const job: Job<number> = pool.map(slow(), (x) => x, { chunkSize: count });
    assert.deepEqual(await job, numbers(count));
    assert.ok(doneAtLast > 0, 'none was done before the last was read');
  });

  test('several jobs at once keep apart', async () => {
    const jobs = numbers(20).map((n) => pool.map(numbers(n), (x) => x + 1));
    for (const [n, results] of (await Promise.all(jobs)).entries())
      assert.deepEqual(
        results,
        numbers(n).map((x) => x + 1),
      );
  });

  test('several jobs of one function at once: it stays known as long as one of them needs it', async () => {
    const work = (x: number): number => {
      let sum = 0;
      for (let i = 0; i < 1000; i++) sum += i;
      return x + (sum > 0 ? 1 : 0);
    };
    await pool.map(numbers(8), work); // its cost is known from here on, so that tasks are handed out ahead
    const jobs = numbers(30).map((n) => pool.map(numbers(n * 17), work, { chunkSize: 5 }));
    for (const [n, results] of (await Promise.all(jobs)).entries()) assert.equal(results.length, n * 17);
  });

  test('a function that uses a pool itself', async () => {
    const nested = await pool.run(async () => {
      const { map } = await import('sheaf');
      return await map([1, 2, 3], (x) => x * 2);
    });
    assert.deepEqual(nested, [2, 4, 6]);
  });

  test('a function may be a generator’s caller, a method, a class user', async () => {
    const tools = {
      square(x: number): number {
        return x * x;
      },
    };
    assert.deepEqual(await pool.map([2, 3], tools.square), [4, 9]);
    assert.deepEqual(
      await pool.map([3], (n) => [
        ...(function* () {
          for (let i = 0; i < n; i++) yield i;
        })(),
      ]),
      [[0, 1, 2]],
    );
  });

  test('context() outside a task throws and says what to do', () => {
    assert.throws(() => context(), /outside a task.*inside the function/);
  });

  test('context() in a task: signal, attempt, worker, setup', async () => {
    const [seen] = await pool.map([0], () => {
      const { signal, attempt, worker, setup } = context();
      return {
        isSignal: signal instanceof AbortSignal,
        aborted: signal.aborted,
        attempt,
        worker: typeof worker,
        setup,
      };
    });
    assert.deepEqual(seen, { isSignal: true, aborted: false, attempt: 1, worker: 'number', setup: undefined });
  });

  test('context() still holds after an await, and with calls that interleave', async () => {
    for (const concurrency of [1, 4]) {
      const attempts = await pool.map(
        numbers(8),
        async () => {
          await new Promise((resolve) => setImmediate(resolve));
          return context().attempt;
        },
        { concurrency, chunkSize: 8 },
      );
      assert.deepEqual(attempts, new Array(8).fill(1));
    }
  });
}
