import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Pool, taskOf } from 'sheaf';

const pool = new Pool({ workers: 2 });
after(() => pool.close());

describe('many calls of one turn', () => {
  test('each gets its own answer, in whatever batch it is: values, objects, objects that are no data, errors', async () => {
    const answer = (x: unknown): unknown => {
      if (typeof x === 'number' && x % 1000 === 999) throw new RangeError(`no ${x}`);
      return x;
    };
    const argumentOf = (i: number): unknown => (i % 3 === 0 ? { i, list: [i] } : i % 3 === 1 ? new Map([[i, i]]) : i);
    for (const count of [10, 20_000]) {
      const all = Array.from({ length: count }, (_, i) => argumentOf(i));
      const settled = await Promise.allSettled(all.map((x) => pool.run(answer, [x])));
      for (const [i, one] of settled.entries()) {
        if (i % 3 === 2 && i % 1000 === 999) {
          assert.ok(one.status === 'rejected' && one.reason instanceof RangeError);
          assert.equal(one.reason.message, `no ${i}`);
          assert.equal(taskOf(one.reason)?.item, `[ ${i} ]`);
        } else assert.deepEqual(one, { status: 'fulfilled', value: all[i] });
      }
    }
  });

  test('calls of one turn are answered one by one, whichever of them is not', async () => {
    const own = new Pool({ workers: 2 });
    const answer = async (words: Int32Array, held: number, x: number): Promise<number> => {
      type Waiting = { waitAsync(words: Int32Array, at: number, value: number): { value: unknown } };
      if (x === held) await (Atomics as unknown as Waiting).waitAsync(words, 0, 0).value;
      if (x % 10 === 7 || (x === held && x % 2 === 1)) throw new RangeError(`no ${x}`);
      return x;
    };
    const outcome = (one: PromiseSettledResult<number>): unknown =>
      one.status === 'fulfilled' ? one.value : (one.reason as Error).message;
    const numbers = Array.from({ length: 150 }, (_, x) => x);
    for (const held of [0, 3, 4, 7, 67, 68, 100, 149]) {
      const words = new Int32Array(new SharedArrayBuffer(4));
      const calls = numbers.map((x) => own.run(answer, [words, held, x]));
      let isHeld = true;
      const last = calls[held]!.finally(() => {
        isHeld = false;
      });
      const others = await Promise.allSettled(calls.filter((_, x) => x !== held));
      assert.ok(isHeld);
      assert.deepEqual(
        others.map(outcome),
        numbers.filter((x) => x !== held).map((x) => (x % 10 === 7 ? `no ${x}` : x)),
      );
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
      const [late] = await Promise.allSettled([last]);
      assert.equal(outcome(late!), held % 2 === 1 ? `no ${held}` : held);
    }
    await own.close();
  });

  test('calls that join those of an earlier turn that wait are answered, too', async () => {
    const own = new Pool({ workers: 1 });
    const slow = (x: number): number => {
      const end = Date.now() + 2;
      while (Date.now() < end);
      return x;
    };
    const numbers = Array.from({ length: 120 }, (_, x) => x);
    const calls: Promise<number>[] = [];
    // Tasks are a few calls each, so that some of the first 100 have an answer when the others are made.
    for (const x of numbers.slice(0, 100)) calls.push(own.run(slow, [x]));
    await calls[0];
    for (const x of numbers.slice(100)) {
      calls.push(own.run(slow, [x]));
      await calls[x - 30];
    }
    assert.deepEqual(await Promise.all(calls), numbers);
    await own.close();
  });

  test('no argument is none, and undefined is one', async () => {
    const count = (...args: unknown[]): number => args.length;
    const calls = [0, 1, 2, 3].flatMap(() => [
      pool.run(count),
      pool.run(count, [undefined]),
      pool.run(count, [undefined, 1]),
    ]);
    assert.deepEqual(await Promise.all(calls), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });

  test('what is put on the function between two calls counts for the second', async () => {
    const plain = (x: number): number => x;
    await Promise.all([pool.run(plain, [1]), pool.run(plain, [2]), pool.run(plain, [3])]);
    const ordinary = [pool.run(plain, [1]), pool.run(plain, [2]), pool.run(plain, [3])];
    (plain as { hidden?: unknown }).hidden = Promise.resolve(); // which cannot travel
    await assert.rejects(pool.run(plain, [4]), { name: 'CaptureError' });
    assert.deepEqual(await Promise.all(ordinary), [1, 2, 3]);
  });

  const sighted: Readonly<Record<string, () => (x: number) => unknown>> = {
    'by its name': () =>
      function own(x) {
        return x >= 0 && (own as { hidden?: unknown }).hidden;
      },
    'by its name, inside another function': () =>
      async function own(x) {
        const inner = (): unknown => (own as { hidden?: unknown }).hidden;
        return x >= 0 && inner();
      },
    'as the callee of its arguments': () =>
      new Function('x', 'return x >= 0 && arguments.callee.hidden') as (x: number) => unknown,
    'by a name with an escape': () => new Function('return function own(x) { return x >= 0 && \\u006fwn.hidden }')(),
  };
  for (const [how, make] of Object.entries(sighted)) {
    test(`also if it is hidden, and the function sees itself ${how}`, async () => {
      const fn = make();
      await pool.run(fn, [0]);
      const put = (value: number): object =>
        Object.defineProperty(fn, 'hidden', { value, enumerable: false, configurable: true });
      const seen = [1, 2, 3, 4, 5].map((x) => pool.run(fn, [x]));
      put(7);
      seen.push(...[1, 2, 3].map((x) => pool.run(fn, [x])));
      put(8);
      seen.push(pool.run(fn, [1]));
      assert.deepEqual(await Promise.all(seen), [...Array(5).fill(undefined), 7, 7, 7, 8]);
    });
  }

  test('a pool that is closed between two calls takes no more', async () => {
    const own = new Pool({ workers: 1 });
    const same = (x: number): number => x;
    const calls = [own.run(same, [1]), own.run(same, [2]), own.run(same, [3])];
    const closed = own.close();
    await assert.rejects(own.run(same, [4]), { name: 'EngineError' });
    assert.deepEqual(await Promise.all(calls), [1, 2, 3]);
    await closed;
  });

  test('a pool that is terminated by a getter of an argument answers that call, too', async () => {
    const own = new Pool({ workers: 1 });
    const same = (x: unknown): unknown => x;
    const trap = {
      get x() {
        void own.terminate();
        return 1;
      },
    };
    const calls = [1, 2, 3, trap].map((x) => own.run(same, [x]));
    for (const one of await Promise.allSettled(calls)) {
      assert.ok(one.status === 'rejected');
      assert.equal((one.reason as Error).name, 'CancelledError');
    }
    await own.terminate();
  });

  test('small calls that wait for others to go with are answered also while a call does not end', async () => {
    const own = new Pool({ workers: 2 });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const wait = (words: Int32Array): string => {
      Atomics.wait(words, 0, 0);
      return 'waited';
    };
    const same = (x: number): number => x;
    await Promise.all(Array.from({ length: 2000 }, (_, i) => own.run(same, [i])));
    const long = own.run(wait, [gate]);
    for (let round = 0; round < 20; round++) {
      const xs = Array.from({ length: 50 }, (_, i) => i);
      assert.deepEqual(await Promise.all(xs.map((x) => own.run(same, [x]))), xs);
    }
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.equal(await long, 'waited');
    await own.close();
  });

  test('small calls do not wait for tasks that cannot end before them', async () => {
    const own = new Pool({ workers: 2, allocation: 'round-robin' }); // who deals tasks also to a worker that is busy
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const at = (words: Int32Array, what: string): string => {
      if (what === 'wait') Atomics.wait(words, 0, 0);
      if (what === 'open') {
        Atomics.store(words, 0, 1);
        Atomics.notify(words, 0);
      }
      return what;
    };
    await Promise.all(Array.from({ length: 4000 }, () => own.run(at, [gate, 'warm'])));
    const calls = [own.run(at, [gate, 'wait'])];
    for (let i = 0; i < 2; i++) {
      await new Promise(setImmediate);
      calls.push(own.run(at, [gate, 'pass']));
    }
    // One of the two is behind the call that waits, so that as many tasks as there are workers do not end.
    await Promise.race(calls);
    calls.push(own.run(at, [gate, 'open']));
    assert.deepEqual(await Promise.all(calls), ['wait', 'pass', 'pass', 'open']);
    await own.close();
  });
});
