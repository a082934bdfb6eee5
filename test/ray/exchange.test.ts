/** Rows that stages of a dataset exchange on a cluster lie in its object store: not in the driver, not longer than needed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Dataset, Pool, type SheafEvent } from 'sheaf';
import { ray } from 'sheaf/ray';
import { blockUntilOpen, note, notes, openGate, passGate, settledValue, until } from '../contract/gates.js';
import { processesLike, program } from '../support/ray-cluster.js';
import { enterNamespace } from '../support/ray-namespace.js';
import { raySuite } from '../support/ray-suite.js';

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
  const { cluster, folder } = raySuite(python);
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

  test('a sidecar that dies with what was cached: all of it is made again before anybody asks for it', async () => {
    const engine = open(2);
    const log = join(folder, 'again');
    const [partitions, rows] = [6, 120_000];
    const cached = Dataset.range(0, rows, 1, { partitions, engine })
      .mapPartitions(function* (part, partition) {
        note(log, partition);
        for (const x of part) yield `${x}`.padStart(30, '0');
      })
      .cache();
    assert.equal(await cached.count(), rows);
    const lost: SheafEvent[] = [];
    engine.events.listen((event) => {
      if (event.kind === 'recomputed') lost.push(event);
    });
    let ended = 0;
    engine.events.listen((event) => {
      if (event.kind === 'worker-ended') ended++;
    });
    for (const pid of processesLike(/sidecar\.py/)) process.kill(pid, 'SIGKILL');
    await until(() => processesLike(/^ray::RaySeat/).length === 0, 'its actors to end');
    await until(() => ended === 2, 'the program to have heard of it');
    assert.equal(await cached.map(Number).reduce((a, b) => a + b), (rows * (rows - 1)) / 2);
    assert.equal(notes(log).length, 2 * partitions);
    assert.deepEqual(lost, []);
    await engine.close();
  });

  test('a million items, and a source without end: the memory of the sidecar stays as it is, and nothing is read far ahead', async () => {
    await using pool = new Pool({ engine: open(2) });
    await pool.run(() => 1);
    const [sidecar] = processesLike(/sidecar\.py/);
    const resident = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${sidecar}/status`, 'utf8'))![1]) / 1024;
    let read = 0;
    function* million(): Generator<string> {
      for (; read < 1_000_000; read++) yield `item number ${read} of a million`;
    }
    let [count, warm, most, ahead] = [0, 0, 0, 0];
    for await (const length of pool.map(million(), (text) => text.length, { inline: false })) {
      assert.ok(length > 20);
      if (++count % 50_000 !== 0) continue;
      ahead = Math.max(ahead, read - count);
      if (count === 100_000) warm = resident();
      most = Math.max(most, resident());
    }
    assert.equal(count, 1_000_000);
    // All items are some 40 MB, there and back.
    assert.ok(most - warm < 12, `${warm} MiB at first, ${most} at most`);
    assert.ok(ahead < 250_000, `${ahead} items ahead of who reads the results`);

    // A reader that stops reading stops the source: what has been read of it does not depend on time.
    let made = 0;
    function* endless(): Generator<number> {
      for (;;) yield made++;
    }
    const job = pool.map(endless(), (x) => 'x'.repeat(1000) + x, { chunkSize: 10 });
    const results = job[Symbol.asyncIterator]();
    for (let i = 0; i < 100; i++) await results.next();
    const stopped = await settledValue(() => made);
    assert.ok(stopped < 10_000, `${stopped} read`);
    for (let i = 0; i < 2 * stopped; i++) await results.next();
    const level = resident();
    const later = (await settledValue(() => made)) - 100 - 2 * stopped;
    assert.ok(later <= stopped, `${later} ahead after ${stopped}`);
    assert.ok(level - most < 24, `${level} MiB after ${most}`);
    await results.return?.();
  });

  test('tasks go where what they read lies', async () => {
    const [log, gate] = [join(folder, 'near'), join(folder, 'near-gate')];
    const [places, all] = [join(folder, 'places'), join(folder, 'all-places')];
    // One worker on each node. By the engine's own policy tasks would go to whoever is free.
    const engine = ray({ address, python, tokenPath, workers: 3, spreadOver: 'zone' });
    const cached = Dataset.range(0, 60_000, 1, { partitions: 9, engine })
      .mapPartitions(function* (part, partition) {
        // They take unequal times, so that another order of tasks would not come to the same.
        let spent = 0;
        note(places, process.env.SHEAF_PLACE!);
        blockUntilOpen(all); // each worker has some
        for (let i = 0; i < ((partition * 5) % 9) * 2e7; i++) spent += i % 7;
        for (const x of part) yield { spent, at: process.env.SHEAF_PLACE!, text: `${x}`.padStart(30, '0') };
      })
      .cache();
    const making = cached.count();
    await until(() => new Set(notes(places)).size === 3, 'each worker to begin');
    openGate(all);
    await making;
    // It changes rows, so that what a worker may have kept of them is of no use.
    const reading = cached
      .mapPartitions(function* (part) {
        for (const row of part) {
          const made = row.at;
          row.at = process.env.SHEAF_PLACE!;
          note(log, made === row.at ? 'near' : 'far');
          blockUntilOpen(gate);
          yield 1;
          break;
        }
      })
      .collect();
    await until(() => notes(log).length >= 3, 'a task to begin on each worker');
    // Of the first that each worker runs, since one with nothing to do takes what another has not begun.
    const begun = notes(log);
    openGate(gate);
    assert.equal((await reading).length, 9);
    assert.deepEqual(begun, ['near', 'near', 'near']);
    await engine.close();
  });

  test('a driver that is killed leaves no process, no object and no file', async () => {
    const [begun, temporary] = [join(folder, 'begun'), join(folder, 'temporary')];
    mkdirSync(temporary);
    const files = (): string[] => [
      ...readdirSync(temporary),
      ...readdirSync(cluster.folder).filter((name) => name.startsWith('sheaf')),
      ...readdirSync('/dev/shm').filter((name) => name.startsWith('sheaf')),
    ];
    const least = 200_000 * 40;
    await held(least / 4); // of those before
    const before = files();
    const child = program(
      `import { writeFileSync } from 'node:fs';
       import { Dataset } from 'sheaf';
       const cached = Dataset.range(0, 200_000, 1, { partitions: 4 }).map((x) => String(x).padStart(40, '0')).cache();
       await cached.count();
       writeFileSync(${JSON.stringify(begun)}, '');
       await cached.map((text) => { for (;;) if (text === '') return; }).count();`,
      {
        ...process.env,
        TMPDIR: temporary,
        SHEAF_ENGINE: `ray:${address}`,
        SHEAF_PYTHON: python,
        RAY_AUTH_TOKEN_PATH: tokenPath,
      },
    );
    await passGate(begun);
    assert.ok((await held()) >= least);
    child.kill('SIGKILL');
    await until(() => processesLike(/^ray::RaySeat|sheaf:worker|sidecar\.py/).length === 0, 'its processes to end');
    await held(least / 4);
    assert.deepEqual(files(), before);
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

  test('a node that goes down while its tasks run: the answer is right, and only what was there runs again', async () => {
    const [made, read, gate] = ['runs-made', 'runs-read', 'runs-gate'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    // Two workers on each of the nodes that are left.
    const engine = ray({ address, python, tokenPath, workers: 4, spreadOver: 'zone' });
    const [partitions, rows] = [8, 160_000];
    const counted = Dataset.range(0, rows, 1, { partitions, engine })
      .mapPartitions(function* (part, partition) {
        note(made, `${partition} ${process.env.SHEAF_PLACE}`);
        for (const x of part) yield [x % 1000, `${x}`.padStart(20, '0')] as const;
      })
      .groupByKey({ partitions: 4 })
      .mapPartitions(function* (part, partition) {
        note(read, `${partition} ${process.env.SHEAF_PLACE}`);
        blockUntilOpen(gate);
        for (const [key, texts] of part) yield [key, texts.length] as const;
      })
      .collect();
    await until(() => notes(read).length === 4, 'the second stage to run on all workers');
    assert.equal(notes(made).length, partitions);
    cluster.kill(1);
    openGate(gate);
    const counts = await counted;
    assert.equal(counts.length, 1000);
    assert.ok(counts.every(([, count]) => count === rows / 1000));
    /** Where the first run was of what ran more than once, and how much that is. */
    const again = (log: string): readonly [places: Set<string>, count: number] => {
      const runs = new Map<string, string[]>();
      for (const line of notes(log)) {
        const [partition, place] = line.split(' ') as [string, string];
        runs.set(partition, [...(runs.get(partition) ?? []), place]);
      }
      const twice = [...runs.values()].filter((places) => places.length > 1);
      return [new Set(twice.map(([first]) => first!)), twice.length];
    };
    const [lost, tasks] = again(read);
    assert.deepEqual([lost.size, tasks], [1, 2], 'the tasks that ran there');
    const [places, outputs] = again(made);
    assert.ok([...places].every((place) => lost.has(place)) && outputs <= partitions / 2 + 1, `${outputs} outputs`);
    await engine.close();
  });
}
