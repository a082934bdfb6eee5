import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, type Pool, TimeoutError, taskOf } from 'sheaf';
import { errorOf, numbers } from '../check.js';
import { isOpen, note, notes, openGate, passGate, until } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Bounds that no item is past; that only a hanging item is past, on a machine however busy; that are there to be met. */
const never = 60_000;
const bound = 1000;
const soon = 50;

/** Bounds on the time of an item. */
export function timeoutCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('an item within its bound is not touched', async () => {
    assert.deepEqual(await pool.map(numbers(50), (x) => x, { timeoutMs: never }), numbers(50));
    assert.deepEqual(await pool.map(numbers(50), async (x) => x, { timeoutMs: never, chunkSize: 10 }), numbers(50));
    assert.equal(await pool.run(() => 1, [], { timeoutMs: never }), 1);
  });

  test('items that share a task with a late one run again, though their memory was to be moved', async () => {
    for (const concurrency of [1, 2]) {
      const items = numbers(4).map((i) => new Float64Array(20_000).fill(i));
      const outcomes = await pool
        .map(
          items,
          async (array, index) => {
            if (index === 1) await passGate('never', context().signal);
            return array[0];
          },
          { timeoutMs: bound, chunkSize: 4, concurrency, transfer: (array) => [array] },
        )
        .settled();
      assert.deepEqual(
        outcomes.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).name)),
        [0, 'TimeoutError', 2, 3],
      );
    }
  });

  test('one item past its bound fails alone, the others are done', async () => {
    for (const chunkSize of [undefined, 4]) {
      const gate = subject.path();
      const job = pool.map(
        numbers(8),
        async (x) => {
          if (x === 3) await passGate(gate, context().signal);
          return x;
        },
        { timeoutMs: bound, chunkSize, label: 'bounded' },
      );
      const outcomes = await job.settled();
      openGate(gate);
      for (const [i, one] of outcomes.entries()) {
        if (i !== 3) {
          assert.deepEqual(one, { status: 'fulfilled', value: i });
          continue;
        }
        assert.equal(one.status, 'rejected');
        const error: unknown = one.reason;
        assert.ok(error instanceof TimeoutError);
        assert.equal(error.code, 'ERR_SHEAF_TIMEOUT');
        assert.equal(error.timeoutMs, bound);
        assert.match(error.message, /Item 3 of bounded.*1000 ms/);
        const { worker, ...rest } = taskOf(error)!;
        assert.deepEqual(rest, { label: 'bounded', index: 3, item: '3', attempt: 1 });
        assert.ok(worker >= 0);
      }
    }
  });

  test('of several calls in flight, the one that is late ends alone', async () => {
    const began = subject.path();
    const late = subject.path();
    const hurt = subject.path();
    const one = subject.open({ workers: 1 });
    try {
      const fn = async (x: number) => {
        const { signal, attempt } = context();
        note(began, String(x));
        if (x !== 0) signal.addEventListener('abort', () => note(hurt, String(x)));
        else if (attempt === 1) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          note(late, signal.reason.name);
        }
        if (notes(late).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        return x;
      };
      const job = one.map(numbers(400), fn, { timeoutMs: bound, concurrency: 2, chunkSize: 400, retries: 1 });
      assert.deepEqual(await job, numbers(400));
      assert.deepEqual(notes(late), ['TimeoutError']);
      assert.deepEqual(notes(hurt), []);
      // The late one has begun twice, all others once.
      const times = notes(began).map(Number);
      assert.deepEqual(
        times.sort((a, b) => a - b),
        [0, ...numbers(400)],
      );
    } finally {
      await one.close();
    }
  });

  test('calls that answer at once are timed one by one, however many may be in flight', async () => {
    const busy = (x: number) => {
      for (const end = performance.now() + 20; performance.now() < end; );
      return x;
    };
    const job = pool.map(numbers(60), busy, { timeoutMs: bound, concurrency: 4, chunkSize: 60 });
    assert.deepEqual(await job, numbers(60));
  });

  test('the function sees its signal aborted, with a TimeoutError as the reason; it keeps its worker', async () => {
    const seen = subject.path();
    const one = subject.open({ workers: 1 });
    try {
      const before = await one.run(() => context().worker);
      const error = await errorOf(
        one.run(
          async (seen: string) => {
            const { signal } = context();
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
            note(seen, `${signal.aborted} ${signal.reason.name}`);
            return 'not used';
          },
          [seen],
          { timeoutMs: soon },
        ),
      );
      assert.ok(error instanceof TimeoutError);
      await until(() => notes(seen).length > 0, 'the signal');
      assert.deepEqual(notes(seen), ['true TimeoutError']);
      assert.equal(await one.run(() => context().worker), before);
    } finally {
      await one.close();
    }
  });

  test('time is counted from when an item starts, not while it is queued', async () => {
    const gate = subject.path();
    const one = subject.open({ workers: 1 });
    try {
      const busy = one.run(async (path: string) => passGate(path), [gate]);
      const waiting = one.map([1, 2], (x) => x, { timeoutMs: bound });
      await new Promise((resolve) => setTimeout(resolve, bound * 1.2));
      assert.equal(waiting.progress.failed, 0);
      openGate(gate);
      await busy;
      assert.deepEqual(await waiting, [1, 2]);
    } finally {
      await one.close();
    }
  });

  test('each item of a chunk has the whole bound', async () => {
    const results = await pool.map(
      numbers(4),
      async (x) => {
        await new Promise((resolve) => setTimeout(resolve, bound * 0.3));
        return x;
      },
      { timeoutMs: bound, chunkSize: 4 },
    );
    assert.deepEqual(results, numbers(4));
  });

  test(
    'an item that was done in time is done, however late the driver is to hear of it',
    needs(traits.parallel),
    async () => {
      const [begun, ended] = [subject.path(), subject.path()];
      const job = pool.map(
        [1],
        async () => {
          openGate(begun);
          await new Promise((resolve) => setTimeout(resolve, 300));
          openGate(ended);
          return 'in time';
        },
        { timeoutMs: 1000 },
      );
      await passGate(begun);
      // Time for the driver to hear that it has begun, less than the worker needs to end. Timers come next after an immediate.
      await new Promise((resolve) => setTimeout(resolve, 10));
      await new Promise((resolve) => setImmediate(resolve));
      const end = Date.now() + 1700;
      while (Date.now() < end);
      assert.ok(isOpen(ended));
      assert.deepEqual(await job, ['in time']);
    },
  );

  test('with calls in flight at once, the one past its bound is found', async () => {
    const gate = subject.path();
    const outcomes = await pool
      .map(
        numbers(6),
        async (x) => {
          if (x === 4) await passGate(gate, context().signal);
          return x;
        },
        { timeoutMs: bound, concurrency: 3, chunkSize: 6 },
      )
      .settled();
    openGate(gate);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      numbers(6).map((x) => (x === 4 ? 'rejected' : 'fulfilled')),
    );
    assert.ok((outcomes[4] as PromiseRejectedResult).reason instanceof TimeoutError);
  });

  test(
    'an async function that does not heed its signal: its worker is replaced after the grace',
    needs(traits.losesWorkers),
    async () => {
      const [gate, begun] = [subject.path(), subject.path()];
      const quick = subject.open({ workers: 1, graceMs: 100 });
      try {
        const first = await quick.run(() => context().worker);
        const outcomes = await quick
          .map(
            [0, 1],
            async (x) => {
              if (x === 0) {
                openGate(begun);
                await passGate(gate);
              }
              return context().worker;
            },
            { timeoutMs: bound },
          )
          .settled();
        assert.ok(isOpen(begun));
        assert.ok((outcomes[0] as PromiseRejectedResult).reason instanceof TimeoutError);
        const other = outcomes[1] as PromiseFulfilledResult<number>;
        assert.equal(other.status, 'fulfilled');
        assert.notEqual(other.value, first);
      } finally {
        openGate(gate);
        await quick.close();
      }
    },
  );

  test(
    'a loop without end: its worker is replaced, and what else was on it is run elsewhere, uncharged',
    needs(traits.interruptsLoops),
    async () => {
      const quick = subject.open({ workers: 1, graceMs: 100 });
      try {
        const outcomes = await quick
          .map(
            numbers(12),
            (x) => {
              if (x === 5) for (;;);
              return [x, context().attempt];
            },
            { timeoutMs: bound, chunkSize: 4 },
          )
          .settled();
        for (const [i, one] of outcomes.entries()) {
          if (i === 5) assert.ok((one as PromiseRejectedResult).reason instanceof TimeoutError);
          else assert.deepEqual(one, { status: 'fulfilled', value: [i, 1] });
        }
      } finally {
        await quick.close();
      }
    },
  );

  test(
    'a loop that polls its signal stops by itself and keeps its worker',
    needs(traits.interruptsLoops, traits.sharesMemory),
    async () => {
      const log = subject.path();
      const one = subject.open({ workers: 1 });
      try {
        const worker = await one.run(() => context().worker);
        const error = await errorOf(
          one.run(
            (log: string) => {
              const { signal } = context();
              while (!signal.aborted);
              note(log, signal.reason.name);
            },
            [log],
            { timeoutMs: soon },
          ),
        );
        assert.ok(error instanceof TimeoutError);
        await until(() => notes(log).length > 0, 'the signal');
        assert.equal(await one.run(() => context().worker), worker);
      } finally {
        await one.close();
      }
    },
  );
}
