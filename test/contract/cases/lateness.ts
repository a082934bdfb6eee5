import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, type Pool, taskOf } from 'sheaf';
import { errorOf, numbers } from '../check.js';
import { blockUntilOpen, note, notes, openGate, passGate } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Rows that take much longer than those around them in their task. */
export function latenessCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  const waits = async (gate: string): Promise<string> => {
    if (gate !== '') await passGate(gate);
    return gate;
  };
  /** Calls of `waits`, all of them made at once when many were quick before, so that they travel together; the tenth waits for a gate. */
  const callsWithOneThatWaits = async (gate: string): Promise<Promise<string>[]> => {
    await Promise.all(numbers(2000).map(() => pool.run(waits, [''])));
    return numbers(20).map((i) => pool.run(waits, [i === 10 ? gate : '']));
  };

  test('results do not wait for a call of an async function behind them', async () => {
    const gate = subject.path();
    const calls = await callsWithOneThatWaits(gate);
    await Promise.all(calls.slice(0, 10));
    openGate(gate);
    assert.deepEqual(
      await Promise.all(calls),
      numbers(20).map((i) => (i === 10 ? gate : '')),
    );
  });

  test('calls do not wait for one before them, while there is a free worker', needs(traits.parallel), async () => {
    const gate = subject.path();
    const calls = await callsWithOneThatWaits(gate);
    await Promise.all([...calls.slice(0, 10), ...calls.slice(11)]);
    openGate(gate);
    assert.equal(await calls[10], gate);
  });

  test('rows behind one that blocks its worker run once, wherever that is', async () => {
    const [gate, log] = [subject.path(), subject.path()];
    const work = (item: number, file: string, wait: string): number => {
      if (file !== '') note(file, item);
      if (wait !== '') blockUntilOpen(wait);
      return item;
    };
    await Promise.all(numbers(2000).map((i) => pool.run(work, [i, '', ''])));
    const calls = numbers(40).map((i) => pool.run(work, [i, log, i % 10 === 3 ? gate : '']));
    openGate(gate);
    assert.deepEqual(await Promise.all(calls), numbers(40));
    const ran = notes(log).map(Number);
    assert.deepEqual(
      ran.sort((a, b) => a - b),
      numbers(40),
    );
  });

  test('a stream hands on what is done of a chunk; what fails behind it is told of itself', async () => {
    const gate = subject.path();
    const failing = async (x: number): Promise<number> => {
      if (x < 5) return x;
      await passGate(gate);
      throw new RangeError(`item ${x}`);
    };
    const job = pool.map(numbers(8), failing, { chunkSize: 8 });
    const seen: number[] = [];
    const error = await errorOf(
      (async () => {
        for await (const x of job) {
          seen.push(x);
          if (seen.length === 5) openGate(gate);
        }
      })(),
    );
    assert.deepEqual(seen, [0, 1, 2, 3, 4]);
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, 'item 5');
    assert.equal(taskOf(error)?.index, 5);
  });

  test('what a worker has told of is not run again when it dies', needs(traits.losesWorkers), async () => {
    const [gate, log] = [subject.path(), subject.path()];
    const work = async (x: number): Promise<number> => {
      note(log, x);
      if (x === 5) await passGate(gate);
      if (x === 5 && context().attempt === 1) process.exit(1);
      return x * 2;
    };
    const seen: number[] = [];
    for await (const x of pool.map(numbers(8), work, { chunkSize: 8 })) {
      seen.push(x);
      if (seen.length === 5) openGate(gate);
    }
    assert.deepEqual(
      seen,
      numbers(8).map((x) => x * 2),
    );
    assert.deepEqual(
      numbers(8).map((x) => notes(log).filter((line) => line === String(x)).length),
      [1, 1, 1, 1, 1, 2, 1, 1],
    );
  });

  test(
    'rows behind a heavy one are shared out: free workers run them at the same time',
    needs(traits.parallel),
    async () => {
      const log = subject.path();
      /** One row is heavy; each of those behind it waits until another one runs beside it. */
      const work = (item: number, file: string): number => {
        if (file === '') return item;
        const end = performance.now() + (item === 1 ? 10 : 0);
        while (performance.now() < end);
        if (item < 2) return item;
        note(file, item);
        const bound = performance.now() + 30_000;
        while (notes(file).length < 2) if (performance.now() > bound) throw new Error('nobody runs beside it');
        return item;
      };
      await Promise.all(numbers(2000).map((i) => pool.run(work, [i, ''])));
      assert.deepEqual(await Promise.all(numbers(10).map((i) => pool.run(work, [i, log]))), numbers(10));
    },
  );

  test('what is moved to a worker is never asked back', async () => {
    const items = Array.from({ length: 1000 }, (_, i) => Float64Array.of(i, 1));
    const sum = (xs: Float64Array): number => {
      const end = performance.now() + 3;
      while (xs[0]! % 100 === 99 && performance.now() < end);
      return xs[0]! + xs[1]!;
    };
    await pool.map(
      items.slice(0, 500).map((xs) => xs.slice()),
      sum,
    );
    assert.deepEqual(
      await pool.map(items, sum, { transfer: (xs) => [xs.buffer] }),
      numbers(1000).map((i) => i + 1),
    );
  });
}
