import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, CaptureError, context, type Pool, taskOf, WorkerLostError } from 'sheaf';
import { errorOf, numbers } from '../check.js';
import { openGate, passGate } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Calls that are made while nothing else is under way, of a function that is known: they may take a shorter way than others. */
export function aloneCases(subject: Subject): void {
  const { traits } = subject;

  async function withPool(use: (pool: Pool) => Promise<void>): Promise<void> {
    const pool = subject.open();
    await use(pool);
    await pool.close();
  }

  test('arguments and results of every kind', () =>
    withPool(async (pool) => {
      const give = (...args: unknown[]): unknown => (args.length === 1 ? args[0] : args);
      const values = [1, -0, Number.NaN, 'text\ud800', true, null, undefined, 10n, { a: [1] }, [2], new Map([[1, 2]])];
      for (const value of [...values, ...values]) assert.deepEqual(await pool.run(give, [value]), value);
      for (const value of [...values, ...values]) assert.deepEqual(await pool.run(give, [value, 1]), [value, 1]);
      assert.deepEqual(await pool.run(give), []);
      assert.ok(Object.is(await pool.run(give, [-0]), -0));
      const ten = numbers(10);
      assert.deepEqual(await pool.run(give, ten), ten);
    }));

  test('arguments and results are copies', () =>
    withPool(async (pool) => {
      const keep = (value: { n: number }): { n: number } => {
        value.n++;
        return value;
      };
      for (let i = 0; i < 3; i++) {
        const given = { n: i };
        const got = await pool.run(keep, [given]);
        assert.deepEqual([given, got], [{ n: i }, { n: i + 1 }]);
      }
    }));

  test('promises, and what they reject with', () =>
    withPool(async (pool) => {
      const later = async (x: number): Promise<number> => {
        await null;
        if (x < 0) throw new RangeError(`${x}`);
        return x * 2;
      };
      for (const x of [1, -1, 2, -2, 3]) {
        if (x > 0) assert.equal(await pool.run(later, [x]), x * 2);
        else assert.equal(((await errorOf(pool.run(later, [x]))) as Error).message, `${x}`);
      }
    }));

  test('errors: class, both stacks, taskOf', () =>
    withPool(async (pool) => {
      const fail = (x: number): number => {
        if (x > 1) throw new RangeError(`no ${x}`);
        return x;
      };
      for (const x of [0, 1, 2, 3, 0, 4]) {
        if (x < 2) assert.equal(await pool.run(fail, [x]), x);
        else {
          const error = await errorOf(pool.run(fail, [x]));
          assert.ok(error instanceof RangeError);
          assert.match(error.stack ?? '', /fail[\s\S]*alone/);
          const { label, item, attempt } = taskOf(error)!;
          assert.deepEqual([label, item, attempt], ['fail', `[ ${x} ]`, 1]);
        }
      }
    }));

  test('errors: the place of each call, also where two take turns', () =>
    withPool(async (pool) => {
      // It names nothing from outside, not even a class of errors: other functions go another way.
      const fail = (x: number): number => (x > 1 ? (undefined as unknown as { no: number }).no : x);
      const here = (x: number): Promise<number> => pool.run(fail, [x]);
      const there = (x: number): Promise<number> => pool.run(fail, [x]);
      for (let i = 0; i < 3; i++) {
        assert.deepEqual([await here(1), await there(0)], [1, 0]);
        assert.match(((await errorOf(here(2))) as Error).stack ?? '', /at here /);
        assert.match(((await errorOf(there(2))) as Error).stack ?? '', /at there /);
      }
    }));

  test('functions that take turns, and numbers of arguments', () =>
    withPool(async (pool) => {
      const count = (...args: unknown[]): number => args.length;
      const double = (x: number): number => x * 2;
      const sum = (x: number, y: number): number => x + y;
      const add = (y: number) => (x: number) => x + y;
      for (let i = 0; i < 5; i++) {
        assert.deepEqual([await pool.run(count), await pool.run(count, [i]), await pool.run(count, [i, i])], [0, 1, 2]);
        const given: [number, number] = [i, 1];
        const added = pool.run(sum, given);
        given[1] = 100;
        assert.deepEqual(
          [await added, await pool.run(double, [i]), await pool.run(add(i), [1])],
          [i + 1, 2 * i, i + 1],
        );
      }
    }));

  test('a captured variable and a property that change between calls', () =>
    withPool(async (pool) => {
      let factor = 1;
      const scale = (x: number): number => x * factor;
      const look = (x: number): number => x + ((look as { more?: number }).more ?? 0);
      const plain = (x: number): number => x;
      for (let i = 1; i < 4; i++) {
        factor = i;
        (look as { more?: number }).more = i;
        assert.deepEqual([await pool.run(scale, [2]), await pool.run(look, [2])], [2 * i, 2 + i]);
      }
      assert.deepEqual([await pool.run(plain, [1]), await pool.run(plain, [2])], [1, 2]);
      (plain as { bad?: unknown }).bad = Symbol('bad');
      assert.ok((await errorOf(pool.run(plain, [3]))) instanceof CaptureError);
    }));

  test('whoever begins to listen between two of them hears of the second', () =>
    withPool(async (pool) => {
      const square = (x: number): number => x * x;
      for (let i = 0; i < 3; i++) {
        assert.deepEqual([await pool.run(square, [i]), await pool.run(square, [i])], [i * i, i * i]);
        const kinds: string[] = [];
        const stop = pool.events.listen(({ kind }) => kinds.push(kind));
        assert.equal(await pool.run(square, [3]), 9);
        stop();
        for (const kind of ['job-started', 'task-sent', 'task-ended']) assert.ok(kinds.includes(kind), kinds.join());
      }
    }));

  test('a result that cannot be encoded', () =>
    withPool(async (pool) => {
      const give = (x: number): unknown => (x === 2 ? () => x : x);
      assert.deepEqual([await pool.run(give, [0]), await pool.run(give, [1])], [0, 1]);
      assert.match(((await errorOf(pool.run(give, [2]))) as Error).message, /function/);
      assert.equal(await pool.run(give, [3]), 3);
    }));

  test('context(): attempt, signal and worker', () =>
    withPool(async (pool) => {
      const look = (): string => {
        const { attempt, signal, worker } = context();
        return `${attempt} ${signal.aborted} ${Number.isInteger(worker)}`;
      };
      for (let i = 0; i < 3; i++) assert.equal(await pool.run(look), '1 false true');
    }));

  test('others that come meanwhile: calls of the same function, of another, and a map', () =>
    withPool(async (pool) => {
      const square = (x: number): number => x * x;
      const double = (x: number): number => x * 2;
      for (let i = 0; i < 50; i++) {
        const work = [pool.run(square, [i]), pool.run(square, [i + 1]), pool.run(double, [i])];
        const job = pool.map([i, i + 1], double);
        assert.deepEqual(await Promise.all(work), [i * i, (i + 1) ** 2, 2 * i]);
        assert.deepEqual(await job, [2 * i, 2 * i + 2]);
        await null;
        assert.equal(await pool.run(square, [i]), i * i);
      }
    }));

  test('close() waits for it, terminate() does not', async () => {
    const square = (x: number): number => x * x;
    const pool = subject.open();
    await pool.run(square, [1]);
    const last = pool.run(square, [2]);
    await pool.close();
    assert.equal(await last, 4);
    const other = subject.open();
    const wait = async (path: string): Promise<string> => {
      if (path !== '') await passGate(path);
      return path;
    };
    await other.run(wait, ['']);
    const gate = subject.path();
    const error = errorOf(other.run(wait, [gate]));
    await other.terminate();
    assert.ok((await error) instanceof CancelledError);
    openGate(gate);
  });

  test('its worker dies: tried again, and named in the end', needs(traits.losesWorkers), () =>
    withPool(async (pool) => {
      const die = (times: number): number => {
        if (context().attempt <= times) process.exit(3);
        return context().attempt;
      };
      assert.deepEqual([await pool.run(die, [0]), await pool.run(die, [0])], [1, 1]);
      assert.equal(await pool.run(die, [2]), 3);
      assert.equal(await pool.run(die, [0]), 1);
      const error = await errorOf(pool.run(die, [9]));
      assert.ok(error instanceof WorkerLostError);
      assert.match(error.message, /a call of die .*exited with code 3/);
      assert.equal(await pool.run(die, [0]), 1);
    }),
  );

  test('a setup, whose result is there', async () => {
    const pool = subject.open({ setup: () => ({ factor: 3 }) });
    const scale = (x: number): number => x * context<{ factor: number }>().setup.factor;
    for (const x of [1, 2, 3]) assert.equal(await pool.run(scale, [x]), x * 3);
    await pool.close();
  });
}
