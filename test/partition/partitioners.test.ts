import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hash } from '../../src/partition/hash.js';
import { compareKeys, hashKey } from '../../src/partition/keys.js';
import { checkPartitioner, partitionIn } from '../../src/partition/partitioner.js';
import { range } from '../../src/partition/range.js';
import { roundRobin } from '../../src/partition/round-robin.js';
import { another, insertionSorted, keys } from './arbitrary.js';

test('hash: the same key, the same partition; equal just when the counts are', () => {
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 20_000 }), (key, n) => {
      assert.equal(hash(n).partitionOf(key), hashKey(key) % n);
      assert.equal(hash(n).partitionOf(another(key)), hash(n).partitionOf(key));
    }),
  );
  assert.equal(hash(4).equals(hash(4)), true);
  assert.equal(hash(4).equals(hash(5)), false);
  assert.equal(hash(2).equals(range([1])), false);
  assert.equal(hash(4).equals({ count: 4 }), false);
});

test('hash: words and numbers are spread evenly', () => {
  const counts = (some: readonly unknown[]) => {
    const partitions = new Array<number>(16).fill(0);
    for (const key of some) partitions[hash(16).partitionOf(key)]!++;
    return partitions;
  };
  const numbers = Array.from({ length: 16_000 }, (_, i) => i);
  for (const some of [numbers, numbers.map((i) => i * 64), numbers.map((i) => i / 8), numbers.map((i) => `key-${i}`)]) {
    // 1,000 each, give or take five deviations of 31.
    for (const count of counts(some)) assert.ok(Math.abs(count - 1000) < 155, String(counts(some)));
  }
});

test('range: a key is in the partition whose bounds are around it, a bound itself to the right', () => {
  const distinct = fc
    .uniqueArray(keys, { comparator: (a, b) => compareKeys(a, b) === 0, maxLength: 12 })
    .map((some) => insertionSorted(some, compareKeys));
  const numbers = fc.uniqueArray(fc.integer(), { maxLength: 12 }).map((some) => some.sort((a, b) => a - b));
  const strings = fc.uniqueArray(fc.string(), { maxLength: 12 }).map((some) => some.sort());
  fc.assert(
    fc.property(fc.oneof(distinct, numbers, strings), fc.array(keys), (bounds, some) => {
      const partitioner = range(bounds);
      assert.equal(partitioner.count, bounds.length + 1);
      for (const key of [...some, ...bounds]) {
        const partition = partitioner.partitionOf(key);
        assert.equal(partition, bounds.filter((bound) => compareKeys(bound, key) <= 0).length);
      }
      bounds.forEach((bound, i) => {
        assert.equal(partitioner.partitionOf(bound), i + 1);
      });
    }),
    { numRuns: 500 },
  );
});

test('range: by maps the key first', () => {
  const partitioner = range(['m'], { by: (user: { name: string }) => user.name.toLowerCase() });
  assert.equal(partitioner.partitionOf({ name: 'MARY' }), 1);
  assert.equal(partitioner.partitionOf({ name: 'Bob' }), 0);
});

test('range: equal when bounds and by are', () => {
  const by = (x: number) => -x;
  assert.equal(range([1, 2]).equals(range([1, 2])), true);
  assert.equal(range([{ a: 1 }, [0]].reverse()).equals(range([[0], { a: 1 }])), true);
  assert.equal(range([1, 2]).equals(range([1, 3])), false);
  assert.equal(range([1, 2]).equals(range([1])), false);
  assert.equal(range([1], { by }).equals(range([1], { by })), true);
  assert.equal(range([1], { by }).equals(range([1])), false);
  assert.equal(range([1], { by }).equals(range([1], { by: (x: number) => -x })), false);
  assert.equal(range([1]).equals(hash(2)), false);
  const request = range(4);
  assert.equal(request.withBounds([2]).equals(request.withBounds([2])), true);
  assert.equal(request.withBounds([2]).equals(request.withBounds([2, 4])), false);
  assert.equal(request.withBounds([2, 4]).equals(request.withBounds([2])), false);
});

test('range(n) is a request until its bounds are found', () => {
  const request = range(4, { by: (x: number) => x % 10 });
  assert.equal(request.count, 4);
  assert.throws(() => request.partitionOf(3), /bounds are found from a sample when the plan runs/);
  assert.equal(request.equals(request), false);
  const found = request.withBounds([2, 4]);
  assert.equal(found.count, 4);
  assert.deepEqual(
    [0, 12, 3, 4, 9].map((key) => found.partitionOf(key)),
    [0, 1, 1, 2, 2],
  );
  assert.equal(found.equals(range([2, 4], { by: (x: number) => x % 10 })), false);
});

test('roundRobin has no partition for a key, and equals nothing', () => {
  const partitioner = roundRobin(3);
  assert.equal(partitioner.count, 3);
  assert.throws(() => partitioner.partitionOf('a'), /roundRobin\(3\) has no partition for a key \("a"\)/);
  assert.equal(partitioner.equals(partitioner), false);
  assert.equal(partitioner.equals(roundRobin(3)), false);
});

test('what is wrong with an argument is said at once', () => {
  for (const make of [hash, range, roundRobin] as ((n: unknown) => unknown)[]) {
    for (const n of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 20 + 1])
      assert.throws(() => make(n), RangeError, String(n));
    for (const n of ['4', null, undefined, {}, 4n]) assert.throws(() => make(n), TypeError, String(n));
  }
  assert.throws(() => range([3, 1]), { name: 'RangeError', message: /\[1\] \(1\) does not come after \[0\] \(3\)/ });
  assert.throws(() => range([1, 1]), RangeError);
  assert.throws(() => range([1, () => 1]), { name: 'TypeError', message: /bounds\[1\] is a function/ });
  assert.throws(() => range([{ at: new Map() }] as unknown[]), {
    name: 'TypeError',
    message: /bounds\[0\]\.at is an instance of Map/,
  });
  assert.throws(() => range(2, { by: 3 } as never), /by must be a function, not 3/);
  assert.throws(() => range(2, { bye: 3 } as never), /no option bye/);
  assert.throws(() => range(2, null as never), TypeError);
  assert.throws(() => hash(4).partitionOf(() => 1), /a function cannot be a key/);
});

test('partitioners are frozen', () => {
  for (const partitioner of [hash(2), range([1]), range(2), roundRobin(2)]) assert.ok(Object.isFrozen(partitioner));
  const bounds = [1, 2];
  const partitioner = range(bounds);
  bounds[0] = 9;
  assert.deepEqual(partitioner.bounds, [1, 2]);
});

test('objects of the user are checked, and what they answer', () => {
  const custom = (partition: unknown) => ({ count: 2, partitionOf: () => partition as number, equals: () => false });
  checkPartitioner('partitioner', custom(0));
  checkPartitioner('partitioner', hash(3));
  assert.equal(partitionIn(custom(1), 'a'), 1);
  for (const partition of [2, -1, 0.5, Number.NaN]) {
    assert.throws(() => partitionIn(custom(partition), 'a'), {
      name: 'RangeError',
      message: /partitionOf\("a"\) gave/,
    });
  }
  assert.throws(() => partitionIn(custom('1'), 'a'), TypeError);
  for (const wrong of [null, 4, {}, { count: 1 }, { count: 1, partitionOf: () => 0 }]) {
    assert.throws(() => checkPartitioner('partitioner', wrong), TypeError);
  }
  assert.throws(() => checkPartitioner('partitioner', { ...custom(0), count: 0 }), RangeError);
});
