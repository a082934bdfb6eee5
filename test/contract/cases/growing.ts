import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, type Pool, taskOf, type ValueError } from 'sheaf';
import { numbers, rejects } from '../check.js';
import { isOpen, note, notes, openGate, passGate, until } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Maps with several calls in flight, whose tasks get more rows while they run. */
export function growingCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  let one: Pool;
  before(() => {
    pool = subject.open();
    one = subject.open({ workers: 1 });
  });
  after(() => Promise.all([pool.close(), one.close()]));

  /** Waits for nothing, for a promise, for a turn of the event loop, or for some ms, as the number says. */
  const waitSome = async (x: number): Promise<void> => {
    const kind = (x * 7919) % 11;
    if (kind < 3) return;
    if (kind < 5) await undefined;
    else if (kind < 9) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise((resolve) => setTimeout(resolve, kind % 4));
  };

  test('one that waits holds up none but its own place', async () => {
    const gate = subject.path();
    const log = subject.path();
    const job = one.map(
      numbers(300),
      async (x) => {
        if (x === 0) await passGate(gate);
        else await new Promise((resolve) => setImmediate(resolve));
        note(log, x);
        if (x === 299) openGate(gate);
        return x;
      },
      { concurrency: 2 },
    );
    assert.deepEqual(await job, numbers(300));
    const order = notes(log).map(Number);
    assert.deepEqual(order.slice(0, -1), numbers(300).slice(1));
  });

  test('no more are in flight than may be, and each is called once with its index', async () => {
    const results = await one.map(
      numbers(2000).map((x) => x * 3),
      async (x, index) => {
        const seen = globalThis as { flying?: number; most?: number };
        seen.flying = (seen.flying ?? 0) + 1;
        seen.most = Math.max(seen.most ?? 0, seen.flying);
        await waitSome(index);
        seen.flying--;
        return [x, index, seen.most];
      },
      { concurrency: 7 },
    );
    assert.deepEqual(
      results.map(([x, index]) => [x, index]),
      numbers(2000).map((i) => [i * 3, i]),
    );
    assert.ok(results.every(([, , most]) => most! <= 7));
    assert.equal(results.at(-1)![2], 7);
  });

  test('whatever gives the items, in whatever order they run', async () => {
    const log = subject.path();
    const fn = async (x: number, index: number): Promise<number[]> => {
      await waitSome(x);
      note(log, x);
      return [x, index];
    };
    async function* late(): AsyncGenerator<number> {
      for (const x of numbers(300)) {
        if (x % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
        yield x;
      }
    }
    const inputs = [numbers(300), new Set(numbers(300)).values(), late(), Float64Array.from(numbers(300))];
    const want = numbers(300).map((x) => [x, x]);
    for (const items of inputs) assert.deepEqual(await pool.map(items, fn, { concurrency: 5 }), want);
    assert.deepEqual(await pool.map(numbers(300), fn, { concurrency: 5, cost: (x) => (x * 31) % 300 }), want);
    const streamed: number[][] = [];
    for await (const result of pool.map(late(), fn, { concurrency: 5 })) streamed.push(result);
    assert.deepEqual(streamed, want);
    const counts = new Map<number, number>();
    for (const x of notes(log)) counts.set(Number(x), (counts.get(Number(x)) ?? 0) + 1);
    assert.ok(numbers(300).every((x) => counts.get(x) === 6));
  });

  test('errors and retries are those of their items', async () => {
    const fn = async (x: number, index: number): Promise<number[]> => {
      await waitSome(x);
      if (x % 41 === 3 && context().attempt < 3) throw new RangeError(`item ${x} at ${index}`);
      if (x % 41 === 7) throw new TypeError(`never ${x}`);
      return [x, context().attempt];
    };
    const options = { concurrency: 6, retries: 2, label: 'growing' };
    const outcomes = await pool.map(numbers(400), fn, options).settled();
    for (const [x, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') {
        assert.deepEqual(outcome.value, [x, x % 41 === 3 ? 3 : 1]);
        continue;
      }
      assert.deepEqual(outcome.reason, new TypeError(`never ${x}`));
      const { worker, ...rest } = taskOf(outcome.reason)!;
      assert.deepEqual(rest, { label: 'growing', index: x, item: String(x), attempt: 3 });
    }
    const failed = outcomes.filter(({ status }) => status === 'rejected').length;
    assert.equal(failed, numbers(400).filter((x) => x % 41 === 7).length);
    await rejects(pool.map(numbers(400), fn, { concurrency: 6 }), (error: unknown) => {
      const { index } = taskOf(error)!;
      assert.ok(index % 41 === 3 || index % 41 === 7);
      return true;
    });
  });

  test('an item that is late ends alone, and is tried again', async () => {
    const fn = async (x: number): Promise<number> => {
      await waitSome(x);
      if (x % 97 === 90 && context().attempt === 1) {
        await new Promise((_, reject) => context().signal.addEventListener('abort', reject));
      }
      return x;
    };
    // Others may be late, too, where the machine is busy.
    const job = pool.map(numbers(400), fn, { concurrency: 6, retries: 50, timeoutMs: 100 });
    assert.deepEqual(await job, numbers(400));
  });

  test('what cannot travel is refused under its index', async () => {
    const items: unknown[] = numbers(300);
    items[250] = () => 0;
    const fn = async (x: unknown): Promise<unknown> => {
      await new Promise((resolve) => setImmediate(resolve));
      return x;
    };
    const job = pool.map(items, fn, { concurrency: 3 });
    const outcomes = await job.settled();
    assert.deepEqual(
      outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : [])),
      [250],
    );
    assert.match(String((outcomes[250] as PromiseRejectedResult).reason), /item 250|Item 250/);
  });

  test('what the input throws fails the job, and what it does disturbs nothing', async () => {
    const fn = async (x: number): Promise<number> => {
      await new Promise((resolve) => setImmediate(resolve));
      return x;
    };
    function* failing(): Generator<number> {
      yield* numbers(300);
      throw new RangeError('no more');
    }
    await rejects(pool.map(failing(), fn, { concurrency: 3 }), /^RangeError: no more$/);
    await rejects(pool.map(failing(), fn, { concurrency: 3 }).settled(), /^RangeError: no more$/);
    const seen: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const x of pool.map(failing(), fn, { concurrency: 3 })) seen.push(x);
    };
    await rejects(reading(), /^RangeError: no more$/);
    assert.deepEqual(seen, numbers(300));
    // It reads the results of its own job.
    let results: AsyncIterator<number> | undefined;
    const asked: Promise<IteratorResult<number>>[] = [];
    function* curious(): Generator<number> {
      for (const x of numbers(300)) {
        if (x % 40 === 39) asked.push(results!.next());
        yield x;
      }
    }
    results = pool.map(curious(), fn, { concurrency: 3 })[Symbol.asyncIterator]();
    const rest: number[] = [];
    for (let next = await results.next(); next.done !== true; next = await results.next()) rest.push(next.value);
    const all = [...rest, ...(await Promise.all(asked)).map(({ value }) => value as number)];
    assert.deepEqual(
      all.sort((a, b) => a - b),
      numbers(300),
    );
  });

  test('what cannot be a result is told under its index', async () => {
    const fn = async (x: number): Promise<unknown> => {
      await new Promise((resolve) => setImmediate(resolve));
      return x % 100 === 77 ? () => x : x;
    };
    for (const options of [{ concurrency: 3 }, { concurrency: 3, cost: (x: number) => (x * 31) % 700 }]) {
      const outcomes = await pool.map(numbers(700), fn, options).settled();
      for (const [x, outcome] of outcomes.entries()) {
        if (outcome.status === 'fulfilled') {
          assert.equal(outcome.value, x);
          continue;
        }
        assert.equal(taskOf(outcome.reason)?.index, x);
        assert.equal((outcome.reason as ValueError).index, x);
        assert.match(String(outcome.reason), new RegExp(`The result of item ${x} cannot be sent`));
      }
      assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 7);
    }
  });

  // It is tried once more than it says: at first, nobody knows which of those in flight it was.
  test('a worker that is lost costs no result, and no other item a try', needs(traits.losesWorkers), async () => {
    const outcomes = await pool
      .map(
        numbers(200),
        async (x) => {
          await new Promise((resolve) => setImmediate(resolve));
          if (x === 150 && context().attempt === 1) process.exit(3);
          return [x, context().attempt];
        },
        { concurrency: 4 },
      )
      .settled();
    for (const [x, outcome] of outcomes.entries())
      assert.deepEqual(outcome, { status: 'fulfilled', value: [x, x === 150 ? 3 : 1] });
  });

  test('other jobs get their turn', async () => {
    const gate = subject.path();
    const long = one.map(
      numbers(600),
      async (x) => {
        if (x === 599) await passGate(gate);
        else await new Promise((resolve) => setTimeout(resolve, 2)); // longer than a message
        return x;
      },
      { concurrency: 4 },
    );
    const fn = async (x: number): Promise<number> => x + 1;
    assert.deepEqual(await one.map(numbers(50), fn, { concurrency: 4 }), numbers(51).slice(1));
    assert.equal(await one.run(fn, [1]), 2);
    assert.equal(isOpen(gate), false);
    openGate(gate);
    assert.deepEqual(await long, numbers(600));
  });

  test('a job of a larger priority has its items run first, however it was asked to wait', async () => {
    const log = subject.path();
    const fn = async (x: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 2)); // longer than a message
      note(log, x);
    };
    const first = one.map(numbers(300), fn, { concurrency: 2, priority: 1 });
    await until(() => notes(log).length > 0, 'the first item');
    const last = one.map([-1], fn, { concurrency: 2 });
    await Promise.all([first, last]);
    assert.deepEqual(notes(log).length, 301);
    assert.equal(notes(log).at(-1), '-1');
  });

  test('what was asked for in vain is given when there is some', async () => {
    const gate = subject.path();
    const log = subject.path();
    async function* late(): AsyncGenerator<number> {
      for (const x of numbers(60)) {
        await new Promise((resolve) => setImmediate(resolve));
        yield x;
      }
    }
    const wait = async (x: number): Promise<number> => {
      if (x === 0) await passGate(gate);
      else await new Promise((resolve) => setTimeout(resolve, 1));
      note(log, x);
      if (x === 59) openGate(gate);
      return x;
    };
    assert.deepEqual(await one.map(late(), wait, { concurrency: 4 }), numbers(60));
    assert.equal(notes(log).at(-1), '0');
  });

  test('a stream does not run far ahead of an item that takes its time, nor of its reader', async () => {
    const gate = subject.path();
    let given = 0;
    function* endless(): Generator<number> {
      for (;;) yield given++;
    }
    const wait = async (x: number): Promise<number> => {
      if (x === 0) await passGate(gate);
      await new Promise((resolve) => setImmediate(resolve));
      return x;
    };
    const seen: number[] = [];
    const job = one.map(endless(), wait, { concurrency: 4 });
    let before = -1;
    const isStill = async (): Promise<boolean> => {
      const now = given;
      // As long as something moves, some call is under way.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const still = now === before && now === given;
      before = given;
      return still;
    };
    const reader = (async () => {
      for await (const x of job) if (seen.push(x) === 500) break;
    })();
    while (!(await isStill()));
    assert.ok(given < 5000, `${given} were read`);
    openGate(gate);
    await reader;
    assert.deepEqual(seen, numbers(500));
  });
}
