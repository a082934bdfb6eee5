import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boundsOf, samplesPerPartition } from '../../src/partition/bounds.js';
import { compareKeys, sameKey } from '../../src/partition/keys.js';
import { seeded } from '../../src/partition/random.js';
import { range } from '../../src/partition/range.js';
import { mergeDrawn, Reservoir } from '../../src/partition/sample.js';
import { keys } from './arbitrary.js';

function sizes(rows: readonly unknown[], bounds: readonly unknown[], n: number): { size: number; keys: number }[] {
  const partitioner = range(n).withBounds(bounds);
  const partitions = Array.from({ length: n }, () => ({ size: 0, seen: new Set<unknown>() }));
  for (const row of rows) {
    const partition = partitions[partitioner.partitionOf(row)]!;
    partition.size++;
    partition.seen.add(row);
  }
  return partitions.map(({ size, seen }) => ({ size, keys: seen.size }));
}

/** The least that the largest partition of more than one key can be, found by trying all cuts. */
function least(loads: readonly number[], n: number): number {
  if (loads.length === 0) return 0;
  if (n === 0) return Infinity;
  let best = Infinity;
  let sum = 0;
  for (let taken = 1; taken <= loads.length; taken++) {
    sum += loads[taken - 1]!;
    best = Math.min(best, Math.max(taken === 1 ? 0 : sum, least(loads.slice(taken), n - 1)));
  }
  return best;
}

test('bounds are as good as any can be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
      (loads, n) => {
        const rows = loads.flatMap((load, key) => new Array<number>(load).fill(key));
        const largest = (bounds: readonly unknown[]) =>
          Math.max(0, ...sizes(rows, bounds, n).map((partition) => (partition.keys > 1 ? partition.size : 0)));
        assert.equal(largest(boundsOf(rows, n)), least(loads, n));
        const weighted = boundsOf([...loads.keys()], n, loads);
        assert.equal(largest(weighted), least(loads, n));
      },
    ),
  );
});

test('bounds ascend and are at most n - 1; a key of the sample or right after one', () => {
  fc.assert(
    fc.property(fc.array(keys), fc.integer({ min: 1, max: 12 }), (sample, n) => {
      const bounds = boundsOf(sample, n);
      assert.ok(bounds.length <= n - 1);
      bounds.forEach((bound, i) => {
        if (i > 0) assert.ok(compareKeys(bounds[i - 1], bound) < 0);
        const last = typeof bound === 'string' ? bound.slice(0, -1) : bound;
        assert.ok(sample.some((key) => sameKey(key, bound) || sameKey(key, last) || isNext(key, bound)));
      });
    }),
  );
});

/** Whether there is no number between two. */
function isNext(low: unknown, high: unknown): boolean {
  if (typeof low !== 'number' || typeof high !== 'number') return false;
  const middle = low / 2 + high / 2;
  return low < high && (middle <= low || middle >= high);
}

const skewed: Record<string, (u: number, i: number) => unknown> = {
  uniform: (u) => u,
  'few keys': (u) => Math.floor(u * 40),
  squares: (u) => Math.floor(u * u * u * 10_000),
  'Zipf words': (u) => `w${Math.floor(50_000 ** u)}`,
  'one key with 30 %': (u) => (u < 0.3 ? 'heavy' : `k${Math.floor(u * 100_000)}`),
  'three heavy keys': (u) => (u < 0.6 ? Math.floor(u * 5) * 100 : u * 300),
  exponential: (u) => -Math.log(1 - u),
  'sorted input': (_, i) => i,
};

for (const [name, make] of Object.entries(skewed)) {
  test(`no partition is above 1.5 times the mean, but for one key alone: ${name}`, () => {
    for (const n of [2, 7, 16, 50]) {
      const random = seeded(n);
      const rows = Array.from({ length: 60_000 }, (_, i) => make(random.next(), i));
      const size = n * samplesPerPartition;
      const parts = [0, 1, 2].map((part) => {
        const reservoir = new Reservoir<unknown>(size, seeded(1, part));
        for (const row of rows.slice(part * 20_000, (part + 1) * 20_000)) reservoir.add(row);
        return reservoir.drawn();
      });
      const sample = mergeDrawn(parts, size);
      const limit = 1.5 * (rows.length / n);
      const found = sizes(rows, boundsOf(sample, n), n);
      for (const partition of found) {
        assert.ok(
          partition.size <= limit || partition.keys === 1,
          `${n}: ${partition.size} > ${limit}, ${partition.keys} keys`,
        );
      }
    }
  });
}

test('a heavy key has a partition of its own', () => {
  const sample = [...new Array(70).fill(5), 1, 2, 3, 4, 6, 7, 8, 9];
  const bounds = boundsOf(sample, 4);
  assert.deepEqual(bounds, [5, 5 + 2 ** -50]);
  assert.deepEqual(boundsOf(['a', ...new Array(9).fill('b'), 'c', 'd', 'e'], 3), ['b', 'b\0']);
  assert.deepEqual(boundsOf([...new Array(9).fill(-5), -6, -7, 1, 2, 3], 3), [-5, -5 + 2 ** -50]);
  assert.deepEqual(boundsOf([...new Array(9).fill(0), -6, -7, 1, 2, 3], 3), [0, Number.MIN_VALUE]);
  assert.deepEqual(boundsOf([], 4), []);
  assert.deepEqual(boundsOf([1, 1, 1], 4), []);
  assert.deepEqual(boundsOf([2, 1, 2], 4), [2]);
  assert.throws(() => boundsOf([1], 0), RangeError);
  assert.throws(() => boundsOf([1], 2, [1, 2]), RangeError);
});

test('every row is drawn with the same chance, however rows are shared out', () => {
  const drawn = new Array<number>(30).fill(0);
  const rounds = 6000;
  for (let seed = 0; seed < rounds; seed++) {
    const parts = [
      [0, 3],
      [3, 4],
      [4, 30],
    ].map(([from, to], part) => {
      const reservoir = new Reservoir<number>(5, seeded(seed, part));
      for (let row = from!; row < to!; row++) reservoir.add(row);
      return reservoir.drawn();
    });
    const rows = mergeDrawn(parts, 5);
    assert.equal(new Set(rows).size, 5);
    for (const row of rows) drawn[row]!++;
  }
  // 1,000 each; five deviations are 144.
  for (const count of drawn) assert.ok(Math.abs(count - rounds / 6) < 144, String(drawn));
});

test('a reservoir has the items of the lowest ranks', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(300), fc.nat(20), (seed, count, size) => {
      const reservoir = new Reservoir<number>(size, seeded(seed));
      const random = seeded(seed);
      const ranks = Array.from({ length: count }, (_, item) => ({ rank: random.next(), item }));
      for (let item = 0; item < count; item++) reservoir.add(item);
      assert.deepEqual(reservoir.drawn(), ranks.sort((a, b) => a.rank - b.rank).slice(0, size));
    }),
  );
});

test('a reservoir of less than its size has all, one of none has none', () => {
  const fill = (size: number) => {
    const reservoir = new Reservoir<number>(size, seeded(3));
    for (let i = 0; i < 10; i++) reservoir.add(i);
    assert.equal(reservoir.seen, 10);
    return reservoir.drawn().map(({ item }) => item);
  };
  assert.deepEqual(fill(20).sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(fill(0), []);
  assert.equal(fill(4).length, 4);
});

/** xoshiro128** as published, in arithmetic that cannot overflow, from four outputs of splitmix32. */
function* published(seed: number): Generator<number> {
  const word = (value: bigint) => BigInt.asUintN(32, value);
  const turn = (value: bigint, by: bigint) => word((value << by) | (value >> (32n - by)));
  let state = BigInt(seed);
  const s = [0, 0, 0, 0].map(() => {
    state = word(state + 0x9e3779b9n);
    let z = word((state ^ (state >> 16n)) * 0x21f0aaadn);
    z = word((z ^ (z >> 15n)) * 0x735a2d97n);
    return z ^ (z >> 15n);
  });
  for (;;) {
    yield Number(word(turn(word(s[1]! * 5n), 7n) * 9n));
    const t = word(s[1]! << 9n);
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = turn(s[3]!, 11n);
  }
}

test('random numbers are those of the published algorithm', () => {
  for (const seed of [0, 1, 12345, 2 ** 32 - 1]) {
    const random = seeded(seed);
    const expected = published(seed);
    for (let i = 0; i < 100; i++) assert.equal(random.word(), expected.next().value);
  }
  const [random, words] = [seeded(5), seeded(5)];
  assert.equal(random.next(), ((words.word() >>> 5) * 2 ** 26 + (words.word() >>> 6)) / 2 ** 53);
});

test('a seed repeats, other seeds and streams do not', () => {
  const take = (seed: number, stream?: number) => {
    const random = seeded(seed, stream);
    return Array.from({ length: 4 }, () => random.word());
  };
  assert.deepEqual(take(7, 3), take(7, 3));
  const seeds = [0, 1, 2, -1, 0.5, 1.5, 2 ** 32, 2 ** 40, Number.NaN, -0.5];
  const all = seeds.flatMap((seed) => [0, 1, 2].map((stream) => String(take(seed, stream))));
  assert.equal(new Set(all).size, all.length);
  const random = seeded(11);
  const values = Array.from({ length: 10_000 }, () => random.next());
  assert.ok(values.every((value) => value >= 0 && value < 1));
  assert.ok(Math.abs(values.reduce((a, b) => a + b) / values.length - 0.5) < 0.015);
  const dice = Array.from({ length: 600 }, () => random.below(6));
  assert.deepEqual([...new Set(dice)].sort(), [0, 1, 2, 3, 4, 5]);
});
