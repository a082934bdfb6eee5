import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CancelledError, context, type Pool, taskOf } from 'sheaf';
import { numbers, rejects } from '../check.js';
import { openGate, passGate } from '../gates.js';
import type { Subject } from '../subject.js';

/** Single calls. */
export function runCases(subject: Subject): void {
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('arguments: none, one, several, arrays and undefined among them', async () => {
    const count = (...args: unknown[]): unknown => [args.length, args];
    assert.deepEqual(await pool.run(count), [0, []]);
    assert.deepEqual(await pool.run(count, []), [0, []]);
    assert.deepEqual(await pool.run(count, [1]), [1, [1]]);
    assert.deepEqual(await pool.run(count, [[1, 2]]), [1, [[1, 2]]]);
    assert.deepEqual(await pool.run(count, [undefined]), [1, [undefined]]);
    assert.deepEqual(await pool.run(count, ['a', { b: [2] }, null]), [3, ['a', { b: [2] }, null]]);
    assert.equal(await pool.run((a: number | undefined = 5, b = 6) => a * b, [undefined, 2]), 10);
  });

  test('results: a value, a promise’s value, nothing', async () => {
    assert.equal(await pool.run((a: number, b: number) => a + b, [2, 3]), 5);
    assert.equal(await pool.run(async () => 'later'), 'later');
    assert.equal(await pool.run(() => {}), undefined);
  });

  test('thousands of calls at once: each gets its own answer', async () => {
    const square = (x: number): number => x * x;
    const results = await Promise.all(numbers(5000).map((x) => pool.run(square, [x])));
    assert.deepEqual(
      results,
      numbers(5000).map((x) => x * x),
    );
  });

  test('calls that fail, and those that travel with them', async () => {
    const odd = (x: number): number => {
      if (x % 2 === 1) throw new RangeError(`odd: ${x}`);
      return x;
    };
    const outcomes = await Promise.allSettled(numbers(200).map((x) => pool.run(odd, [x])));
    for (const [x, one] of outcomes.entries()) {
      if (one.status === 'fulfilled') assert.equal(one.value, x);
      else assert.deepEqual([one.reason.constructor, one.reason.message, x % 2], [RangeError, `odd: ${x}`, 1]);
    }
  });

  test('arguments are copied when run() is called', async () => {
    const list = [1, 2];
    const pair = { a: 1 };
    const one = pool.run((given: number[]) => given.length, [list]);
    const two = pool.run((given: number[], { a }: { a: number }) => given.length * a, [list, pair]);
    list.push(3);
    pair.a = 100;
    assert.deepEqual([await one, await two], [2, 2]);
  });

  test('captured variables are copied when run() is called, for each call', async () => {
    let n = 0;
    const calls: Promise<number>[] = [];
    for (; n < 5; n++) calls.push(pool.run(() => n));
    assert.deepEqual(await Promise.all(calls), [0, 1, 2, 3, 4]);

    const seen: number[] = [];
    const grow = (x: number): number => seen.push(x);
    assert.deepEqual(await Promise.all([pool.run(grow, [1]), pool.run(grow, [2]), pool.run(grow, [3])]), [1, 1, 1]);
    assert.equal(seen.length, 0);
    seen.push(0);
    assert.equal(await pool.run(grow, [1]), 2);
  });

  test('transfer: what is moved is gone here when run() returns', async () => {
    const bytes = new Uint8Array(50_000).fill(3);
    const call = pool.run((given: Uint8Array) => given.length + given[49_999]!, [bytes], { transfer: [bytes] });
    assert.equal(bytes.length, 0);
    assert.equal(await call, 50_003);
  });

  test('signal: aborted before, nothing runs; while it waits, it is dropped; while it runs, it is told', async () => {
    const before = pool.run(() => 1, [], { signal: AbortSignal.abort('early') });
    await rejects(before, { name: 'CancelledError', cause: 'early' });

    const [begun, told] = [subject.path(), subject.path()];
    const controller = new AbortController();
    const call = pool.run(
      async (begun: string, told: string) => {
        const { signal } = context();
        openGate(begun);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        openGate(told);
      },
      [begun, told],
      { signal: controller.signal, label: 'told' },
    );
    await passGate(begun);
    const reason = new Error('during');
    controller.abort(reason);
    await rejects(call, (error: unknown) => {
      assert.ok(error instanceof CancelledError);
      assert.equal(error.cause, reason);
      assert.match(error.message, /told/);
      return true;
    });
    await passGate(told);
  });

  test('signal: one of many calls is cancelled, the others are not', async () => {
    const gate = subject.path();
    const controller = new AbortController();
    const wait = async (path: string): Promise<string> => {
      await passGate(path, context().signal);
      return 'done';
    };
    const kept = pool.run(wait, [gate], {});
    const cancelled = pool.run(wait, [gate], { signal: controller.signal });
    controller.abort('one');
    await rejects(cancelled, { name: 'CancelledError', cause: 'one' });
    openGate(gate);
    assert.equal(await kept, 'done');
  });

  test('taskOf(error) of a call', async () => {
    const fail = (a: number, b: string): never => {
      throw new Error(`${a}${b}`);
    };
    for (const options of [undefined, { label: 'named' }]) {
      await rejects(pool.run(fail, [1, 'x'], options), (error: unknown) => {
        const { worker, ...rest } = taskOf(error)!;
        assert.equal(typeof worker, 'number');
        assert.deepEqual(rest, { label: options?.label ?? 'fail', index: 0, item: "[ 1, 'x' ]", attempt: 1 });
        return true;
      });
    }
  });

  test('retries of a call', async () => {
    const attempts = pool.run(
      () => {
        if (context().attempt < 3) throw new Error('again');
        return context().attempt;
      },
      [],
      { retries: 2 },
    );
    assert.equal(await attempts, 3);
  });

  test('context() of calls that travel together', async () => {
    const seen = await Promise.all(numbers(100).map(() => pool.run(() => context().attempt)));
    assert.deepEqual(seen, new Array(100).fill(1));
  });

  test('a call inside a worker’s function runs where it is called', async () => {
    const inner = (x: number): number => x + 1;
    assert.equal(await pool.run((x: number) => inner(inner(x)), [1]), 3);
  });
}
