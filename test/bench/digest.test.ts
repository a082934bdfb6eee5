import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestNothing, digestNumbers, digestRows } from '../../bench/digest.js';

test('the checksum does not depend on the parts or on the kind of array', () => {
  assert.equal(digestNumbers([[1, 2], Float64Array.of(3)]), digestNumbers([[1, 2, 3]]));
  assert.equal(digestRows([[{ a: 1 }], [{ a: 2 }]]), digestRows([[{ a: 1 }, { a: 2 }]]));
});

test('the checksum depends on every value, on their order and on their number', () => {
  const others: unknown[][] = [
    [1, 3, 2],
    [1, 2],
    [1, 2, 3, 0],
    [1, 2, -3],
    [1, 2, '3'],
    [1, 2, undefined],
    [1, 2, 3 + 1e-15],
  ];
  for (const other of others) {
    assert.notEqual(digestNumbers([other as number[]]), digestNumbers([[1, 2, 3]]), String(other));
  }
  assert.notEqual(digestRows([[{ a: 1, tags: ['x'] }]]), digestRows([[{ a: 1, tags: ['y'] }]]));
  assert.notEqual(digestNothing([undefined]), digestNothing([undefined, undefined]));
  assert.notEqual(digestNothing([0]), digestNothing([undefined]));
});
