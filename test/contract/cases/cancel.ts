import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CancelledError, context, type Pool } from 'sheaf';
import { errorOf, numbers, rejects } from '../check.js';
import { blockUntilOpen, isOpen, note, notes, openGate, passGate, until } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Ending work before it is done: by signal, by a failure, by leaving. */
export function cancelCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('a signal aborted before: nothing runs, nothing is read', async () => {
    const log = subject.path();
    let read = 0;
    const input = function* (): Generator<number> {
      yield read++;
    };
    const error = await errorOf(pool.map(input(), () => note(log, 'ran'), { signal: AbortSignal.abort('early') }));
    assert.ok(error instanceof CancelledError);
    assert.equal(error.cause, 'early');
    assert.equal(read, 0);
    assert.deepEqual(notes(log), []);
  });

  test('a signal aborted in the turn of the call', async () => {
    const controller = new AbortController();
    const log = subject.path();
    const job = pool.map([1], () => note(log, 'ran'), { signal: controller.signal });
    controller.abort('at once');
    await rejects(job, { name: 'CancelledError', cause: 'at once' });
    await pool.map([1], (x) => x);
    assert.deepEqual(notes(log), []);
  });

  test('a signal aborted while it runs: what runs is told, what waits never runs', async () => {
    const [begun, told, log] = [subject.path(), subject.path(), subject.path()];
    const controller = new AbortController();
    const one = subject.open({ workers: 1 });
    try {
      const job = one.map(
        numbers(50),
        async (x) => {
          note(log, x);
          openGate(begun);
          const { signal } = context();
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          note(told, `${signal.reason.name}`);
        },
        { chunkSize: 1, signal: controller.signal },
      );
      await passGate(begun);
      const reason = new Error('enough');
      controller.abort(reason);
      const error = await errorOf(job);
      assert.ok(error instanceof CancelledError);
      assert.equal(error.cause, reason);
      await until(() => notes(told).length > 0, 'the signal to arrive');
      assert.deepEqual(notes(told), ['AbortError']);
      await one.map([1], (x) => x);
      assert.deepEqual(notes(log), ['0']);
    } finally {
      await one.close();
    }
  });

  test('what runs is told, and the items behind it in its chunk never begin', async () => {
    const [begun, log] = [subject.path(), subject.path()];
    const one = subject.open({ workers: 1 });
    try {
      const job = one.map(
        numbers(5),
        async (x) => {
          note(log, x);
          openGate(begun);
          const { signal } = context();
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        },
        { chunkSize: 5 },
      );
      const outcome = errorOf(job);
      await passGate(begun);
      job.cancel('enough');
      assert.ok((await outcome) instanceof CancelledError);
      assert.equal(await one.run((x: number) => x, [1]), 1, 'its worker is free');
      assert.deepEqual(notes(log), ['0']);
    } finally {
      await one.close();
    }
  });

  test('a signal aborted after: no effect', async () => {
    const controller = new AbortController();
    const job = pool.map([1], (x) => x, { signal: controller.signal });
    assert.deepEqual(await job, [1]);
    controller.abort();
    assert.deepEqual(await job, [1]);
  });

  test('AbortSignal.timeout and AbortSignal.any are signals', async () => {
    const gate = subject.path();
    const signal = AbortSignal.any([AbortSignal.timeout(30)]);
    const error = await errorOf(pool.map([1], async () => passGate(gate, context().signal), { signal }));
    assert.ok(error instanceof CancelledError);
    assert.equal((error.cause as Error).name, 'TimeoutError');
    openGate(gate);
  });

  test('one signal for many jobs', async () => {
    const controller = new AbortController();
    const gate = subject.path();
    const jobs = numbers(20).map(() =>
      pool.map([1, 2], async () => passGate(gate, context().signal), { signal: controller.signal }),
    );
    const outcomes = Promise.allSettled(jobs);
    await Promise.resolve();
    controller.abort('all');
    for (const one of await outcomes) assert.equal((one as PromiseRejectedResult).reason.cause, 'all');
    assert.deepEqual(await pool.map([1], (x) => x), [1]);
  });

  test(
    'the first failure cancels what waits, interrupts what runs, and waits for neither',
    needs(traits.parallel),
    async () => {
      const [begun, told, gate, log] = [subject.path(), subject.path(), subject.path(), subject.path()];
      const job = pool.map(
        numbers(100),
        async (x) => {
          note(log, x);
          if (x === 0) {
            await passGate(begun);
            throw new RangeError('first');
          }
          openGate(begun);
          const { signal } = context();
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          openGate(told);
          await passGate(gate);
        },
        { chunkSize: 1 },
      );
      await rejects(job, new RangeError('first'));
      await passGate(told);
      openGate(gate);
      await pool.map(numbers(4), (x) => x, { chunkSize: 1 });
      assert.deepEqual(notes(log).map(Number).sort(), [0, 1]);
    },
  );

  test('the first failure does not wait for calls in flight beside it', async () => {
    const gate = subject.path();
    const job = pool.map(
      [0, 1, 2],
      async (x) => {
        if (x === 1) throw new RangeError('beside');
        await passGate(gate, context().signal);
      },
      { chunkSize: 3, concurrency: 3 },
    );
    await rejects(job, new RangeError('beside'));
    openGate(gate);
    assert.deepEqual(await pool.map([1], (x) => x), [1]);
  });

  test('within a chunk, what comes after the failing item does not run', async () => {
    const log = subject.path();
    const job = pool.map(
      numbers(10),
      (x) => {
        note(log, x);
        if (x === 3) throw new Error('three');
      },
      { chunkSize: 10 },
    );
    await rejects(job, new Error('three'));
    assert.deepEqual(notes(log).map(Number), [0, 1, 2, 3]);
  });

  test('after a failure, no more of the input is read, and it is closed', async () => {
    let returned = 0;
    let read = 0;
    const input = function* (): Generator<number> {
      try {
        for (;;) yield read++;
      } finally {
        returned++;
      }
    };
    await rejects(
      pool.map(input(), (x) => {
        if (x === 20) throw new Error('twenty');
      }),
      new Error('twenty'),
    );
    const atFailure = read;
    await pool.map([1], (x) => x);
    assert.deepEqual([read, returned], [atFailure, 1]);
  });

  test('leaving a loop interrupts what runs', async () => {
    const [begun, told] = [subject.path(), subject.path()];
    const job = pool.map(
      numbers(100),
      async (x) => {
        if (x === 0) return 0;
        openGate(begun);
        const { signal } = context();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        openGate(told);
        return x;
      },
      { chunkSize: 1 },
    );
    for await (const _ of job) {
      await passGate(begun);
      break;
    }
    await passGate(told);
    assert.deepEqual(await pool.map([1], (x) => x), [1]);
  });

  test('a worker that heeds its signal is kept', async () => {
    const one = subject.open({ workers: 1 });
    try {
      const begun = subject.path();
      const worker = await one.run(() => context().worker);
      const job = one.map([1], async () => {
        openGate(begun);
        await new Promise<void>((resolve) => context().signal.addEventListener('abort', () => resolve()));
      });
      await passGate(begun);
      job.cancel();
      await rejects(job, CancelledError);
      assert.equal(await one.run(() => context().worker), worker);
    } finally {
      await one.close();
    }
  });

  test(
    'a worker that does not stop is replaced after the grace; nothing else on it is lost',
    needs(traits.interruptsLoops),
    async () => {
      const begun = subject.path();
      const quick = subject.open({ workers: 1, graceMs: 100 });
      try {
        const worker = await quick.run(() => context().worker);
        const loop = quick.map([begun], (path) => {
          openGate(path);
          for (;;);
        });
        const rest = quick.map(numbers(20), (x) => [x, context().attempt, context().worker], { chunkSize: 3 });
        await passGate(begun);
        loop.cancel('it loops');
        await rejects(loop, { name: 'CancelledError', cause: 'it loops' });
        const results = await rest;
        assert.deepEqual(
          results.map(([x, attempt]) => [x, attempt]),
          numbers(20).map((x) => [x, 1]),
        );
        assert.ok(results.every(([, , on]) => on !== worker));
      } finally {
        await quick.close();
      }
    },
  );

  test('a worker that blocks but ends within the grace is kept', needs(traits.parallel), async () => {
    const [begun, gate] = [subject.path(), subject.path()];
    const patient = subject.open({ workers: 1, graceMs: 60_000 });
    try {
      const worker = await patient.run(() => context().worker);
      const job = patient.map([1], () => {
        openGate(begun);
        blockUntilOpen(gate);
      });
      await passGate(begun);
      job.cancel();
      await rejects(job, CancelledError);
      const next = patient.run(() => context().worker);
      openGate(gate);
      assert.equal(await next, worker);
      assert.ok(isOpen(gate));
    } finally {
      await patient.close();
    }
  });
}
