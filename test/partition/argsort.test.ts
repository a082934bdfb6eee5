import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { argsort } from '../../src/partition/argsort.js';
import { compareKeys } from '../../src/partition/keys.js';
import { keys } from './arbitrary.js';

function expected(some: readonly unknown[], descending: boolean): number[] {
  const places = some.map((_, i) => i);
  // Array.prototype.sort is stable.
  return places.sort((i, j) => (descending ? compareKeys(some[j], some[i]) : compareKeys(some[i], some[j])));
}

test('long lists of one bit pattern or another', () => {
  const n = 5000;
  const make: ((i: number) => unknown)[] = [
    (i) => (i * 7919) % n,
    (i) => ((i * 7919) % n) * 2 ** 40 + 0.5,
    (i) => 1 + ((i * 7919) % n) * Number.EPSILON,
    (i) => -((i * 7919) % 100) / 3,
    (i) => `a common beginning ${(i * 7919) % n} and one end`,
    (i) => 'x'.repeat((i * 7919) % 200),
    (i) => ['a', 'b'][(i * 7919) % 2],
    (i) => [(i * 7919) % 10, (i * 104_729) % n],
    (i) => new Array((i * 7919) % 4).fill((i * 7) % 3),
    (i) => ({ b: (i * 7919) % 10, a: (i * 104_729) % 30 }),
    (i) => (i % 2 === 0 ? { b: (i * 7919) % 10 } : { a: (i * 104_729) % 30 }),
  ];
  for (const one of make) check(Array.from({ length: n }, (_, i) => one(i)));
});

function check(some: readonly unknown[]): void {
  for (const descending of [false, true]) assert.deepEqual([...argsort(some, descending)], expected(some, descending));
}

const lists: Record<string, fc.Arbitrary<unknown>> = {
  'all kinds': keys,
  'small integers': fc.integer({ min: -5, max: 5 }),
  integers: fc.integer(),
  'safe integers': fc.maxSafeInteger(),
  doubles: fc.double(),
  'doubles alike': fc.integer({ min: 0, max: 40 }).map((i) => 1 + i * Number.EPSILON),
  'doubles with specials': fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity)),
  'numbers or none': fc.oneof(fc.integer(), fc.constantFrom(undefined, null)),
  dates: fc.date({ noInvalidDate: false }),
  'short strings': fc.string({ maxLength: 3 }),
  'any strings': fc.string({ unit: 'binary', maxLength: 24 }),
  'strings alike': fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 40 }),
  'strings with a prefix': fc.tuple(fc.constantFrom('user-000', 'user-0001', ''), fc.nat(30)).map(([a, b]) => a + b),
  bigints: fc.bigInt(),
  arrays: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
};

for (const [name, of] of Object.entries(lists)) {
  test(`${name}: the order that a stable sort gives`, () => {
    fc.assert(fc.property(fc.array(of, { maxLength: 40 }), check), { numRuns: 300 });
    fc.assert(fc.property(fc.array(of, { minLength: 1500, maxLength: 3000 }), check), { numRuns: 10 });
  });
}
