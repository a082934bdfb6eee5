import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AllocationPolicy, context, type Pool, taskOf, ValueError } from 'sheaf';
import { numbers, rejects } from '../check.js';
import { note, notes, openGate, passGate } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Options of map, each for what it promises. */
export function optionCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('concurrency: as many calls in flight as asked, never more, and results in order', async () => {
    for (const concurrency of [1, 2, 5]) {
      const most = await pool.map(
        numbers(30),
        async (x) => {
          const here = globalThis as { inFlight?: number; most?: number };
          here.inFlight = (here.inFlight ?? 0) + 1;
          here.most = x === 0 ? here.inFlight : Math.max(here.most ?? 0, here.inFlight);
          for (let turn = 0; turn < 3 + (x % 4); turn++) await new Promise((resolve) => setImmediate(resolve));
          here.inFlight--;
          return [x, here.most];
        },
        { concurrency, chunkSize: 30 },
      );
      assert.deepEqual(
        most.map(([x]) => x),
        numbers(30),
      );
      assert.equal(Math.max(...most.map(([, seen]) => seen!)), concurrency);
    }
  });

  test('concurrency: without a chunk size, tasks hold enough calls, however long one takes', async () => {
    const results = await pool.map(
      numbers(40),
      async (x) => {
        const here = globalThis as { calls?: number };
        here.calls = (here.calls ?? 0) + 1;
        const now = here.calls;
        await new Promise((resolve) => setTimeout(resolve, 5));
        here.calls--;
        return { x, now };
      },
      { concurrency: 8 },
    );
    assert.deepEqual(
      results.map(({ x }) => x),
      numbers(40),
    );
    const most = Math.max(...results.map(({ now }) => now));
    assert.ok(most > 1 && most <= 8, `${most} in flight`);
  });

  test('cost: the dearest run first, equal ones in the order of the input; index and results are the input’s', async () => {
    const log = subject.path();
    const one = subject.open({ workers: 1 });
    try {
      const costs = [1, 5, 3, 5, 0, 4];
      const results = await one.map(
        costs,
        (cost, index) => {
          note(log, index);
          return cost * 10;
        },
        { cost: (cost) => cost, chunkSize: 1 },
      );
      assert.deepEqual(results, [10, 50, 30, 50, 0, 40]);
      assert.deepEqual(notes(log).map(Number), [1, 3, 5, 2, 0, 4]);
    } finally {
      await one.close();
    }
  });

  test('cost: whatever the chunks, of an async input, streamed in order', async () => {
    const input = async function* (): AsyncGenerator<number> {
      yield* [3, 1, 2, 9, 4];
    };
    for (const chunkSize of [1, 2, undefined]) {
      const got: number[][] = [];
      for await (const row of pool.map(input(), (x, index) => [x, index], { cost: (x) => x, chunkSize })) got.push(row);
      assert.deepEqual(got, [
        [3, 0],
        [1, 1],
        [2, 2],
        [9, 3],
        [4, 4],
      ]);
    }
  });

  test('cost: what it throws, or a cost that is no number, rejects the job and nothing runs', async () => {
    const log = subject.path();
    const run = (): void => note(log, 'ran');
    const bad = (): number => {
      throw new RangeError('no cost');
    };
    await rejects(pool.map([1], run, { cost: bad }), new RangeError('no cost'));
    await rejects(pool.map([1], run, { cost: () => Number.NaN }), TypeError);
    await rejects(pool.map([1], run, { cost: (() => '1') as never }), TypeError);
    assert.deepEqual(notes(log), []);
  });

  test('into: a typed array of the class asked for', async () => {
    const half = await pool.map(numbers(1000), (x) => x / 2, { into: Float64Array });
    assert.deepEqual(
      half,
      Float64Array.from(numbers(1000), (x) => x / 2),
    );
    const bytes = await pool.map(numbers(300).values(), (x) => x, { into: Uint8Array });
    assert.deepEqual(bytes, Uint8Array.from(numbers(300)));
    const big = await pool.map([1n, -1n], (x) => x * 3n, { into: BigInt64Array });
    assert.deepEqual(big, new BigInt64Array([3n, -3n]));
    assert.deepEqual(await pool.map([], (x: number) => x, { into: Float32Array }), new Float32Array(0));
    const unknownLength = await pool.map(numbers(5000).values(), (x) => x, { into: Uint16Array, chunkSize: 7 });
    assert.deepEqual(unknownLength, Uint16Array.from(numbers(5000)));
    const byCost = await pool.map([1, 3, 2], (x) => x, { into: Int8Array, cost: (x) => x });
    assert.deepEqual(byCost, new Int8Array([1, 3, 2]));
  });

  test('into: a result of the wrong kind is refused with its index', async () => {
    const mixed = pool.map([1, 2, 3], (x) => (x === 2 ? ('two' as unknown as number) : x), {
      into: Float64Array,
      chunkSize: 3,
    });
    await rejects(mixed, (error: unknown) => {
      assert.ok(error instanceof ValueError);
      assert.equal(error.index, 1);
      assert.match(error.message, /item 1 .*Float64Array/);
      const { item, index, attempt } = taskOf(error)!;
      assert.deepEqual({ item, index, attempt }, { item: '2', index: 1, attempt: 1 });
      // Where the map was asked for, and nothing of Sheaf's own.
      assert.match(error.stack!.split('\n')[1]!, /options\.[jt]s/, error.stack);
      return true;
    });
    await rejects(
      pool.map([1], (x) => x as unknown as bigint, { into: BigUint64Array }),
      ValueError,
    );
    await rejects(
      pool.map([1n], (x) => x as unknown as number, { into: Int32Array }),
      ValueError,
    );
  });

  test('transfer: what is moved is gone here and whole there', async () => {
    const buffers = numbers(4).map((i) => new Uint8Array(32 * 1024).fill(i + 1).buffer);
    const sums = await pool.map(
      buffers,
      (buffer) => {
        let sum = 0;
        for (const byte of new Uint8Array(buffer)) sum += byte;
        return sum;
      },
      { transfer: (buffer) => [buffer], chunkSize: 2 },
    );
    assert.deepEqual(
      sums,
      numbers(4).map((i) => 32 * 1024 * (i + 1)),
    );
    assert.deepEqual(
      buffers.map((buffer) => buffer.byteLength),
      [0, 0, 0, 0],
    );
  });

  test('transfer: a list', async () => {
    const array = new Float64Array([1, 2, 3]);
    const job = pool.map([array], (numbers) => numbers.reduce((a, b) => a + b), { transfer: [array] });
    assert.deepEqual(await job, [6]);
    assert.equal(array.buffer.byteLength, 0);
  });

  test('transfer: what was moved with an item that failed has not been done, for whoever asks late', async () => {
    const arrays = numbers(3).map((i) => new Float64Array(20_000).fill(i));
    const job = pool.map(
      arrays,
      (array, index) => {
        if (index === 1) throw new RangeError('fails');
        return array[0];
      },
      { transfer: (array) => [array], chunkSize: 3 },
    );
    job.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    const outcomes = await job.settled();
    assert.deepEqual(
      outcomes.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).name)),
      [0, 'RangeError', 'CancelledError'],
    );
  });

  test('without transfer, buffers are copied and stay', async () => {
    const array = new Float64Array(10_000).fill(1);
    assert.deepEqual(await pool.map([array], (numbers) => numbers.fill(7)[9_999]), [7]);
    assert.equal(array.length, 10_000);
    assert.equal(array[9_999], 1);
  });

  test('priority: larger first, within one first come first served', async () => {
    const log = subject.path();
    const gate = subject.path();
    const one = subject.open({ workers: 1 });
    try {
      const first = one.run(async (path: string) => passGate(path), [gate], { label: 'holds the worker' });
      const jobs = [0, 5, -1, 5].map((priority, i) =>
        one.map([i], (item) => note(log, item), { priority, label: `priority ${priority}` }),
      );
      await new Promise((resolve) => setImmediate(resolve));
      openGate(gate);
      await Promise.all([first, ...jobs]);
      assert.deepEqual(notes(log).map(Number), [1, 3, 0, 2]);
    } finally {
      await one.close();
    }
  });

  test('label: names the job in errors; else the function does; else what was called', async () => {
    const failing = (): never => {
      throw new Error('failed');
    };
    const labelOf = async (work: PromiseLike<unknown>): Promise<string | undefined> => {
      try {
        await work;
        return undefined;
      } catch (error) {
        return taskOf(error)?.label;
      }
    };
    assert.equal(await labelOf(pool.map([1], failing, { label: 'parse' })), 'parse');
    assert.equal(await labelOf(pool.map([1], failing)), 'failing');
    assert.equal(
      await labelOf(
        pool.map([1], () => {
          throw new Error('failed');
        }),
      ),
      'map',
    );
    assert.equal(await labelOf(pool.run(failing, [], { label: 'one' })), 'one');
    assert.equal(await labelOf(pool.run(failing)), 'failing');
    assert.equal(
      await labelOf(
        pool.run(() => {
          throw new Error('failed');
        }),
      ),
      'run',
    );
  });

  test('allocation: every policy by name gives the same answer', async () => {
    for (const allocation of ['round-robin', 'least-loaded', 'work-stealing', 'locality'] as const) {
      assert.deepEqual(
        await pool.map(numbers(200), (x) => x + 1, { allocation, chunkSize: 3 }),
        numbers(200).map((x) => x + 1),
      );
      assert.equal(await pool.run((x: number) => x + 1, [1], { allocation }), 2);
    }
  });

  test('allocation: a policy of the user’s places every task', needs(traits.parallel), async () => {
    const shown = new Set<number>();
    let placed = 0;
    const toTheLast: AllocationPolicy = {
      name: 'to the last',
      place: (_task, workers) => {
        placed++;
        for (const worker of workers) shown.add(worker.id);
        return Math.max(...workers.map((worker) => worker.id));
      },
    };
    const own = subject.open({ allocation: toTheLast });
    try {
      const workers = await own.map(numbers(20), () => context().worker, { chunkSize: 1 });
      assert.equal(placed, 20);
      assert.deepEqual(new Set(workers), new Set([Math.max(...shown)]));
      assert.ok(shown.size > 1, 'all workers are there to choose from');
    } finally {
      await own.close();
    }
    const here = await pool.map(numbers(20), () => context().worker, { chunkSize: 1, allocation: toTheLast });
    assert.equal(new Set(here).size, 1);
  });

  test('allocation: a policy that throws or answers nonsense rejects the job with its reason', async () => {
    const broken = (place: AllocationPolicy['place']): AllocationPolicy => ({ name: 'broken', place });
    const throwing = broken(() => {
      throw new Error('no idea');
    });
    await rejects(
      pool.map([1, 2], (x) => x, { allocation: throwing }),
      {
        code: 'ERR_SHEAF_ENGINE',
        message: /place\(\).*broken.*no idea/,
      },
    );
    const nonsense = broken(() => 12_345);
    await rejects(
      pool.run(() => 1, [], { allocation: nonsense }),
      { code: 'ERR_SHEAF_ENGINE', message: /12345/ },
    );
    assert.deepEqual(await pool.map([1, 2], (x) => x), [1, 2], 'the pool goes on');
  });

  test('progress of a job: done, failed, total where it is known', async () => {
    const array = pool.map(numbers(10), (x) => x);
    await array;
    const { done, failed, total, elapsedMs } = array.progress;
    assert.deepEqual({ done, failed, total }, { done: 10, failed: 0, total: 10 });
    assert.ok(elapsedMs >= 0);
    assert.equal(array.progress.elapsedMs, elapsedMs, 'the clock stands still when the job is over');

    const stream = pool.map(numbers(5).values(), (x) => x);
    await stream;
    assert.equal(stream.progress.done, 5);

    const mixed = pool.map(numbers(6), (x) => {
      if (x % 3 === 0) throw new Error('a third');
    });
    await mixed.settled();
    assert.deepEqual([mixed.progress.done, mixed.progress.failed, mixed.progress.total], [4, 2, 6]);
  });

  test('progress of a job that runs', async () => {
    const gate = subject.path();
    const job = pool.map([1, 2], async (x, index) => (index === 1 ? passGate(gate).then(() => x) : x), {
      chunkSize: 1,
    });
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (job.progress.done === 1) resolve();
        else setImmediate(look);
      };
      look();
    });
    openGate(gate);
    assert.deepEqual(await job, [1, 2]);
    assert.equal(job.progress.done, 2);
  });
}
