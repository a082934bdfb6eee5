import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, EngineError, Pool } from 'sheaf';
import { errorOf, numbers, rejects } from '../check.js';
import { isOpen, note, notes, openGate, passGate } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** From the first call to the last. */
export function lifecycleCases(subject: Subject): void {
  const { traits } = subject;

  test('close() of a pool that was never used, twice, and after terminate()', async () => {
    const pool = subject.open();
    await Promise.all([pool.close(), pool.close()]);
    await pool.close();
    await pool.terminate();
    await pool.close();
    const other = subject.open();
    await other.terminate();
    await other.terminate();
    await other.close();
  });

  test('after close(), calls are refused with an EngineError', async () => {
    const pool = subject.open();
    assert.deepEqual(await pool.map([1], (x) => x), [1]);
    const closed = pool.close();
    for (const done of [Promise.resolve(), closed]) {
      await done;
      for (const work of [
        pool.map([1], (x) => x),
        pool.map([1], (x) => x).settled(),
        pool.run(() => 1),
        pool.run(() => 1, [], { label: 'late' }),
        pool
          .map([1], (x) => x)
          [Symbol.asyncIterator]()
          .next(),
      ]) {
        const error = await errorOf(work);
        assert.ok(error instanceof EngineError);
        assert.equal(error.code, 'ERR_SHEAF_ENGINE');
        assert.match(error.message, /closed/);
      }
    }
  });

  test('after terminate(), too', async () => {
    const pool = subject.open();
    await pool.terminate();
    await rejects(
      pool.map([1], (x) => x),
      EngineError,
    );
    await rejects(
      pool.run(() => 1),
      EngineError,
    );
  });

  test('close() waits for jobs that collect and for calls', async () => {
    const gate = subject.path();
    const pool = subject.open();
    const order: string[] = [];
    const job = pool.map(numbers(20), async (x) => passGate(gate).then(() => x), { chunkSize: 2 });
    const calls = numbers(5).map((x) =>
      pool.run(async (path: string, y: number) => passGate(path).then(() => y), [gate, x]),
    );
    const plain = pool.run(async (path: string) => passGate(path), [gate], { label: 'with options' });
    const closed = pool.close().then(() => order.push('closed'));
    void job.then(() => order.push('job'));
    openGate(gate);
    assert.deepEqual(await job, numbers(20));
    assert.deepEqual(await Promise.all(calls), numbers(5));
    await plain;
    await closed;
    assert.deepEqual(order, ['job', 'closed']);
  });

  test('close() waits for what is asked for in the very same turn', async () => {
    const pool = subject.open();
    const job = pool.map([1, 2], (x) => x + 1);
    const call = pool.run(() => 'called');
    const closed = pool.close();
    assert.deepEqual(await job, [2, 3]);
    assert.equal(await call, 'called');
    await closed;
  });

  test('close() waits for retries that wait for their time', async () => {
    const log = subject.path();
    const pool = subject.open();
    const job = pool.map(
      [1],
      () => {
        note(log, 'try');
        if (notes(log).length < 3) throw new Error('not yet');
        return 'third';
      },
      { retries: { times: 2, delayMs: 20 } },
    );
    await pool.close();
    assert.deepEqual(await job, ['third']);
  });

  test('close() ends what streams: what runs finishes, then the iterator rejects', async () => {
    const pool = subject.open();
    let read = 0;
    let returned = 0;
    const input = function* (): Generator<number> {
      try {
        for (;;) yield read++;
      } finally {
        returned++;
      }
    };
    const got: number[] = [];
    let closed: Promise<void> | undefined;
    const error = await errorOf(
      (async () => {
        for await (const result of pool.map(input(), (x) => x)) {
          got.push(result);
          if (got.length === 50) closed = pool.close();
        }
      })(),
    );
    assert.ok(error instanceof CancelledError);
    assert.match(error.message, /closed/);
    await closed;
    assert.ok(got.length >= 50);
    assert.deepEqual(got, numbers(got.length));
    assert.equal(returned, 1);
  });

  test('close() of a stream that nobody reads', async () => {
    const pool = subject.open();
    const iterator = pool.map(numbers(100_000), (x) => x, { chunkSize: 1 })[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value, 0);
    await pool.close();
    let got = 1;
    await rejects(
      (async () => {
        while (!(await iterator.next()).done) got++;
      })(),
      CancelledError,
    );
    assert.ok(got < 100_000);
  });

  test('close() of a stream: the results of what runs are handed on, then the iterator rejects, then it is over', async () => {
    const gate = subject.path();
    const pool = subject.open();
    const job = pool.map([1, 2], async (x) => passGate(gate).then(() => x), { chunkSize: 1 });
    const iterator = job[Symbol.asyncIterator]();
    const first = iterator.next();
    await new Promise((resolve) => setImmediate(resolve));
    const closed = pool.close();
    openGate(gate);
    assert.deepEqual(await first, { done: false, value: 1 });
    assert.deepEqual(await iterator.next(), { done: false, value: 2 });
    await assert.rejects(iterator.next(), CancelledError);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    await closed;
  });

  test('terminate() stops what runs and what waits; jobs and calls reject with CancelledError', async () => {
    const [begun, gate] = [subject.path(), subject.path()];
    const pool = subject.open();
    const job = pool.map(numbers(100), async () => {
      openGate(begun);
      await passGate(gate);
    });
    const call = pool.run(async (path: string) => passGate(path), [gate]);
    const named = pool.run(async (path: string) => passGate(path), [gate], { label: 'named' });
    const stream = pool
      .map(numbers(100), async () => passGate(gate))
      [Symbol.asyncIterator]()
      .next();
    const errors = Promise.all([job, call, named, stream].map((work) => errorOf(work)));
    await passGate(begun);
    await pool.terminate();
    for (const error of await errors) {
      assert.ok(error instanceof CancelledError);
      assert.match(error.message, /terminated/);
    }
    openGate(gate);
  });

  test('terminate() of a loop without end', needs(traits.interruptsLoops), async () => {
    const begun = subject.path();
    const pool = subject.open();
    const call = pool.run(
      (path: string) => {
        openGate(path);
        for (;;);
      },
      [begun],
    );
    const error = errorOf(call);
    await passGate(begun);
    await pool.terminate();
    assert.ok((await error) instanceof CancelledError);
  });

  test('terminate() while close() waits', async () => {
    const [begun, gate] = [subject.path(), subject.path()];
    const pool = subject.open();
    const call = errorOf(
      pool.run(
        async (begun: string, gate: string) => {
          openGate(begun);
          await passGate(gate);
        },
        [begun, gate],
      ),
    );
    const closed = pool.close();
    await passGate(begun);
    await Promise.all([pool.terminate(), closed]);
    assert.ok((await call) instanceof CancelledError);
    openGate(gate);
  });

  test('await using closes', async () => {
    const gate = subject.path();
    let job: PromiseLike<string[]> | undefined;
    // What `await using pool = …` does.
    const pool = subject.open();
    try {
      job = pool.map([gate], (path) => {
        openGate(path);
        return 'done';
      });
    } finally {
      await pool[Symbol.asyncDispose]();
    }
    assert.ok(isOpen(gate));
    assert.deepEqual(await job, ['done']);
    await rejects(
      pool.run(() => 1),
      EngineError,
    );
  });

  test('two pools share an engine: it is closed with the last of them', async (t) => {
    const engine = subject.engine();
    if (engine === undefined) {
      t.skip('pools of this kind make their own');
      return;
    }
    const one = new Pool({ engine });
    const two = new Pool({ engine, setup: () => 'two' });
    assert.deepEqual(await Promise.all([one.map([1], (x) => x), two.run(() => 2)]), [[1], 2]);
    await one.close();
    await one.close();
    await rejects(
      one.run(() => 1),
      EngineError,
    );
    assert.equal(await two.run(() => 3), 3, 'the other goes on');
    const job = two.map(numbers(10), (x) => x);
    await two.close();
    assert.deepEqual(await job, numbers(10));
    const late = new Pool({ engine });
    await rejects(
      late.run(() => 1),
      EngineError,
    );
    await late.close();
  });

  test('terminate() of one of two pools leaves the other’s work alone', async (t) => {
    const engine = subject.engine();
    if (engine === undefined) {
      t.skip('pools of this kind make their own');
      return;
    }
    const [gate, second] = [subject.path(), subject.path()];
    const one = new Pool({ engine });
    const two = new Pool({ engine });
    const stopped = errorOf(one.map([1, 2], async () => passGate(gate)));
    const kept = two.map([1, 2], async (x) => passGate(second).then(() => x), { chunkSize: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    await one.terminate();
    openGate(gate);
    openGate(second);
    assert.ok((await stopped) instanceof CancelledError);
    assert.deepEqual(await kept, [1, 2]);
    await two.close();
  });
}
