/** What actions that fail, are cancelled, or take only some rows leave behind: nothing. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Dataset, local, shared } from 'sheaf';

test('no task leaves a file open', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sheaf-leftovers-'));
  const engine = local({ workers: 1, exchange: 'file', scratch });
  const pairs = Dataset.range(0, 4000, 1, { partitions: 2, engine }).map((i) => [i % 10, i] as const);
  const actions = async (): Promise<void> => {
    const fails = (value: number): number => {
      if (value === 3999) throw new Error('the last');
      return value;
    };
    await assert.rejects(pairs.repartition(2).mapValues(fails).repartition(2).count(), /the last/);
    await pairs.repartition(2).cartesian(pairs.repartition(2)).take(3);
    await pairs.sortBy(([, value]) => -value).take(3);
  };
  await actions();
  const before = lowestFree();
  for (let i = 0; i < 10; i++) await actions();
  assert.equal(lowestFree(), before);
  await engine.close();
  rmSync(scratch, { recursive: true });
});

/** Numbers of files are given out from the lowest that is free. */
function lowestFree(): number {
  const file = openSync(process.execPath, 'r');
  closeSync(file);
  return file;
}

test('a task that a cancelled action has left running writes nothing that stays', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sheaf-leftovers-'));
  const gate = shared(2, Int32Array);
  const engine = local({ workers: 1, exchange: 'file', scratch });
  const stop = new AbortController();
  const action = Dataset.range(0, 1, 1, { partitions: 1, engine })
    .map((i) => {
      Atomics.store(gate, 0, 1);
      Atomics.wait(gate, 1, 0, 10_000);
      return [i, i] as const;
    })
    .groupByKey()
    .repartition(1)
    .count({ signal: stop.signal });
  while (Atomics.load(gate, 0) === 0) await new Promise(setImmediate);
  stop.abort();
  await assert.rejects(action, { code: 'ERR_SHEAF_CANCELLED' });
  Atomics.store(gate, 1, 1);
  Atomics.notify(gate, 1);
  // The only worker does this after what it was at.
  assert.equal(await Dataset.of([1], { engine }).count(), 1);
  // Nothing but the folder of the engine.
  assert.equal(readdirSync(scratch, { recursive: true }).length, 1);
  await engine.close();
  assert.ok(existsSync(scratch));
  rmSync(scratch, { recursive: true });
});
