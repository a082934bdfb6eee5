import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { context, type Pool, taskOf, WorkerLostError } from 'sheaf';
import { errorOf, numbers } from '../check.js';
import { hush, isOpen, note, notes, openGate, passGate, until } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** A way to die, and what is said of it. */
interface Way {
  readonly name: string;
  readonly die: () => unknown;
  readonly says: RegExp;
  readonly ability: ReturnType<typeof needs>;
  readonly sizes: readonly (number | undefined)[];
}

/** Workers that die. */
export function lossCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  const driver = process.pid;
  const sizes = [4];
  const ways: readonly Way[] = [
    {
      name: 'exits',
      die: () => process.exit(3),
      says: /it exited with code 3/,
      ability: needs(traits.losesWorkers),
      sizes: [1, 4, undefined],
    },
    {
      name: 'throws outside of any task',
      die: () => {
        hush(driver);
        process.nextTick(() => {
          throw new Error('from nowhere');
        });
        return new Promise(() => {});
      },
      // Now and then Node itself aborts on its way out of a process that has a thread.
      says: /from nowhere|exited with code [17]|killed by SIGABRT/,
      ability: needs(traits.losesWorkers),
      sizes,
    },
    {
      name: 'is killed',
      die: () => process.kill(process.pid, 'SIGKILL'),
      says: /it was killed by SIGKILL/,
      ability: needs(traits.processes),
      sizes,
    },
    {
      name: 'crashes',
      die: () => {
        hush(driver);
        process.abort();
      },
      says: /it was killed by SIGABRT/,
      ability: needs(traits.processes),
      sizes,
    },
  ];

  for (const { name, die, says, ability, sizes } of ways) {
    test(`a worker that ${name} costs only that attempt`, ability, async () => {
      for (const chunkSize of sizes) {
        const results = await pool.map(
          numbers(20),
          async (x) => {
            if (x % 10 === 7 && context().attempt === 1) await die();
            return [x, context().attempt];
          },
          { chunkSize },
        );
        assert.deepEqual(
          results,
          numbers(20).map((x) => [x, x % 10 === 7 ? 2 : 1]),
        );
      }
      const tries = pool.run(async () => {
        if (context().attempt < 3) await die();
        return context().attempt;
      });
      assert.equal(await tries, 3);
    });

    test(`an item whose worker always ${name} fails alone after 3 attempts and names itself`, ability, async () => {
      for (const chunkSize of sizes) {
        const log = subject.path();
        const job = pool.map(
          numbers(9),
          async (x) => {
            if (x === 5) {
              note(log, context().attempt);
              await die();
            }
            return [x, context().attempt];
          },
          { chunkSize, label: 'deadly' },
        );
        for (const [i, one] of (await job.settled()).entries()) {
          if (i !== 5) {
            assert.deepEqual(one, { status: 'fulfilled', value: [i, 1] });
            continue;
          }
          const { reason } = one as PromiseRejectedResult;
          assert.ok(reason instanceof WorkerLostError);
          assert.equal(reason.code, 'ERR_SHEAF_WORKER_LOST');
          assert.match(reason.message, /item 5 of deadly/);
          assert.match(reason.message, says);
          const { worker, ...rest } = taskOf(reason)!;
          assert.deepEqual(rest, { label: 'deadly', index: 5, item: '5', attempt: 3 });
          assert.ok(worker >= 0);
        }
        assert.deepEqual(notes(log), ['1', '2', '3']);
      }
    });
  }

  test(
    'the job of an item that always kills its worker rejects with its WorkerLostError',
    needs(traits.losesWorkers),
    async () => {
      const error = await errorOf(pool.map(numbers(20), (x) => (x === 11 ? process.exit(5) : x), { label: 'deadly' }));
      assert.ok(error instanceof WorkerLostError);
      assert.deepEqual([error.exit.how, error.exit.code, taskOf(error)?.index], ['exited', 5, 11]);
      const call = await errorOf(pool.run((code: number) => process.exit(code), [6], { label: 'call' }));
      assert.ok(call instanceof WorkerLostError);
      assert.deepEqual([call.exit.code, taskOf(call)?.label, taskOf(call)?.attempt], [6, 'call', 3]);
    },
  );

  test('lost workers and errors have counts of their own', needs(traits.losesWorkers), async () => {
    const log = subject.path();
    const result = await pool.map(
      [1],
      () => {
        note(log, 'try');
        const tries = notes(log).length;
        if (tries === 1 || tries === 3) process.exit(1);
        if (tries === 2 || tries === 4) throw new Error(`try ${tries}`);
        return [tries, context().attempt];
      },
      { retries: 2 },
    );
    assert.deepEqual(result, [[5, 5]]);
  });

  test(
    'what an item did not return is not taken for its result: each result is of a whole run',
    needs(traits.losesWorkers),
    async () => {
      const log = subject.path();
      const results = await pool.map(
        numbers(40),
        (x) => {
          note(log, x);
          if (x % 8 === 3 && context().attempt === 1) process.exit(1);
          return x * 2;
        },
        { chunkSize: 8 },
      );
      assert.deepEqual(
        results,
        numbers(40).map((x) => x * 2),
      );
      const ran = new Set(notes(log).map(Number));
      assert.deepEqual(
        [...ran].sort((a, b) => a - b),
        numbers(40),
      );
    },
  );

  test('a stream keeps its order across lost workers', needs(traits.losesWorkers), async () => {
    const got: number[] = [];
    const job = pool.map(
      numbers(60),
      (x) => {
        if (x % 20 === 10 && context().attempt === 1) process.exit(1);
        return x;
      },
      { chunkSize: 3 },
    );
    for await (const result of job) got.push(result);
    assert.deepEqual(got, numbers(60));
  });

  test(
    'with calls in flight at once, the one that kills is found and its neighbours are not charged',
    needs(traits.losesWorkers),
    async () => {
      const outcomes = await pool
        .map(
          numbers(8),
          async (x) => {
            await new Promise((resolve) => setImmediate(resolve));
            if (x === 2) process.exit(9);
            await new Promise((resolve) => setTimeout(resolve, 5));
            return [x, context().attempt];
          },
          { chunkSize: 8, concurrency: 4 },
        )
        .settled();
      for (const [i, one] of outcomes.entries()) {
        if (i !== 2) assert.deepEqual(one, { status: 'fulfilled', value: [i, 1] });
        else {
          const { reason } = one as PromiseRejectedResult;
          assert.ok(reason instanceof WorkerLostError);
          assert.match(reason.message, /item 2 /);
        }
      }
    },
  );

  test('other jobs on the worker go on elsewhere, uncharged', needs(traits.losesWorkers), async () => {
    const gate = subject.path();
    const one = subject.open({ workers: 1 });
    try {
      const killing = one.map([gate], async (path) => {
        await passGate(path);
        if (context().attempt === 1) process.exit(1);
        return 'killed once';
      });
      const waiting = one.map(numbers(10), (x) => [x, context().attempt], { chunkSize: 2 });
      const calls = numbers(10).map((x) => one.run((y: number) => [y, context().attempt], [x]));
      openGate(gate);
      assert.deepEqual(await killing, ['killed once']);
      const expected = numbers(10).map((x) => [x, 1]);
      assert.deepEqual(await waiting, expected);
      assert.deepEqual(await Promise.all(calls), expected);
    } finally {
      await one.close();
    }
  });

  test(
    'items that were moved to a worker that died are told of, not lost quietly',
    needs(traits.losesWorkers),
    async () => {
      const buffers = [1, 2].map((fill) => new Uint8Array(64).fill(fill));
      const outcomes = await pool
        .map(
          buffers,
          (bytes) => {
            if (bytes[0] === 1) process.exit(1);
            return bytes[0];
          },
          { transfer: (bytes) => [bytes], chunkSize: 1 },
        )
        .settled();
      assert.equal(outcomes[0]?.status, 'rejected');
      assert.deepEqual(outcomes[1], { status: 'fulfilled', value: 2 });
    },
  );

  test('a process killed from outside', needs(traits.processes), async () => {
    const pids = subject.path();
    const job = pool.map(
      numbers(10),
      async (x) => {
        if (x === 4 && context().attempt === 1) {
          note(pids, process.pid);
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        }
        return [x, context().attempt];
      },
      { chunkSize: 2 },
    );
    await until(() => isOpen(pids) && notes(pids).length === 1, 'the pid');
    process.kill(Number(notes(pids)[0]), 'SIGKILL');
    assert.deepEqual(
      await job,
      numbers(10).map((x) => [x, x === 4 ? 2 : 1]),
    );
  });

  test('a module that ends the worker as it is loaded: the item is to blame', needs(traits.losesWorkers), async () => {
    const file = `${subject.path()}.mjs`;
    writeFileSync(file, 'process.exit(4);');
    const url = pathToFileURL(file).href;
    const error = await errorOf(pool.map([url], async (module) => void (await import(module)), { label: 'loads' }));
    assert.ok(error instanceof WorkerLostError);
    assert.match(error.message, /item 0 of loads.*code 4/);
    assert.deepEqual(await pool.map([1], (x) => x), [1]);
  });

  test('an idle worker that dies is replaced when there is work', needs(traits.losesWorkers), async () => {
    const one = subject.open({ workers: 1 });
    try {
      const gone = subject.path();
      const worker = await one.run(
        (gone: string) => {
          process.on('exit', () => openGate(gone));
          setTimeout(() => process.exit(2), 1);
          return context().worker;
        },
        [gone],
      );
      await passGate(gone);
      assert.notEqual(await one.run(() => context().worker), worker);
    } finally {
      await one.close();
    }
  });
}
