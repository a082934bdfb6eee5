import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyIndex } from '../../src/partition/key-index.js';
import { hashKey, sameKey } from '../../src/partition/keys.js';
import { another, keys } from './arbitrary.js';

/** What a key is kept as. */
const kept = (key: unknown) => (key === 0 ? 0 : key);

test('slots are those of a list that is searched for the same key', () => {
  fc.assert(
    fc.property(
      fc.array(keys, { maxLength: 60, size: 'max' }),
      fc.array(keys, { maxLength: 20, size: 'max' }),
      (some, others) => {
        const index = new KeyIndex();
        const list: unknown[] = [];
        const find = (key: unknown) => list.findIndex((known) => sameKey(known, key));
        for (const key of [...some, ...some.map(another)]) {
          assert.equal(index.find(key), find(key));
          const known = find(key);
          const expected = known === -1 ? list.push(kept(key)) - 1 : known;
          assert.equal(index.slotOf(key), expected);
          assert.equal(index.find(another(key)), expected);
          assert.equal(index.size, list.length);
        }
        for (const key of others) assert.equal(index.find(key), find(key));
        assert.equal(index.size, list.length);
        list.forEach((key, slot) => {
          assert.ok(Object.is(index.keyAt(slot), key));
        });
        assert.deepEqual(index.keys(), list);
      },
    ),
    { numRuns: 500 },
  );
});

const many: Record<string, (i: number) => unknown> = {
  'short strings': (i) => `w${i}`,
  'strings of two bytes': (i) => `Ω${i}`,
  'long strings': (i) => `a rather long word ${i}`,
  integers: (i) => i - 7000,
  'integers far apart': (i) => i * 1024 - 7_000_000,
  floats: (i) => i / 1024,
  'large integers': (i) => i * 2 ** 32,
  bigints: (i) => BigInt(i) * 3n,
  dates: (i) => new Date(i * 86_400_000),
  arrays: (i) => [i, `x${i % 7}`],
  objects: (i) => ({ i, x: i % 7 }),
};

for (const [name, make] of Object.entries(many)) {
  test(`tables grow: many ${name}`, () => {
    const index = new KeyIndex();
    const count = 20_000;
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < count; i++) assert.equal(index.slotOf(make(i)), i);
      for (let i = 0; i < count; i += 7) assert.equal(index.slotOf(make(i)), i);
      for (let i = count; i < count + 1000; i++) assert.equal(index.find(make(i)), -1);
      assert.equal(index.size, count);
      const before = index.keys();
      index.clear();
      assert.equal(before.length, count);
      assert.equal(index.size, 0);
      for (let i = 0; i < count; i += 7) assert.equal(index.find(make(i)), -1);
    }
  });
}

const oneOfEach = [
  undefined,
  null,
  false,
  true,
  1,
  0.5,
  Number.NaN,
  'a',
  'Ω',
  'a rather long word',
  1n,
  new Date(0),
  [1],
  { a: 1 },
];

test('each kind has slots of its own, and none after clear', () => {
  const index = new KeyIndex();
  for (let round = 0; round < 2; round++) {
    for (const key of oneOfEach) assert.equal(index.find(key), -1);
    oneOfEach.forEach((key, slot) => {
      assert.equal(index.slotOf(key), slot);
    });
    oneOfEach.forEach((key, slot) => {
      assert.equal(index.slotOf(key), slot);
      assert.equal(index.find(key), slot);
    });
    index.clear();
  }
});

test('keys of the same hash are two keys', () => {
  const [a, b] = [['k86446'], ['k171751']];
  assert.equal(hashKey(a), hashKey(b));
  const index = new KeyIndex();
  assert.equal(index.slotOf(a), 0);
  assert.equal(index.find(b), -1);
  assert.equal(index.slotOf(b), 1);
  assert.equal(index.slotOf(a), 0);
});

test('the first of several keys is kept, as it came', () => {
  const index = new KeyIndex();
  const first = { a: 1, b: [2] };
  index.slotOf(first);
  index.slotOf({ b: [2], a: 1 });
  assert.equal(index.keyAt(0), first);
  assert.ok(Object.is(index.keyAt(index.slotOf(-0)), 0));
  assert.equal(index.slotOf(0), 1);
});

test('what is no key is refused, and changes nothing', () => {
  const index = new KeyIndex();
  index.slotOf('a');
  for (const key of [() => 1, Symbol('s'), new Map(), [new Set()], { a: () => 1 }]) {
    assert.throws(() => index.slotOf(key), TypeError);
    assert.throws(() => index.find(key), TypeError);
  }
  assert.equal(index.slotOf('b'), 1);
  assert.equal(index.size, 2);
});
