/** Large typed arrays that the calling thread looks at where they are: what the program sees is what copies would have given. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Pool } from 'sheaf';
import { arrayUse } from '../../src/function/arrays.js';
import { capture } from '../../src/function/capture.js';

const pool = new Pool({ workers: 2 });
after(() => pool.close());

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array | Int16Array;
type Fn = (xs: Numbers, index: number) => unknown;

const scanning: Readonly<Record<string, Fn>> = {
  sum: (xs) => {
    let total = 0;
    for (let i = 0; i < xs.length; i++) total += xs[i]!;
    return total;
  },
  'a sum of squares': function squares(xs) {
    const n = xs.length;
    let total = 0;
    for (let i = 1; i < n; i += 2) total += xs[i]! * xs[i]!;
    return { total, n };
  },
  'the largest': (xs) => {
    let max = -Infinity;
    for (const x of xs) if (x > max) max = x;
    return max;
  },
  'a new array': (xs) => {
    const out = new Float64Array(xs.length);
    for (let i = 0; i < xs.length; i++) out[i] = Math.abs(xs[i]! * 2);
    return out;
  },
  'methods of its own': (xs) => [
    (xs as Float64Array).reduce((a, b) => a + b, 0),
    (xs as Float64Array).map((x) => -x),
    xs.slice(),
  ],
  'the first of some kind, or a throw': (xs, index) => {
    for (let i = 0; i < xs.length; i++) {
      if (xs[i]! < 0) throw new RangeError('negative');
      if (xs[i]! > 50) break;
    }
    return xs[index];
  },
};

/** Takes any expression, so that what types forbid can be tried. */
const fn = (one: Fn): Fn => one;
const factor = 3;
const dear: Readonly<Record<string, Fn>> = {
  'loops in loops': fn((xs) => {
    let n = 0;
    for (let i = 0; i < xs.length; i++) for (let j = 0; j < xs.length; j++) n += xs[j]!;
    return n;
  }),
  'a search in a loop': fn((xs) => {
    let n = 0;
    for (let i = 0; i < xs.length; i++) n += xs.indexOf(i);
    return n;
  }),
  'no end in sight': fn((xs) => {
    let i = 0;
    while (i < xs.length) i += xs[i]!;
    return i;
  }),
  'no end in sight, while': fn((xs) => {
    let i = 0;
    while (i < 1e12) i++;
    return xs[0];
  }),
  'no end in sight, until': fn((xs) => {
    let i = 0;
    do i++;
    while (i < 1e12);
    return xs[0];
  }),
  'a counter that goes back': fn((xs) => {
    for (let i = 0; i < xs.length; i++) if (xs[i]! > 1) i = 0;
    return 0;
  }),
  'a counter that goes back by itself': fn((xs) => {
    for (let i = 0; i < xs.length; i++) i--;
    return 0;
  }),
  'a step of nothing': fn((xs) => {
    for (let i = 0; i < xs.length; i += 0) if (xs[i]! > 1) return i;
    return 0;
  }),
  'a bound of its own': fn((xs) => {
    let n = 0;
    for (let i = 0; i < 1e12; i++) n += xs[0]!;
    return n;
  }),
  'an array of any length': fn((xs) => new Float64Array(xs[0]! * 1e9)),
  powers: fn((xs) => {
    let n = 0;
    for (let i = 0; i < xs.length; i++) n += xs[i]! ** 0.3;
    return n;
  }),
  'slow functions': fn((xs) => {
    let n = 0;
    for (let i = 0; i < xs.length; i++) n += Math.sin(xs[i]!);
    return n;
  }),
  texts: fn((xs) => {
    let text = '';
    for (let i = 0; i < xs.length; i++) text += xs[i]!;
    return text;
  }),
  sorting: fn((xs) => xs.toSorted()),
  'what it captures': fn((xs) => xs[0]! * factor),
  writing: fn((xs) => {
    xs[0] = 1;
    return 0;
  }),
  'writing by a method': fn((xs) => {
    xs.fill(1);
    return 0;
  }),
  'writing by another name': fn((xs) => {
    const ys = xs;
    ys[0]!++;
    return 0;
  }),
  'giving it': fn((xs) => [xs]),
  'a dear error': fn((xs) => {
    if (xs[0]! > 0) throw new Error(`${(xs as Float64Array).reduce((s, x) => s + xs.indexOf(x), 0)}`);
    return 1;
  }),
  'a dear length': fn((xs) => new Float64Array((xs as Float64Array).map((x) => xs.indexOf(x)).length)),
  'a length of something else': fn(() => new Float64Array(new Float64Array(1e9).length)),
  bigints: fn((xs) => {
    const ys = new BigInt64Array(xs.length);
    let y = ~ys[0]!;
    for (let i = 0; i < xs.length; i++) y = y * y;
    return xs[0];
  }),
  filtering: fn((xs) => (xs as Float64Array).filter((x) => x > 1)),
  'a prototype': fn((xs) => ({ __proto__: null, first: xs[0] })),
  'what a program adds to Math': fn((xs) => xs[0]! * (Math as unknown as { TAU: number }).TAU),
  'many passes': fn((xs) => xs.slice().slice().slice().slice().slice()),
};

const classes = [Float64Array, Float32Array, Int32Array, Uint8Array, Int16Array] as const;
const length = 1 << 16;
const make = (Class: (typeof classes)[number], seed: number): Numbers => {
  const xs = new Class(length);
  for (let i = 0; i < length; i++) xs[i] = (seed * 7 + i) % 100;
  return xs;
};

/** The numbers of the workers that tasks ran on while `run` did; -1 is the calling thread. */
async function places(run: () => PromiseLike<unknown>): Promise<ReadonlySet<number | undefined>> {
  const seen = new Set<number | undefined>();
  const stop = pool.events.listen((event) => {
    if (event.kind === 'task-ended') seen.add(event.worker);
  });
  await run();
  stop();
  return seen;
}

describe('large arrays', { timeout: 120_000 }, () => {
  for (const [name, f] of Object.entries(scanning)) {
    test(`${name}: as by the workers`, async () => {
      assert.ok(arrayUse(capture(f))?.scan !== undefined, 'the calling thread would not do it');
      const rows = classes.flatMap((Class) => [1, 2, 3].map((seed) => make(Class, seed)));
      const before = rows.map((xs) => xs.slice());
      const want = rows.map((xs, i) => f(xs.slice(), i));
      assert.deepEqual(await pool.map(rows, f), want);
      assert.deepEqual(await pool.map(rows, f, { inline: false }), want);
      assert.deepEqual(rows, before);
      // On a machine that is busy, rows take longer than they should, and workers may do the last of them.
      assert.ok((await places(() => pool.map(rows, f))).has(-1));
      assert.equal((await places(() => pool.map(rows, f, { inline: false }))).has(-1), false);
    });
  }

  for (const [name, f] of Object.entries(dear)) {
    test(`${name}: not by the calling thread`, () => {
      assert.equal(arrayUse(capture(f))?.scan, undefined);
    });
  }

  test('a row that throws is told as by the workers', async () => {
    const rows = [1, 2, 3].map((seed) => make(Float64Array, seed));
    rows[1]![5] = -1;
    const f = scanning['the first of some kind, or a throw']!;
    for (const inline of ['auto', false] as const) {
      const settled = await pool.map(rows, f, { inline }).settled();
      assert.deepEqual(
        settled.map((one) => one.status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      await assert.rejects(pool.map(rows, f, { inline }), { name: 'RangeError', message: 'negative' });
    }
  });

  test('what an array has of its own is not asked', async () => {
    class Mine extends Float64Array {
      override get length(): number {
        return 3;
      }
    }
    const rows = [make(Float64Array, 1), make(Float64Array, 2), new Mine(make(Float64Array, 3)) as Float64Array];
    Object.defineProperty(rows[1], 'length', { value: 2 });
    const total = (xs: Numbers): number => {
      let sum = 0;
      for (let i = 0; i < xs.length; i++) sum += xs[i]!;
      return sum;
    };
    // As structured clone has them.
    const want = rows.map((xs) => total(structuredClone(xs)));
    assert.ok(want.every((sum) => sum > 1000));
    assert.deepEqual(await pool.map(rows, total), want);
    assert.deepEqual(await pool.map(rows, total, { inline: false }), want);
    assert.deepEqual(await Promise.all(rows.map((xs) => pool.run(total, [xs]))), want);
  });

  test('what the program has put in the place of the language’s own is not called', async () => {
    const base = Object.getPrototypeOf(Float64Array.prototype) as object;
    const { reduce } = Float64Array.prototype;
    Object.defineProperty(base, 'reduce', { value: () => 'patched', configurable: true, writable: true });
    try {
      const rows = [1, 2, 3].map((seed) => make(Float64Array, seed) as Float64Array);
      const want = rows.map((xs) => xs.reduceRight((a, b) => a + b, 0));
      assert.deepEqual(await pool.map(rows, (xs) => xs.reduce((a, b) => a + b, 0)), want);
    } finally {
      Object.defineProperty(base, 'reduce', { value: reduce, configurable: true, writable: true });
    }
  });

  test('what has the same name is not taken for it', async () => {
    const base = Object.getPrototypeOf(Float64Array.prototype) as object;
    const { map } = Float64Array.prototype;
    Object.defineProperty(base, 'map', { value: Array.prototype.map, configurable: true, writable: true });
    try {
      const [mapped] = await pool.map([make(Float64Array, 1) as Float64Array], (xs) => xs.map((x) => x * 2));
      assert.ok(mapped instanceof Float64Array);
    } finally {
      Object.defineProperty(base, 'map', { value: map, configurable: true, writable: true });
    }
  });

  test('arrays lie beside each other, whatever they say of their size', async () => {
    const rows = [1, 2].map((n) => new Float64Array(length).fill(n));
    Object.defineProperty(rows[0], 'byteLength', { value: 8 });
    const f = (xs: Float64Array): number => {
      xs[0]! += 1;
      return xs.reduce((a, b) => a + b, 0);
    };
    const want = [length + 1, 2 * length + 1];
    assert.deepEqual(await pool.map(rows, f, { inline: false, chunkSize: 2 }), want);
  });

  test('the event loop has a turn after each few', async () => {
    const rows = Array.from({ length: 32 }, (_, seed) => new Float64Array(1 << 20).fill(seed));
    let turns = 0;
    let over = false;
    const turn = (): void => {
      turns++;
      if (!over) setImmediate(turn);
    };
    turn();
    await pool.map(rows, scanning.sum!);
    over = true;
    assert.ok(turns >= rows.length, `${turns} turns`);
  });
});
