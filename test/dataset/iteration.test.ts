import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Dataset, inline, local } from 'sheaf';

test('passes may build on the caches of those before without end', async () => {
  const engine = inline();
  const passes = 50;
  const operators = 300;
  let rows = Dataset.of([0, 100], { engine, partitions: 1 });
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < operators; i++) rows = rows.coalesce(1);
    rows = rows.map((x) => x + 1).cache();
    assert.equal(await rows.count(), 2);
  }
  assert.deepEqual(await rows.collect(), [passes, passes + 100]);
  await engine.close();
});

test('what a cached dataset kept is gone when the dataset is', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const scratch = mkdtempSync(join(tmpdir(), 'sheaf-cache-'));
  const engine = local({ workers: 1, exchange: 'file', scratch });
  const files = (): string[] =>
    readdirSync(scratch, { recursive: true, encoding: 'utf8' }).filter((name) => /-out-\d+$/.test(name));
  const kept = Dataset.range(0, 1000, 1, { engine, partitions: 2 }).cache();
  assert.equal(await kept.count(), 1000);
  const before = files().length;
  await useAndForget();
  // Collectors promise nothing of when; a bound keeps this from waiting for ever.
  for (let i = 0; i < 1000 && files().length > before; i++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  assert.equal(files().length, before);
  assert.equal(await kept.count(), 1000, 'and that of others is not');
  await engine.close();
  rmSync(scratch, { recursive: true });

  async function useAndForget(): Promise<void> {
    const cached = Dataset.range(0, 1000, 1, { engine, partitions: 4 }).cache();
    assert.equal(await cached.sum(), 499_500);
    assert.ok(files().length > before, 'it is in files');
  }
});

test('a checkpoint of other rows is refused, whatever they are', async () => {
  const engine = inline();
  const cycle: unknown[] = [1];
  cycle.push(cycle);
  const different: readonly unknown[] = [
    [new Date(0), new Date(1)],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [new Set([1]), new Set([2])],
    [/a/, /b/],
    [0, -0],
    [{ partitions: 1 }, { partitions: 2 }],
    [new Uint8Array([255]), new Int8Array([-1])],
    [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
    [cycle, [1, [1]]],
    [
      { code: 1, traits: 2 },
      { code: 2, traits: 2 },
    ],
    [{ kind: 'files' }, { kind: 'file' }],
    ['\ud800', '\ud801'],
  ];
  for (const pair of different) {
    const [first, second] = pair as [unknown, unknown];
    const dir = mkdtempSync(join(tmpdir(), 'sheaf-checkpoint-'));
    const rows = (row: unknown) => Dataset.of([row], { engine }).checkpoint(dir).collect();
    assert.deepEqual(await rows(first), [first]);
    assert.deepEqual(await rows(first), [first], 'the same rows are found again');
    await assert.rejects(rows(second), { code: 'ERR_SHEAF_EXCHANGE', message: /another plan/ });
    rmSync(dir, { recursive: true });
  }
  await engine.close();
});
