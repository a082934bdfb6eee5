/** Typed arrays that are lent to workers and moved back: what the program sees is what copies would have given. */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Pool, TimeoutError } from 'sheaf';
import { sum } from '../function/exported-arrays.js';
import { other } from '../function/fixtures/arrays.cjs';
import { shared } from './lend-always.js';

const pool = new Pool({ workers: 2 });
after(() => pool.close());

type Numbers = Float64Array | Int16Array | Uint8Array | Float32Array | Uint8ClampedArray;

/** What is only looked at, what is made, what is given back, and what is none of these. */
const functions: readonly ((xs: Numbers, index: number) => unknown)[] = [
  (xs) => {
    let total = 0;
    for (let i = 0; i < xs.length; i++) total += xs[i]!;
    return total;
  },
  (xs, index) => [xs[index], xs.length, xs[-1], xs[xs.length], xs[0.5]],
  (xs) => {
    let max = -Infinity;
    for (const x of xs) {
      if (x > 100) break;
      max = Math.max(max, x);
    }
    return { max, first: xs.at(0), found: xs.indexOf(7), text: xs.join() };
  },
  (xs) => (xs as Float64Array).reduce((a, x, i) => a + x * i, 0.5),
  (xs) => {
    xs.sort();
    xs.fill(9, 0, 1);
    return xs.length > 1 ? xs[1]! : xs[0];
  },
  (xs) => {
    const out = new Float64Array(xs.length);
    for (let i = 0; i < xs.length; i++) out[i] = xs[i]! * 2;
    return out;
  },
  (xs) => ({ some: (xs as Float64Array).filter((x) => x > 3), same: xs.slice() }),
  (xs) => (xs as Float64Array).map((x, i) => x - i).reverse(),
  (xs) => {
    for (let i = 0; i < xs.length; i++) xs[i] = xs[i]! + 1;
    return xs;
  },
  (xs) => [xs, xs],
  (xs) => [xs.constructor.name, xs.byteLength],
  (xs) => xs.subarray(1),
];

/** Typed arrays of many classes, some of them parts of larger memory. */
const arrays = fc
  .tuple(
    fc.constantFrom(Float64Array, Int16Array, Uint8Array, Float32Array, Uint8ClampedArray),
    fc.array(fc.integer({ min: -300, max: 300 }), { maxLength: 40 }),
    fc.nat({ max: 3 }),
  )
  .map(([Class, numbers, skip]): Numbers => Class.from(numbers).subarray(skip));

describe('typed arrays', { timeout: 300_000 }, () => {
  test('give what they give here, and stay as they are', async () => {
    const before = shared.made;
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrays, { minLength: 1, maxLength: 6 }),
        fc.nat({ max: functions.length - 1 }),
        fc.constantFrom(undefined, 1, 3),
        async (rows, at, chunkSize) => {
          const fn = functions[at]!;
          const copies = structuredClone(rows);
          const expected = structuredClone(rows.map((xs, i) => fn(structuredClone(xs), i)));
          const options = { inline: false as const, ...(chunkSize && { chunkSize }) };
          assert.deepEqual(await pool.map<Numbers, unknown>(rows, fn, options), expected);
          const streamed: unknown[] = [];
          for await (const one of pool.map<Numbers, unknown>(rows, fn, options)) streamed.push(one);
          assert.deepEqual(streamed, expected);
          assert.deepEqual(structuredClone(rows), copies);
        },
      ),
      { numRuns: 150 },
    );
    assert.ok(shared.made > before, 'some were lent');
  });

  test('come back in memory of their own, whatever it was in the worker', async () => {
    const xs = new Float64Array(100_000).fill(2);
    const results = await pool.map([xs, xs], functions[5]!, { inline: false });
    const given = await pool.map([xs, xs], functions[8]!, { inline: false });
    for (const one of [...results, ...given] as Float64Array[]) {
      assert.ok(one.buffer instanceof ArrayBuffer);
      assert.equal(one.buffer.byteLength, xs.byteLength);
    }
    assert.equal(xs.length, 100_000);
    assert.deepEqual([(given[0] as Float64Array)[0], (given[1] as Float64Array)[0], xs[0]], [3, 3, 2]);
  });

  test('are seen in their own memory, by a function that could tell', async () => {
    const xs = new Float64Array(100_000);
    const told = await pool.map([xs], (row) => row.buffer.constructor.name, { inline: false });
    assert.deepEqual(told, ['ArrayBuffer']);
  });

  test('of an exported function, which is another one in workers', async () => {
    assert.deepEqual(await pool.map([new Float64Array(9)], other, { inline: false }), ['ArrayBuffer']);
    const xs = Float64Array.of(1, 2, 3);
    assert.deepEqual(await pool.map([xs, xs], sum, { inline: false }), [6, 6]);
  });

  for (const [what, tamper] of tampering()) {
    test(`are copied where a program has changed ${what}`, async () => {
      await using changed = new Pool({ workers: 1, setup: tamper });
      const xs = Float64Array.of(3, 1, 2);
      const looks = (row: Float64Array): number => {
        let total = 0;
        for (const x of row) total += Math.abs(x);
        return total + row.length + row.reduce((a, b) => a + b, 0);
      };
      const makes = (row: Float64Array): Float64Array => {
        const out = new Float64Array(20_000);
        out[0] = row[0]! + Math.abs(row[1]!);
        return out;
      };
      await changed.map([xs, xs], looks, { inline: false });
      await changed.map([xs, xs], makes, { inline: false });
      // What was kept is what copies would have left: ordinary memory, and all of it.
      const [kept] = await changed.map(
        [0],
        () =>
          (globalThis as Keeping).kept?.map(({ buffer, byteLength }) => `${buffer.constructor.name} ${byteLength > 0}`),
        { inline: false },
      );
      assert.deepEqual([...new Set(kept)], ['ArrayBuffer true']);
    });
  }

  test('are right after errors, time-outs, cancels and lost workers', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => new Float64Array(1000).fill(i));
    const total = (xs: Float64Array): number => {
      if (xs[0] === 7) throw new RangeError(`seven of ${xs.length}`);
      while (xs[0] === 13);
      let all = 0;
      for (let i = 0; i < xs.length; i++) all += xs[i]!;
      return all;
    };
    const job = pool.map(rows, total, { timeoutMs: 300, retries: 1 });
    const [settled] = await Promise.all([
      job.settled(),
      pool.run(() => process.exit(1)).catch(() => {}),
      pool.map(rows, total).then(
        () => {},
        () => {},
      ),
    ]);
    for (const [i, one] of settled.entries()) {
      if (i === 7) assert.ok(one.status === 'rejected' && one.reason instanceof RangeError);
      else if (i === 13) assert.ok(one.status === 'rejected' && one.reason instanceof TimeoutError);
      else assert.deepEqual(one, { status: 'fulfilled', value: i * 1000 });
    }
    const cancelled = pool.map(rows, (xs) => xs.reduce((a, b) => a + b, 0), { inline: false, chunkSize: 1 });
    cancelled.cancel();
    await cancelled.then(
      () => {},
      () => {},
    );
    const after = await pool.map(rows, (xs) => xs.reduce((a, b) => a + b, 0), { inline: false, chunkSize: 2 });
    assert.deepEqual(
      after,
      rows.map((_, i) => i * 1000),
    );
  });
});

type Tamper = () => void;
type Keeping = { kept?: ArrayBufferView[] };

/** What a program may have put in the place of the language's own, so that it gets hold of arrays: functions for workers to begin with. */
function tampering(): [string, Tamper][] {
  /** Those of the two functions; the library has others. */
  const keep = (array: Float64Array, length: number): void => {
    const world = globalThis as Keeping;
    world.kept ??= [];
    if (length === 3 || length === 20_000) world.kept.push(array);
  };
  return [
    [
      'the length of arrays',
      () => {
        const base = Object.getPrototypeOf(Float64Array.prototype);
        const { get } = Object.getOwnPropertyDescriptor(base, 'length')!;
        Object.defineProperty(base, 'length', {
          configurable: true,
          get(this: Float64Array) {
            const length: number = get!.call(this);
            keep(this, length);
            return length;
          },
        });
      },
    ],
    [
      'the length of one class',
      () => {
        const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Float64Array.prototype), 'length')!;
        Object.defineProperty(Float64Array.prototype, 'length', {
          get(this: Float64Array) {
            const length: number = get!.call(this);
            keep(this, length);
            return length;
          },
        });
      },
    ],
    [
      'a method',
      () => {
        const { reduce } = Float64Array.prototype;
        Object.getPrototypeOf(Float64Array.prototype).reduce = function (this: Float64Array, ...args: [never, never]) {
          keep(this, this.length);
          return reduce.apply(this, args);
        };
      },
    ],
    [
      'iteration',
      () => {
        const { values } = Float64Array.prototype;
        Object.getPrototypeOf(Float64Array.prototype)[Symbol.iterator] = function (this: Float64Array) {
          keep(this, this.length);
          return values.call(this);
        };
      },
    ],
    [
      'a class',
      () => {
        globalThis.Float64Array = new Proxy(Float64Array, {
          construct(target, args, newTarget) {
            const made = Reflect.construct(target, args, newTarget) as Float64Array;
            keep(made, made.length);
            return made;
          },
        });
      },
    ],
    [
      'what is asked of results',
      () => {
        Object.defineProperty(Float64Array.prototype, 'then', {
          get(this: Float64Array) {
            keep(this, this.length);
            return undefined;
          },
        });
      },
    ],
    [
      'a function of Math',
      () => {
        const { abs } = Math;
        const base = Object.getPrototypeOf(Float64Array.prototype);
        const length = Object.getOwnPropertyDescriptor(base, 'length')!;
        Math.abs = (x) => {
          Object.defineProperty(base, 'length', {
            configurable: true,
            get(this: Float64Array) {
              Object.defineProperty(base, 'length', length);
              keep(this, this.length);
              return this.length;
            },
          });
          return abs(x);
        };
      },
    ],
  ];
}
