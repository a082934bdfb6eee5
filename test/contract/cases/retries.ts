import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, type Pool, TimeoutError, taskOf } from 'sheaf';
import { errorOf, numbers, rejects } from '../check.js';
import { note, notes, openGate, passGate, until } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Trying again what has failed. */
export function retryCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('without retries, an item is tried once', async () => {
    const log = subject.path();
    await rejects(
      pool.map([1], () => {
        note(log, context().attempt);
        throw new Error('once');
      }),
      new Error('once'),
    );
    assert.deepEqual(notes(log), ['1']);
  });

  test('what is tried again may be in flight together, as at first', async () => {
    const one = subject.open({ workers: 1 });
    try {
      const fn = async (x: number) => {
        const { attempt } = context();
        const at = globalThis as unknown as { inFlightAgain?: number };
        if (attempt === 1 && x % 2 === 0) throw new Error('not yet');
        if (attempt === 1) return [x, attempt, 0];
        at.inFlightAgain = (at.inFlightAgain ?? 0) + 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return [x, attempt, at.inFlightAgain--];
      };
      const results = await one.map(numbers(64), fn, { retries: 1, concurrency: 8, chunkSize: 64 });
      assert.deepEqual(
        results.map(([x, attempt]) => [x, attempt]),
        numbers(64).map((x) => [x, x % 2 === 0 ? 2 : 1]),
      );
      assert.equal(Math.max(...results.map(([, , together]) => together!)), 8);
    } finally {
      await one.close();
    }
  });

  test('what is done is told of while others are in flight, also behind what has failed', async () => {
    const gate = subject.path();
    const fn = async (x: number) => {
      if (x === 0) throw new Error('never');
      if (x === 3) await passGate(gate);
      return x;
    };
    const job = pool.map(numbers(4), fn, { concurrency: 2, chunkSize: 4 });
    const outcomes = job.settled();
    await until(() => job.progress.done === 2 && job.progress.failed === 1, 'news of three items');
    openGate(gate);
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
  });

  test('a number: so many more tries, attempts counted from 1', async () => {
    const log = subject.path();
    const error = await errorOf(
      pool.map(
        [1],
        () => {
          note(log, context().attempt);
          throw new Error(`attempt ${context().attempt}`);
        },
        { retries: 3 },
      ),
    );
    assert.equal((error as Error).message, 'attempt 4');
    assert.equal(taskOf(error)?.attempt, 4);
    assert.deepEqual(notes(log), ['1', '2', '3', '4']);
  });

  test('an item that succeeds at a later try has a result like any other', async () => {
    for (const chunkSize of [1, 4, 10]) {
      const log = subject.path();
      const results = await pool.map(
        numbers(10),
        (x) => {
          note(log, x);
          if (x % 3 === 0 && context().attempt < 3) throw new Error('not yet');
          return [x, context().attempt];
        },
        { retries: 2, chunkSize },
      );
      assert.deepEqual(
        results,
        numbers(10).map((x) => [x, x % 3 === 0 ? 3 : 1]),
      );
      assert.equal(notes(log).length, 10 + 2 * 4, 'neighbours in a chunk are not run again');
    }
  });

  test('a stream keeps its order', async () => {
    const got: number[] = [];
    const job = pool.map(
      numbers(100),
      (x) => {
        if (x % 10 === 0 && context().attempt === 1) throw new Error('not yet');
        return x;
      },
      { retries: 1, chunkSize: 7 },
    );
    for await (const result of job) got.push(result);
    assert.deepEqual(got, numbers(100));
  });

  test('settled() and retries', async () => {
    const outcomes = await pool
      .map(
        numbers(6),
        (x) => {
          if (x === 2 || (x === 4 && context().attempt === 1)) throw new RangeError(`${x}`);
          return x;
        },
        { retries: 1, chunkSize: 3 },
      )
      .settled();
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
  });

  test('when: asked with the error and the attempt; false is final', async () => {
    const asked: [string, number][] = [];
    const error = await errorOf(
      pool.map(
        [1],
        () => {
          throw new RangeError(`attempt ${context().attempt}`);
        },
        {
          retries: {
            times: 10,
            when: (error, attempt) => {
              assert.ok(error instanceof RangeError);
              asked.push([error.message, attempt]);
              return attempt < 2;
            },
          },
        },
      ),
    );
    assert.equal((error as Error).message, 'attempt 2');
    assert.deepEqual(asked, [
      ['attempt 1', 1],
      ['attempt 2', 2],
    ]);
  });

  test('when: what it throws rejects the job', async () => {
    const work = pool.map(
      [1],
      () => {
        throw new Error('of the function');
      },
      {
        retries: {
          times: 1,
          when: () => {
            throw new SyntaxError('of the predicate');
          },
        },
      },
    );
    await rejects(work, new SyntaxError('of the predicate'));
  });

  test('delayMs: waits before a try, twice as long before the next; the others go on meanwhile', async () => {
    const log = subject.path();
    // Of the driver's timers, those of the delays: they are over when the test says so.
    const [first, second] = [3_601_000, 7_202_000];
    const timers = new Map<number, () => void>();
    const original = globalThis.setTimeout;
    const held = (callback: () => void, ms?: number, ...args: unknown[]): unknown => {
      const timer = original(callback, ms, ...(args as []));
      if (ms === first || ms === second)
        timers.set(ms, () => {
          clearTimeout(timer);
          callback();
        });
      return timer;
    };
    globalThis.setTimeout = Object.assign(held, original) as typeof setTimeout;
    try {
      const job = pool.map(
        [0, 1, 2],
        (x) => {
          note(log, x);
          if (x === 0 && context().attempt < 3) throw new Error('not yet');
          return x;
        },
        { retries: { times: 2, delayMs: 3_601_000 }, chunkSize: 1 },
      );
      const results = job.settled();
      await until(() => timers.has(first) && notes(log).length === 3, 'the others to have run, and nothing again');
      assert.ok(!timers.has(second));
      timers.get(first)!();
      await until(() => timers.has(second), 'the second delay');
      assert.deepEqual(notes(log).slice(3), ['0']);
      timers.get(second)!();
      assert.deepEqual(
        (await results).map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'fulfilled'],
      );
      assert.deepEqual(notes(log).slice(3), ['0', '0']);
    } finally {
      globalThis.setTimeout = original;
    }
  });

  test('a delay that the job does not live to see is dropped', async () => {
    const job = pool.map(
      [1],
      () => {
        throw new Error('not yet');
      },
      { retries: { times: 1, delayMs: 3_600_000 } },
    );
    const fast = pool.map([1], () => 'done');
    assert.deepEqual(await fast, ['done']);
    job.cancel();
    await rejects(job, { name: 'CancelledError' });
  });

  test('what may be tried again is copied, whatever transfer says', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const job = pool.map(
      [bytes],
      (given) => {
        if (context().attempt === 1) throw new Error('not yet');
        return given.length;
      },
      { retries: 1, transfer: [bytes] },
    );
    assert.deepEqual(await job, [3]);
  });

  test('a time-out is a failure that retries count', needs(traits.parallel), async () => {
    const error = await errorOf(
      pool.map(
        [1],
        async () => {
          await new Promise((_, reject) =>
            context().signal.addEventListener('abort', () => reject(context().signal.reason)),
          );
        },
        { retries: 1, timeoutMs: 30 },
      ),
    );
    assert.ok(error instanceof TimeoutError);
    assert.equal(taskOf(error)?.attempt, 2);
  });

  test('what cannot be encoded is not tried again', async () => {
    let asked = 0;
    const work = pool.map([() => 1], () => 1, {
      retries: {
        times: 5,
        when: () => {
          asked++;
          return true;
        },
      },
    });
    await rejects(work, { code: 'ERR_SHEAF_VALUE' });
    assert.equal(asked, 0);
  });
}
