/** Rows that stages of a dataset exchange on a cluster lie in its object store: not in the driver, not longer than needed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Dataset } from 'sheaf';
import { ray } from 'sheaf/ray';
import { note, notes } from '../contract/gates.js';
import { RayCluster } from '../support/ray-cluster.js';
import { enterNamespace } from '../support/ray-namespace.js';

const here = enterNamespace();

if ('reason' in here) test('datasets on a cluster', { skip: here.reason }, () => {});
else describe('Ray: datasets', { timeout: 240_000 }, () => cases(here.python));

/** Bytes that this process has read and written, its sockets included. */
function moved(): number {
  const lines = readFileSync('/proc/self/io', 'utf8').split('\n');
  const of = (name: string): number => Number(lines.find((line) => line.startsWith(name))!.split(' ')[1]);
  return of('rchar') + of('wchar');
}

const holding = `
import sys, time, ray
address, below = sys.argv[1:]
ray.init(address, logging_level='error')
total = sum(node['Resources'].get('object_store_memory', 0) for node in ray.nodes() if node['Alive'])
for _ in range(200):
    used = total - ray.available_resources().get('object_store_memory', 0)
    if used < float(below):
        break
    time.sleep(0.1)
else:
    sys.exit(f'{used} bytes are held')
print(used)
`;

function cases(python: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'sheaf-test-'));
  const cluster = new RayCluster(python);
  after(() => {
    cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const zone of ['a', 'b', 'c']) cluster.start({ cpus: 2, labels: { zone } });
  const { address, tokenPath } = cluster;
  const open = (workers: number) => ray({ address, python, tokenPath, workers, allocation: 'round-robin' });
  /** Bytes of objects in the stores of all nodes; waits until there are fewer than `below`. */
  const held = async (below = Infinity): Promise<number> => {
    const child = spawn(python, ['-c', holding, address, `${below}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, RAY_AUTH_MODE: 'token', RAY_AUTH_TOKEN_PATH: tokenPath },
    });
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    assert.deepEqual(await once(child, 'close'), [0, null]);
    return Number(said);
  };

  test('grouping and sorting: the right answer, and the rows never pass through the driver', async () => {
    const engine = open(3);
    const rows = 300_000;
    const data = Dataset.range(0, rows, 1, { partitions: 6, engine }).map((x): [number, string] => [
      (x * 7919) % 30_011,
      `row number ${x} of many`,
    ]);
    const bytes = rows * 25;
    const before = moved();
    const sizes = await data
      .groupByKey({ partitions: 4 })
      .map(([, texts]) => texts.length)
      .aggregate(
        { groups: 0, rows: 0 },
        (all, n) => ({ groups: all.groups + 1, rows: all.rows + n }),
        (a, b) => ({
          groups: a.groups + b.groups,
          rows: a.rows + b.rows,
        }),
      );
    assert.deepEqual(sizes, { groups: 30_011, rows });
    const ordered = await data
      .sortBy(([key]) => key)
      .mapPartitions(function* (part) {
        let last = -1;
        let fell = 0;
        let count = 0;
        for (const [key] of part) {
          if (key < last) fell++;
          last = key;
          count++;
        }
        yield [fell, count];
      })
      .reduce(([f, c], [fell, count]) => [f! + fell!, c! + count!]);
    assert.deepEqual(ordered, [0, rows]);
    assert.ok(moved() - before < bytes / 4, `${moved() - before} bytes through the driver, of ${2 * bytes}`);
    await engine.close();
  });

  test('what is exchanged is dropped when nobody reads it any more; what is cached stays', async () => {
    const engine = open(3);
    const rows = 400_000;
    const cached = Dataset.range(0, rows, 1, { partitions: 6, engine })
      .map((x) => `${x}`.padStart(40, '0'))
      .cache();
    assert.equal(await cached.count(), rows);
    const least = rows * 40;
    const kept = await held();
    assert.ok(kept >= least, `${kept} bytes of at least ${least}`);
    const longest = await cached
      .keyBy((text) => text.slice(-3))
      .groupByKey({ partitions: 3 })
      .map(([, texts]) => texts.length)
      .max();
    assert.equal(longest, rows / 1000);
    assert.ok((await held(kept + least / 4)) >= least);
    assert.equal(await cached.count(), rows);
    await engine.close();
    await held(least / 4);
  });

  test('tasks go where what they read lies', async () => {
    const engine = open(3);
    const cached = Dataset.range(0, 60_000, 1, { partitions: 9, engine })
      .mapPartitions(function* (part, partition) {
        // They take unequal times, so that another order of tasks would not come to the same.
        let spent = 0;
        for (let i = 0; i < ((partition * 5) % 9) * 2e7; i++) spent += i % 7;
        for (const x of part) yield { spent, at: process.env.SHEAF_PLACE!, text: `${x}`.padStart(30, '0') };
      })
      .cache();
    await cached.count();
    // It changes rows, so that what a worker may have kept of them is of no use.
    const places = await cached
      .mapPartitions(function* (part) {
        for (const row of part) {
          const made = row.at;
          row.at = process.env.SHEAF_PLACE!;
          yield made === row.at;
          break;
        }
      })
      .collect();
    const near = places.filter(Boolean).length;
    // An idle worker may take what another has not begun.
    assert.ok(places.length === 9 && near >= 6, `${near} of ${places.length} where they were made`);
    await engine.close();
  });

  test('a node that goes down with rows on it: the answer is right, and only what was lost is made again', async () => {
    const engine = open(6);
    const log = join(folder, 'made');
    const partitions = 12;
    const rows = 240_000;
    const cached = Dataset.range(0, rows, 1, { partitions, engine })
      .mapPartitions(function* (part, partition) {
        note(log, partition);
        for (const x of part) yield `${x}`.padStart(30, '0');
      })
      .cache();
    assert.equal(await cached.count(), rows);
    assert.equal(notes(log).length, partitions);
    cluster.kill(2);
    const sum = await cached.map(Number).reduce((a, b) => a + b);
    assert.equal(sum, (rows * (rows - 1)) / 2);
    const again = notes(log).length - partitions;
    assert.ok(again > 0 && again < partitions, `${again} of ${partitions} made again`);
    await engine.close();
  });
}
