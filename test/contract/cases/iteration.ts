import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, type Pool } from 'sheaf';
import { numbers, rejects } from '../check.js';
import { openGate, passGate, settledValue } from '../gates.js';
import { needs, type Subject } from '../subject.js';

const same = (x: number): number => x;

/** More than any window of results, and than what is under way. */
const many = 2000;
/** Items that a stream may have read beyond what was taken from it, with one item a task. */
const window = 256;

class Counter {
  read = 0;
  returned = 0;

  *endless(): Generator<number> {
    try {
      for (;;) yield this.read++;
    } finally {
      this.returned++;
    }
  }

  async *endlessAsync(): AsyncGenerator<number> {
    yield* this.endless();
  }
}

/** A job as an async iterable. */
export function iterationCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('results come in the order of the input', async () => {
    for (const chunkSize of [1, 7, undefined]) {
      const got: number[] = [];
      for await (const result of pool.map(numbers(many), same, { chunkSize })) got.push(result);
      assert.deepEqual(got, numbers(many));
    }
  });

  test('every result is handed on as it is', async () => {
    const got: unknown[] = [];
    for await (const result of pool.map([0, 1, 2, 3], (x) => [undefined, null, -0, 'x'][x])) got.push(result);
    assert.equal(got.length, 4);
    for (const [i, expected] of [undefined, null, -0, 'x'].entries()) assert.ok(Object.is(got[i], expected));
  });

  test('of nothing', async () => {
    for await (const _ of pool.map([], same)) assert.fail('there is nothing');
  });

  test('unordered: each result once, as they come', needs(traits.parallel), async () => {
    const gate = subject.path();
    const job = pool.map([0, 1, 2, 3], async (x) => (x === 0 ? passGate(gate).then(() => x) : x), {
      chunkSize: 1,
      ordered: false,
    });
    const got: number[] = [];
    for await (const result of job) {
      got.push(result);
      if (got.length === 3) openGate(gate);
    }
    assert.deepEqual([...got].sort(), [0, 1, 2, 3]);
    assert.equal(got[3], 0);
  });

  test('unordered: every result is there', async () => {
    const got: number[] = [];
    for await (const result of pool.map(numbers(many), same, { ordered: false })) got.push(result);
    assert.deepEqual(
      got.sort((a, b) => a - b),
      numbers(many),
    );
  });

  for (const kind of ['endless', 'endlessAsync'] as const) {
    test(`endless input, left early: the input is closed (${kind})`, async () => {
      const counter = new Counter();
      const got: number[] = [];
      for await (const result of pool.map(counter[kind](), same)) {
        got.push(result);
        if (got.length === 1000) break;
      }
      assert.deepEqual(got, numbers(1000));
      await settledValue(() => counter.read);
      assert.equal(counter.returned, 1, 'return() of the input was called');
    });

    test(`no more is read than what is taken and a window (${kind})`, async () => {
      const counter = new Counter();
      const iterator = pool.map(counter[kind](), same, { chunkSize: 1 })[Symbol.asyncIterator]();
      assert.deepEqual(await iterator.next(), { done: false, value: 0 });
      const early = await settledValue(() => counter.read);
      assert.ok(early <= window, `read ${early}`);
      for (let i = 1; i <= 500; i++) assert.equal((await iterator.next()).value, i);
      const later = await settledValue(() => counter.read);
      assert.ok(later >= 501 && later <= 500 + window, `read ${later}`);
      await iterator.return?.();
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    });
  }

  test('the whole window behind one slow item', needs(traits.parallel), async () => {
    const gate = subject.path();
    let read = 0;
    const input = function* (): Generator<number> {
      for (; read < many; ) yield read++;
    };
    const job = pool.map(input(), async (x) => (x === 0 ? passGate(gate).then(() => x) : x), { chunkSize: 1 });
    const iterator = job[Symbol.asyncIterator]();
    const first = iterator.next();
    const held = await settledValue(() => read);
    assert.ok(held <= window, `read ${held} while the first was not done`);
    openGate(gate);
    assert.deepEqual(await first, { done: false, value: 0 });
    for (let i = 1; i < many; i++) assert.equal((await iterator.next()).value, i);
    assert.equal((await iterator.next()).done, true);
  });

  test('next() may be called ahead; the calls are answered in order', async () => {
    const iterator = pool.map(numbers(5), same)[Symbol.asyncIterator]();
    const rows = await Promise.all(Array.from({ length: 7 }, () => iterator.next()));
    assert.deepEqual(
      rows.map(({ value }) => value),
      [0, 1, 2, 3, 4, undefined, undefined],
    );
    assert.deepEqual(
      rows.map(({ done }) => done),
      [false, false, false, false, false, true, true],
    );
  });

  test('return() before anything was read, and while a call of next() waits', async () => {
    const counter = new Counter();
    const early = pool.map(counter.endless(), same)[Symbol.asyncIterator]();
    assert.deepEqual(await early.return?.(), { done: true, value: undefined });
    assert.deepEqual(await early.next(), { done: true, value: undefined });
    assert.equal(counter.read, 0);

    const gate = subject.path();
    const waiting = pool.map([1], async () => passGate(gate))[Symbol.asyncIterator]();
    const row = waiting.next();
    await new Promise((resolve) => setImmediate(resolve));
    await waiting.return?.();
    assert.deepEqual(await row, { done: true, value: undefined });
    openGate(gate);
  });

  test('a result that is larger than what was seen before does not stop the stream', async () => {
    const got: number[] = [];
    const job = pool.map(numbers(60), (x) => new Array<number>(x % 10 === 9 ? 100_000 : 1).fill(x), { chunkSize: 2 });
    for await (const result of job) got.push(result[0]!);
    assert.deepEqual(got, numbers(60));
  });

  test('after a failure: first what was done in order before it, then the error, then the end', async () => {
    const one = subject.open({ workers: 1 });
    try {
      for (const chunkSize of [1, 3, 10]) {
        const job = one.map(
          numbers(10),
          (x) => {
            if (x === 5) throw new RangeError('five');
            return x;
          },
          { chunkSize },
        );
        const got: number[] = [];
        const iterator = job[Symbol.asyncIterator]();
        await assert.rejects(async () => {
          for (;;) {
            const { done, value } = await iterator.next();
            if (done) return;
            got.push(value);
          }
        }, new RangeError('five'));
        assert.deepEqual(got, [0, 1, 2, 3, 4]);
        assert.deepEqual(await iterator.next(), { done: true, value: undefined });
      }
    } finally {
      await one.close();
    }
  });

  test('after a failure beside calls in flight: what was done in order before it', async () => {
    const gate = subject.path();
    const job = pool.map(
      numbers(6),
      async (x) => {
        if (x === 3) throw new RangeError('three');
        if (x === 2 || x > 3) await passGate(gate, context().signal);
        return x;
      },
      { concurrency: 4, chunkSize: 6 },
    );
    const got: number[] = [];
    await assert.rejects(async () => {
      for await (const result of job) got.push(result);
    }, new RangeError('three'));
    openGate(gate);
    // The first two may have been told of before, with the failure or not at all done: in this order, and no others.
    assert.deepEqual(got, numbers(got.length));
    assert.ok(got.length <= 2);
  });

  test('an error that a loop saw is not unhandled, and the pool goes on', async () => {
    await assert.rejects(async () => {
      for await (const _ of pool.map([1], () => Promise.reject(new Error('seen')))) assert.fail();
    }, new Error('seen'));
    assert.deepEqual(await pool.map([1], same), [1]);
  });

  const inputs = {
    sync: function* (): Generator<number> {
      yield* [0, 1, 2];
      throw new SyntaxError('unreadable');
    },
    async: async function* (): AsyncGenerator<number> {
      yield* [0, 1, 2];
      throw new SyntaxError('unreadable');
    },
  };
  for (const [kind, input] of Object.entries(inputs)) {
    test(`an input that throws (${kind}): the job rejects with that; a stream gives the earlier results first`, async () => {
      for (const chunkSize of [1, 2, 100, undefined]) {
        await rejects(pool.map(input(), same, { chunkSize }), new SyntaxError('unreadable'));
        const got: number[] = [];
        await assert.rejects(async () => {
          for await (const result of pool.map(input(), same, { chunkSize })) got.push(result);
        }, new SyntaxError('unreadable'));
        assert.deepEqual(got, [0, 1, 2]);
      }
    });
  }

  test('an input that throws at once, or has no iterator to give', async () => {
    // biome-ignore lint/correctness/useYield: it throws before
    const atOnce = function* (): Generator<number> {
      throw new SyntaxError('at once');
    };
    await rejects(pool.map(atOnce(), same), new SyntaxError('at once'));
    const none = {
      [Symbol.iterator](): Iterator<number> {
        throw new SyntaxError('no iterator');
      },
    };
    await rejects(pool.map(none, same), new SyntaxError('no iterator'));
  });

  test('what return() of the input throws after the result is settled is nobody’s business', async () => {
    const items: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          throw new Error('clean-up failed');
        },
      }),
    };
    for await (const result of pool.map(items, same)) {
      assert.equal(result, 1);
      break;
    }
    assert.deepEqual(await pool.map([2], same), [2]);
  });

  test('cancel() ends the loop with a CancelledError', async () => {
    const job = pool.map(new Counter().endless(), same);
    let got = 0;
    await assert.rejects(
      async () => {
        for await (const _ of job) if (++got === 10) job.cancel('enough');
      },
      { name: 'CancelledError', cause: 'enough' },
    );
    assert.ok(got >= 10);
  });
}
