import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'sheaf';
import type { Engine } from '../../src/engine/engine.js';

import { loadOf } from '../../src/run/load.js';

const near = () => loadOf({ tripUs: undefined } as Engine);
const block = (rows: number, bytes: number) => ({ rows, bytes: new Uint8Array(bytes) });

test('rows are told apart by their weight: the heavier they are, the fewer travel together, but never fewer than are worth a task', () => {
  const load = near();
  assert.equal(load.rows(16_000), 16_000, 'before anything is known');
  let last = Infinity;
  for (const weight of [1, 8, 32, 100, 1000, 100_000]) {
    load.encoded(block(50, 50 * weight), {});
    const rows = load.rows(16_000);
    assert.ok(
      rows <= last && rows >= 64 && rows * weight <= Math.max(64 * weight, 1 << 16),
      `${rows} rows of ${weight}`,
    );
    last = rows;
  }
  assert.equal(last, 64);
  assert.equal(load.rows(10), 10, 'for any other reason');
});

test('numbers weigh nothing, nor do no rows at all', () => {
  const load = near();
  load.encoded(block(100, 800), 1);
  assert.equal(load.rows(16_000), 16_000);
  load.encoded(block(0, 0), undefined);
  assert.equal(load.rows(16_000), 16_000);
});

test('a map of many objects is cut into tasks of few bytes, unless told how many rows to take', async () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => ({ name: `a name of some length, ${i}`, i }));
  const pool = new Pool({ workers: 2 });
  try {
    let most = 0;
    pool.events.listen((event) => {
      if (event.kind === 'task-submitted') most = Math.max(most, event.rows);
    });
    const names = await pool.map(rows, (row) => row.name, { inline: false });
    assert.deepEqual(
      names,
      rows.map(({ name }) => name),
    );
    assert.ok(most > 64 && most < 4000, `${most} rows`);
    await pool.map(rows, (row) => row.name, { inline: false, chunkSize: 10_000 });
    assert.equal(most, 10_000);
  } finally {
    await pool.close();
  }
});
