import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '../../src/codec/block.js';
import type { Engine } from '../../src/engine/engine.js';
import { Cost, chunkSize } from '../../src/run/chunking.js';
import { Far } from '../../src/run/far.js';

/** Sizes of all tasks of a map, of a function whose cost is known. */
function sizes(rows: number, perRowUs: number, tripUs: number | undefined): number[] {
  const cost = new Cost();
  cost.measured(rows, rows * perRowUs);
  const load = tripUs === undefined ? undefined : { tripUs, rows: (max: number) => max };
  const list: number[] = [];
  for (let rest = rows; rest > 0; rest -= list.at(-1)!) {
    const size = chunkSize(cost, { fixed: undefined, max: 16_000, concurrency: 1, load }, 2, rest);
    list.push(Math.min(size, rest));
  }
  return list;
}

test('the longer the way to the workers, the fewer tasks, and none of the last ones is worth less than the way', () => {
  const counts = [undefined, 500, 2000, 5000].map((tripUs) => sizes(20_000, 5, tripUs).length);
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => b - a),
  );
  assert.ok(counts[0]! > 100 && counts[2]! < 30, counts.join());
  const last = sizes(20_000, 5, 2000);
  for (const size of last.slice(0, -1)) assert.ok(size * 5 >= 2000, `${size} rows of 5 µs`);
});

test('a way of no length changes nothing', () => {
  for (const perRowUs of [0.01, 1, 300, 50_000])
    assert.deepEqual(sizes(5000, perRowUs, 0), sizes(5000, perRowUs, undefined));
});

test('rows are told apart by their weight: a task is of few heavy ones, and of many light ones', () => {
  const far = new Far({ tripUs: 2000 } as Engine);
  const encoded = (rows: number, bytes: number, beside = 0): void =>
    far.encoded({ rows, bytes: new Uint8Array(bytes), attached: [new ArrayBuffer(beside)] } satisfies Block);
  assert.equal(far.rows(16_000), 16_000, 'before anything is known');
  encoded(100, 100 * 8);
  assert.equal(far.rows(16_000), 65_536);
  for (let i = 0; i < 30; i++) encoded(1, 100, 1 << 20);
  assert.equal(far.rows(16_000), 3);
  for (let i = 0; i < 30; i++) encoded(1, 100, 64 << 20);
  assert.equal(far.rows(16_000), 1);
});
