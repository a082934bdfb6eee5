import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context, taskOf, WorkerLostError } from 'sheaf';
import { errorOf, numbers, rejects } from '../check.js';
import { hush, note, notes, openGate, passGate } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Groups of consecutive equal values. */
function runsOf(values: readonly number[]): number[] {
  const runs: number[] = [];
  for (const [i, value] of values.entries()) {
    if (i > 0 && values[i - 1] === value) runs[runs.length - 1]!++;
    else runs.push(1);
  }
  return runs;
}

/** What happens to workers as such: setup, renewal, limits. */
export function workerCases(subject: Subject): void {
  const { traits } = subject;
  const driver = process.pid;

  test('setup runs once in each worker, before anything else there, and its result reaches the function', async () => {
    const log = subject.path();
    const pool = subject.open({
      setup: () => {
        note(log, 'setup');
        return { opened: Math.random() };
      },
    });
    try {
      assert.deepEqual(notes(log), [], 'not before there is work');
      const seen = await pool.map(
        numbers(200),
        () => {
          const { worker, setup } = context<{ opened: number }>();
          return [worker, setup.opened];
        },
        { chunkSize: 1 },
      );
      const ofWorker = new Map<number, number>();
      for (const [worker, opened] of seen) {
        assert.equal(ofWorker.get(worker!) ?? opened, opened);
        ofWorker.set(worker!, opened!);
      }
      const calls = await Promise.all(
        numbers(20).map(() => pool.run(() => context<{ opened: number }>().setup.opened)),
      );
      const workers = notes(log).length;
      assert.ok(workers >= ofWorker.size && workers <= 2, `${workers} setups`);
      assert.equal(new Set([...ofWorker.values(), ...calls]).size, workers);
    } finally {
      await pool.close();
    }
  });

  test('setup may be async, and capture variables', async () => {
    const greeting = { text: 'hello' };
    const pool = subject.open({
      setup: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return greeting.text;
      },
    });
    greeting.text = 'changed since';
    try {
      assert.deepEqual(await pool.map([1, 2], () => context<string>().setup), ['hello', 'hello']);
      assert.equal(await pool.run(() => context<string>().setup), 'hello');
    } finally {
      await pool.close();
    }
  });

  test('setup of each pool is its own, on one engine too', async () => {
    const log = subject.path();
    const one = subject.open({ setup: () => 'one' });
    const two = subject.open({ setup: () => note(log, 'two') });
    try {
      assert.deepEqual(await one.map([1], () => context().setup), ['one']);
      assert.deepEqual(await two.map([1], () => context().setup), [undefined]);
      assert.equal(notes(log).length, 1);
    } finally {
      await one.close();
      await two.close();
    }
  });

  test('a setup that throws: every job and call rejects with the user’s error, and the pool can be closed', async () => {
    for (const setup of [
      () => {
        throw new RangeError('no database');
      },
      async () => {
        await null;
        throw new RangeError('no database');
      },
    ]) {
      const log = subject.path();
      const pool = subject.open({ setup });
      try {
        const ran = (): void => note(log, 'ran');
        await rejects(pool.map(numbers(100), ran), new RangeError('no database'));
        await rejects(pool.run(ran), new RangeError('no database'));
        await rejects(pool.map([1], ran, { retries: 3 }), new RangeError('no database'));
        const error = await errorOf(pool.map([1, 2], ran).settled());
        assert.ok(error instanceof RangeError);
        assert.equal(taskOf(error)?.attempt, 1);
        assert.deepEqual(notes(log), []);
      } finally {
        await pool.close();
      }
    }
  });

  test('a setup that fails once is tried again by the next task', async () => {
    const log = subject.path();
    const pool = subject.open({
      workers: 1,
      setup: () => {
        note(log, 'setup');
        if (notes(log).length === 1) throw new Error('not yet');
        return 'ready';
      },
    });
    try {
      await rejects(
        pool.run(() => 1),
        new Error('not yet'),
      );
      assert.equal(await pool.run(() => context<string>().setup), 'ready');
    } finally {
      await pool.close();
    }
  });

  test('what is cancelled while its setup runs does not begin', async () => {
    const { isDistant } = traits;
    const [begun, gate, log] = [subject.path(), subject.path(), subject.path()];
    const pool = subject.open({
      workers: 1,
      graceMs: 60_000,
      setup: async () => {
        openGate(begun);
        await passGate(gate);
        // What was sent before the gate was opened has arrived by then; messages may take longer than files.
        if (isDistant) await new Promise((resolve) => setTimeout(resolve, 200));
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      },
    });
    try {
      const job = pool.map([1], () => note(log, 'ran'));
      await passGate(begun);
      job.cancel();
      await rejects(job, { name: 'CancelledError' });
      const next = pool.run(() => 'next');
      openGate(gate);
      assert.equal(await next, 'next');
      assert.deepEqual(notes(log), []);
    } finally {
      openGate(gate);
      await pool.close();
    }
  });

  test('a setup that kills its worker fails what was asked, in bounded tries', needs(traits.losesWorkers), async () => {
    const log = subject.path();
    const pool = subject.open({
      setup: () => {
        note(log, 'setup');
        process.exit(7);
      },
    });
    try {
      const error = await errorOf(pool.map([1], () => 1));
      assert.ok(error instanceof WorkerLostError);
      assert.match(error.message, /exited with code 7/);
      const afterMap = notes(log).length;
      assert.ok(afterMap >= 1 && afterMap <= 10, `${afterMap} setups`);
      assert.ok((await errorOf(pool.run(() => 1))) instanceof WorkerLostError);
      assert.ok(notes(log).length <= 20);
    } finally {
      await pool.close();
    }
  });

  test('maxTasksPerWorker counts chunks', needs(traits.renewsWorkers), async () => {
    const pool = subject.open({ workers: 1, maxTasksPerWorker: 2 });
    try {
      const workers = await pool.map(numbers(12), () => context().worker, { chunkSize: 2 });
      assert.deepEqual(runsOf(workers), [4, 4, 4]);
      assert.equal(new Set(workers).size, 3);
    } finally {
      await pool.close();
    }
  });

  test(
    'maxTasksPerWorker counts calls of run, one after the other and many at once',
    needs(traits.renewsWorkers),
    async () => {
      const where = (): number => context().worker;
      const inTurn = subject.open({ workers: 1, maxTasksPerWorker: 3 });
      try {
        const workers: number[] = [];
        for (let i = 0; i < 7; i++) workers.push(await inTurn.run(where));
        assert.deepEqual(runsOf(workers), [3, 3, 1]);
      } finally {
        await inTurn.close();
      }
      const atOnce = subject.open({ workers: 1, maxTasksPerWorker: 100 });
      try {
        // Calls that are known to be short travel together elsewhere, and would count as one.
        const workers = await Promise.all(numbers(50).map(() => atOnce.run(where)));
        workers.push(...(await Promise.all(numbers(250).map(() => atOnce.run(where)))));
        assert.deepEqual(runsOf(workers.sort((a, b) => a - b)), [100, 100, 100]);
      } finally {
        await atOnce.close();
      }
    },
  );

  test(
    'maxTasksPerWorker: setup runs in each new worker; nothing is lost at a change',
    needs(traits.renewsWorkers),
    async () => {
      const log = subject.path();
      const pool = subject.open({ maxTasksPerWorker: 5, setup: () => note(log, 'setup') });
      try {
        assert.deepEqual(await pool.map(numbers(60), (x) => x, { chunkSize: 2 }), numbers(60));
        assert.ok(notes(log).length >= 6, `${notes(log).length} setups`);
      } finally {
        await pool.close();
      }
    },
  );

  test(
    'maxTasksPerWorker: a worker that does not end when its tasks are done is ended, so that others have its place',
    needs(traits.renewsWorkers),
    async () => {
      const pool = subject.open({ workers: 1, maxTasksPerWorker: 1 });
      try {
        const stays = (x: number): number => {
          process.on('exit', () => {
            for (;;);
          });
          return x;
        };
        assert.deepEqual(await Promise.all([pool.run(stays, [1]), pool.run((x: number) => x, [2])]), [1, 2]);
      } finally {
        await pool.close();
      }
    },
  );

  test(
    'resourceLimits: an item that needs more fails alone, with a WorkerLostError that names it',
    needs(traits.limitsMemory),
    async () => {
      const pool = subject.open({ resourceLimits: { maxOldGenerationSizeMb: 40, maxYoungGenerationSizeMb: 8 } });
      try {
        const outcomes = await pool
          .map(
            numbers(6),
            (x) => {
              if (x === 3) hush(driver);
              const kept: unknown[] = [];
              // Small objects: Node 24 and 26 do not end a thread that is out of memory within a builtin such as `fill`.
              while (x === 3) kept.push({ at: kept.length, list: [kept.length] });
              return x;
            },
            { chunkSize: 2, label: 'hungry' },
          )
          .settled();
        for (const [i, one] of outcomes.entries()) {
          if (i !== 3) {
            assert.deepEqual(one, { status: 'fulfilled', value: i });
            continue;
          }
          const { reason } = one as PromiseRejectedResult;
          assert.ok(reason instanceof WorkerLostError);
          assert.match(reason.message, /item 3 of hungry/);
          // A process that is out of heap ends by a signal, a thread says why.
          assert.ok(['memory', 'killed'].includes(reason.exit.how), reason.exit.how);
        }
        assert.deepEqual(await pool.map([1], (x) => x), [1]);
      } finally {
        await pool.close();
      }
    },
  );
}
