import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { context, type Pool } from 'sheaf';

import { assertSame } from '../../support/deep-same.js';
import { numbers } from '../check.js';
import { openGate, passGate } from '../gates.js';
import { needs, type Subject } from '../subject.js';

/** Values whose memory a message may take away, which then have to travel once more. */
export function largeCases(subject: Subject): void {
  const { traits } = subject;
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  const memory = new Float64Array(numbers(20_000)).buffer;
  const resizable = Reflect.construct(ArrayBuffer, [80_000, { maxByteLength: 100_000 }]) as ArrayBuffer;
  new Uint8Array(resizable).fill(7);
  const values: Record<string, () => unknown> = {
    'a typed array': () => new Float64Array(memory.slice(0)),
    'two views of one buffer': () => {
      const copy = memory.slice(0);
      return { all: new Uint8Array(copy), some: new Float32Array(copy, 8, 3) };
    },
    'a Buffer': () => Buffer.alloc(70_000, 'ab'),
    'a resizable buffer': () => structuredClone(resizable),
    'a Map with a long text': () =>
      new Map<unknown, unknown>([
        ['text', 'x'.repeat(100_000)],
        [1n, [2]],
      ]),
    'a list of much': () => [numbers(30_000), new Set(['few'])],
  };

  for (const [name, make] of Object.entries(values)) {
    test(`${name} is what it was when the call is tried again`, async () => {
      const seen = pool.run(
        (value: unknown, log: unknown[]) => {
          if (context().attempt === 3) return [value, log];
          // What it does to its own copy is not seen by the next try.
          if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer).fill(0);
          if (value instanceof Map) value.clear();
          log.push('changed');
          throw new Error('again');
        },
        [make(), []],
        { retries: 2 },
      );
      assertSame(await seen, [make(), []]);
    });

    test(`${name} is what it was when the worker is lost`, needs(traits.losesWorkers), async () => {
      const die = (value: unknown): unknown => (context().attempt === 1 ? process.exit(1) : value);
      assertSame(await pool.run(die, [make()]), make());
      assertSame(await Promise.all(numbers(3).map(() => pool.run(die, [make()]))), numbers(3).map(make));
      assertSame(await pool.map(numbers(3).map(make), die, { chunkSize: 2 }), numbers(3).map(make));
    });

    test(`${name} is what it was when another worker takes the call`, needs(traits.parallel), async () => {
      const one = subject.open({ workers: 2 });
      try {
        const fn = async (value: unknown, gate?: string): Promise<unknown> => {
          if (gate !== undefined) await passGate(gate);
          return value;
        };
        // Its calls are short, as far as is known: a worker is handed some of them ahead.
        for (let i = 0; i < 4; i++) await Promise.all(numbers(50).map((x) => one.run(fn, [x])));
        const gate = subject.path();
        const blocked = one.run(fn, [make(), gate]);
        await new Promise((resolve) => setImmediate(resolve)); // it travels alone
        assertSame(await Promise.all(numbers(30).map(() => one.run(fn, [make()]))), numbers(30).map(make));
        openGate(gate);
        assertSame(await blocked, make());
      } finally {
        await one.close();
      }
    });
  }

  test('calls may keep their arguments, those that were moved, too', async () => {
    const one = subject.open({ workers: 1 });
    try {
      const keep = (key: string, value: Float64Array): number[] => {
        const all = globalThis as unknown as Record<string, Float64Array[] | undefined>;
        all[key] ??= [];
        all[key].push(value);
        return all[key].map((array) => array[0]! + array.at(-1)!);
      };
      const key = `kept by ${subject.path()}`;
      const given = new Float64Array(20_000);
      for (let i = 0; i < 8; i++) {
        given.fill(i);
        const moved = new Float64Array(20_000).fill(i);
        const options = i % 2 === 0 ? undefined : { transfer: [moved.buffer] };
        const kept = await one.run(keep, [key, options === undefined ? given : moved], options);
        assert.deepEqual(
          kept,
          numbers(i + 1).map((x) => 2 * x),
        );
      }
    } finally {
      await one.close();
    }
  });

  test('arguments of the same size that are under way together stay apart', async () => {
    const one = subject.open({ workers: 2 });
    try {
      const ends = (value: Float64Array, of: string): string => `${of}: ${value[0]}, ${value.at(-1)}`;
      const given = new Float64Array(20_000);
      let made = 0;
      const lane = async (): Promise<void> => {
        while (made < 60) {
          const i = made++;
          const answer = one.run(ends, [given.fill(i), 'it']);
          assert.equal(await answer, `it: ${i}, ${i}`);
        }
      };
      await Promise.all(numbers(6).map(lane));
    } finally {
      await one.close();
    }
  });

  test('what a function has captured is new in each job', async () => {
    const bytes = structuredClone(resizable);
    const grows = (by: number): number[] => {
      const mine = bytes as ArrayBuffer & { resize(size: number): void };
      mine.resize(mine.byteLength + by);
      return [mine.byteLength, new Uint8Array(mine).at(-1 - by)!];
    };
    for (let i = 0; i < 3; i++) assert.deepEqual(await pool.run(grows, [2]), [80_002, 7]);
  });
}
