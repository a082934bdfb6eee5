import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CancelledError, type Job, type Pool, ValueError } from 'sheaf';
import { rejects } from '../check.js';
import { isOpen, note, notes, openGate, passGate, until } from '../gates.js';
import type { Subject } from '../subject.js';

const double = (x: number): number => x * 2;
const oddFails = (x: number): number => {
  if (x % 2 === 1) throw new RangeError(`odd: ${x}`);
  return x;
};

/** A job as a promise. */
export function jobCases(subject: Subject): void {
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('is a promise: then, catch, finally, awaited as often as one likes', async () => {
    const job = pool.map([1, 2], double);
    assert.deepEqual(await job, [2, 4]);
    assert.deepEqual(await job, [2, 4]);
    assert.equal(await job.then((results) => results.length), 2);
    assert.deepEqual(await Promise.all([job, job]), [
      [2, 4],
      [2, 4],
    ]);
    let ended = 0;
    assert.deepEqual(await job.finally(() => ended++), [2, 4]);
    assert.equal(ended, 1);

    const failing = pool.map([1], oddFails);
    assert.equal(await failing.catch((error: unknown) => (error as Error).message), 'odd: 1');
    await assert.rejects(
      failing.finally(() => ended++),
      RangeError,
    );
    assert.equal(ended, 2);
    assert.equal(
      await failing.then(
        () => 'kept',
        () => 'failed',
      ),
      'failed',
    );
  });

  test('a job that nobody waits for runs to its end', async () => {
    const log = subject.path();
    pool.map([1, 2, 3], (x) => note(log, x));
    await until(() => notes(log).length === 3, 'three notes');
    assert.deepEqual(notes(log).map(Number).sort(), [1, 2, 3]);
  });

  test('iterated after it began to collect, it gives all results', async () => {
    const job = pool.map([1, 2, 3], double);
    assert.deepEqual(await job, [2, 4, 6]);
    const got: number[] = [];
    for await (const result of job) got.push(result);
    assert.deepEqual(got, [2, 4, 6]);
    assert.deepEqual(await job, [2, 4, 6]);
  });

  test('iterated, it cannot be awaited as well, nor iterated twice, nor asked for settled()', async () => {
    const job = pool.map([1], double);
    const iterator = job[Symbol.asyncIterator]();
    await assert.rejects(async () => await job, TypeError);
    await rejects(job.settled(), TypeError);
    assert.throws(() => job[Symbol.asyncIterator](), TypeError);
    assert.deepEqual(await iterator.next(), { done: false, value: 2 });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  test('settled() runs every item, whatever fails', async () => {
    for (const chunkSize of [1, 2, 5, undefined]) {
      const outcomes = await pool.map([0, 1, 2, 3, 4], oddFails, { chunkSize }).settled();
      assert.deepEqual(
        outcomes.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
        [0, 'odd: 1', 2, 'odd: 3', 4],
      );
    }
  });

  test('settled() where nothing fails, where everything fails, of nothing', async () => {
    assert.deepEqual(await pool.map([1], double).settled(), [{ status: 'fulfilled', value: 2 }]);
    const [first, second] = await pool.map([1, 3], oddFails).settled();
    assert.deepEqual([first?.status, second?.status], ['rejected', 'rejected']);
    assert.deepEqual(await pool.map([], double).settled(), []);
  });

  test('settled() of a job that is over', async () => {
    const done = pool.map([1, 2], double);
    await done;
    assert.deepEqual(await done.settled(), [
      { status: 'fulfilled', value: 2 },
      { status: 'fulfilled', value: 4 },
    ]);
  });

  test('settled() and await of the same job: the promise rejects with the first failure by index', async () => {
    const job = pool.map([0, 1, 2, 3], oddFails, { chunkSize: 1 });
    const settled = job.settled();
    await assert.rejects(async () => await job, new RangeError('odd: 1'));
    assert.equal((await settled).length, 4);
  });

  test('settled() of an input that throws rejects with what it threw, whatever failed before', async () => {
    let job: Job<number>;
    const input = async function* (): AsyncGenerator<number> {
      yield* [1, 2, 3];
      await until(() => job.progress.done + job.progress.failed === 3, 'the items before');
      throw new SyntaxError('unreadable');
    };
    for (const fn of [double, oddFails]) {
      job = pool.map(input(), fn, { chunkSize: 1 });
      await rejects(job.settled(), new SyntaxError('unreadable'));
    }
  });

  test('settled() with into: a result of the wrong kind fails alone', async () => {
    const outcomes = await pool
      .map([0, 1, 2, 3], (x) => (x === 2 ? ('two' as unknown as number) : x), { into: Int8Array, chunkSize: 4 })
      .settled();
    assert.deepEqual(
      outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.constructor)),
      [0, 1, ValueError, 3],
    );
  });

  test('cancel() rejects with a CancelledError that has the reason as its cause', async () => {
    const gate = subject.path();
    const job = pool.map([1, 2, 3], async () => passGate(gate), { label: 'waiting' });
    await Promise.resolve();
    const reason = new Error('not needed any more');
    job.cancel(reason);
    await assert.rejects(
      async () => await job,
      (error: unknown) => {
        assert.ok(error instanceof CancelledError);
        assert.equal(error.code, 'ERR_SHEAF_CANCELLED');
        assert.equal(error.cause, reason);
        assert.match(error.message, /waiting/);
        return true;
      },
    );
    openGate(gate);
  });

  test('cancel() before it starts: nothing runs', async () => {
    const log = subject.path();
    const job = pool.map([1], () => note(log, 'ran'));
    job.cancel('early');
    await assert.rejects(async () => await job, { name: 'CancelledError', cause: 'early' });
    await pool.map([1], double); // behind it in every queue
    assert.deepEqual(notes(log), []);
  });

  test('cancel() of a job that is over has no effect', async () => {
    const job = pool.map([1], double);
    await job;
    job.cancel('too late');
    assert.deepEqual(await job, [2]);
    const failed = pool.map([1], oddFails);
    await assert.rejects(async () => await failed, RangeError);
    failed.cancel('too late');
    await assert.rejects(async () => await failed, RangeError);
  });

  for (const into of [undefined, Float64Array] as const) {
    test(`cancel() of a job that is settled(): what was done is kept, the rest is cancelled (into: ${into?.name})`, async () => {
      const [begun, gate] = [subject.path(), subject.path()];
      const wait = async (x: number): Promise<number> => {
        if (x === 0) return 7;
        openGate(begun);
        await passGate(gate);
        return 8;
      };
      const items = [0, 1, 2];
      const job =
        into === undefined ? pool.map(items, wait, { chunkSize: 1 }) : pool.map(items, wait, { chunkSize: 1, into });
      const settled = job.settled();
      await until(() => isOpen(begun) && job.progress.done === 1, 'the first item');
      job.cancel('enough');
      const [first, second, third] = await settled;
      assert.deepEqual(first, { status: 'fulfilled', value: 7 });
      for (const one of [second, third]) {
        assert.equal(one?.status, 'rejected');
        assert.ok(one.reason instanceof CancelledError);
        assert.equal(one.reason.cause, 'enough');
      }
      openGate(gate);
    });
  }
}
