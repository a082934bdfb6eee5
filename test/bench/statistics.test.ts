import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, medianRatio, percentile } from '../../bench/statistics.js';

test('percentile interpolates between neighbours', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(percentile([10, 20, 30, 40, 50], 0.95), 48);
  assert.equal(percentile([7], 0.95), 7);
  assert.ok(Number.isNaN(median([])));
});

test('ratios are taken within a round before their median', () => {
  // The second round ran on a machine ten times as slow: the ratio of the medians would be 0.2.
  assert.equal(medianRatio([1, 10, 2], [2, 20, 10]), 0.5);
});

test('a round counts only where both have a time', () => {
  assert.equal(medianRatio([1, undefined, 3], [2, 1, undefined]), 0.5);
  assert.equal(medianRatio([1, 5], [2]), 0.5);
  assert.ok(Number.isNaN(medianRatio([undefined], [1])));
});
