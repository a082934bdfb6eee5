/** What only a cluster has: nodes, labels, and what can happen to them. One cluster for all, whose head goes last. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import { CancelledError, context, EngineError, type Labels, Pool, type RunOptions, type SheafEvent } from 'sheaf';
import { type RayOptions, ray } from 'sheaf/ray';
import { errorOf, numbers } from '../contract/check.js';
import { note, notes, openGate, passGate, until } from '../contract/gates.js';
import { commandOf, processesLike, program, RayCluster } from '../support/ray-cluster.js';
import { enterNamespace } from '../support/ray-namespace.js';
import { raySuite } from '../support/ray-suite.js';
import { datasetCases } from './datasets.js';

const here = enterNamespace();

if ('reason' in here) test('a cluster of three nodes', { skip: here.reason }, () => {});
else describe('Ray cluster', { timeout: 420_000 }, () => cases(here.python));

/** What runs there: the actors of Ray's, and the workers. */
const seats = (): number[] => processesLike(/^ray::RaySeat/);
const workers = (): number[] => processesLike(/sheaf:worker/);

function cases(python: string): void {
  const { cluster, path, script, pythonThat } = raySuite(python);
  const { address, tokenPath } = cluster;
  const engine = (options: RayOptions = {}) => ray({ address, python, tokenPath, logs: false, ...options });
  const open = (options: RayOptions = {}): Pool => new Pool({ engine: engine(options) });
  const place = (): string => process.env.SHEAF_PLACE!;
  /** Workers all at once, each of which says where it is. */
  const placesOf = async (pool: Pool, count: number): Promise<string[]> => {
    const log = path();
    return pool.map(
      numbers(count),
      async () => {
        note(log, 'here');
        await until(() => notes(log).length >= count, 'all workers');
        return process.env.SHEAF_PLACE!;
      },
      { chunkSize: 1 },
    );
  };
  const sizes = (places: string[]): number[] => {
    const counts = new Map<string, number>();
    for (const one of places) counts.set(one, (counts.get(one) ?? 0) + 1);
    return [...counts.values()].sort();
  };

  /** A Node that is another one by what it says of itself. */
  const nodeThatSays = (version: string, format: number, modules = process.versions.modules): string => {
    const about = JSON.stringify([version, format, [process.platform, process.arch, modules, 'glibc']]);
    return script(`case "$1" in -e) echo '${about}' ;; *) exec '${process.execPath}' "$@" ;; esac`);
  };

  cluster.start({ cpus: 2, labels: { zone: 'a', disk: 'ssd' } });

  test('nothing listens beyond the loopback interface', async () => {
    const loopback = /^(0100007F|0{24}0100007F|0000000000000000FFFF00000100007F|00000000000000000000000001000000)$/;
    const listening = RayCluster.listening();
    assert.ok(listening.length > 2);
    assert.deepEqual(
      listening.filter((one) => !loopback.test(one)),
      [],
    );
  });

  describe('no connection: an EngineError that says why and what to do', () => {
    const cases: readonly (readonly [name: string, options: RayOptions, says: RegExp])[] = [
      ['no Python', { python: './no-such-python' }, /Python could not be started.*SHEAF_PYTHON/],
      ['no Ray in Python', { python: 'python3' }, /python3 \(Python 3.*\) has no Ray.*pip install/],
      [
        'nobody at the address',
        { address: '127.0.0.1:9' },
        /Nothing answers at 127\.0\.0\.1:9 \(ECONNREFUSED\).*ray start/,
      ],
      ['a wrong token', { tokenPath: undefined, token: 'f'.repeat(64) }, /does not accept the token/],
      ['a token file that is not there', { tokenPath: './no-such-token' }, /cannot be read from \.\/no-such-token/],
      ['TLS files that are none', { tls: { ca: python, cert: python, key: python } }, /TLS files cannot be used.*tls/],
      ['labels that no node has', { labels: { zone: 'z' } }, /No node.*"zone":"z".*zone is a/],
      ['a label to spread over that no node has', { spreadOver: 'rack' }, /No node.*label rack that spreadOver names/],
      ['more CPUs than a node has', { cpus: 64 }, /No node.*64 CPU \(most: 2\)/],
      ['a resource that no node has', { resources: { tape: 1 } }, /No node.*1 tape \(most: 0\)/],
      [
        'a Node that is too old',
        { node: nodeThatSays('18.19.0', 15) },
        /on the node 127.*is Node 18\.19\.0, and 20\.19 is the least that works.*wheel/,
      ],
      [
        'a Node whose values this one cannot read',
        { node: nodeThatSays('99.0.0', 99) },
        /is Node 99\.0\.0, which writes values in another format/,
      ],
      [
        "a Python of another version than the cluster's",
        {
          python: pythonThat(
            "import ray, ray._private.utils as u; u.compute_version_info = lambda: (ray.__version__, '3.99.0')",
          ),
        },
        /does not fit the Ray cluster at .*3\.99\.0.*SHEAF_PYTHON/,
      ],
      [
        "a Ray of another version than the cluster's",
        { python: pythonThat("import ray; ray.__version__ = '2.99.0'") },
        /does not fit the Ray cluster at .*2\.99\.0.*SHEAF_PYTHON/,
      ],
      [
        'a Ray that is too old',
        { python: pythonThat("import ray; ray.__version__ = '2.9.3'") },
        /has Ray 2\.9\.3, and 2\.60 is the least/,
      ],
      ['no Node of that name', { node: 'node-of-nowhere' }, /on the node .*there is no node-of-nowhere/],
    ];
    for (const [name, options, says] of cases) {
      test(name, { timeout: 15_000 }, async () => {
        const pool = open(options);
        try {
          const error = await errorOf(pool.run(() => 1));
          assert.ok(error instanceof EngineError, String(error));
          assert.match(error.message, says);
          assert.doesNotMatch(error.message, /f{64}/);
        } finally {
          await pool.close();
        }
      });
    }

    test('no token', { timeout: 15_000 }, async () => {
      const before = process.env.RAY_AUTH_TOKEN_PATH;
      delete process.env.RAY_AUTH_TOKEN_PATH;
      const pool = open({ tokenPath: undefined });
      assert.match(String(await errorOf(pool.run(() => 1))), /asks for a token.*RAY_AUTH_TOKEN/);
      await pool.close();
      if (before !== undefined) process.env.RAY_AUTH_TOKEN_PATH = before;
    });

    test('something that answers nothing', { timeout: 20_000 }, async () => {
      const server = createServer(() => {}).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const pool = open({ address: `127.0.0.1:${port}` });
      const began = Date.now();
      assert.ok((await errorOf(pool.run(() => 1))) instanceof EngineError);
      assert.ok(Date.now() - began < 17_000, 'in time');
      await pool.close();
      server.close();
    });

    test('options that are wrong are told at once', () => {
      for (const options of [
        { address: 'nonsense' },
        { address: 'ray://head:10001' },
        { worker: 3 },
        { labels: { zone: 1 } },
        { address: 'head:65536' },
        { env: { 'A=B': 'x' } },
        { env: { A: 'x\0y' } },
      ])
        assert.throws(() => ray(options as RayOptions), TypeError);
      assert.throws(() => ray({ workers: 0 }), RangeError);
      assert.throws(() => ray({ token: 'a', tokenPath: 'b' }), TypeError);
    });
  });

  test('the token is in no argument of any process, nor in the environment of workers', async () => {
    const token = readFileSync(tokenPath, 'utf8');
    const pool = open({ workers: 1 });
    const seen = await pool.run(() => JSON.stringify(process.env));
    assert.ok(!seen.includes(token) && !seen.includes('RAY_AUTH_TOKEN'));
    assert.deepEqual(
      processesLike(/./).filter((pid) => commandOf(pid).includes(token)),
      [],
    );
    await pool.close();
  });

  test('SHEAF_ENGINE=ray:host:port: the same script there', async () => {
    const child = program(
      `import { map, run } from 'sheaf';
       const k = 3;
       console.log(JSON.stringify([await map([1, 2, 3], (x) => x * k), typeof (await run(() => process.env.SHEAF_PLACE))]));`,
      { ...process.env, SHEAF_ENGINE: `ray:${address}`, SHEAF_PYTHON: python, RAY_AUTH_TOKEN_PATH: tokenPath },
    );
    let said = '';
    child.stdout!.on('data', (text) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    assert.deepEqual([code, said.trim()], [0, '[[3,6,9],"string"]']);
  });

  test('files that only the driver has travel: modules, packages, what they import; errors find their way back', async () => {
    // A folder that only the program's own processes see.
    const hidden = path();
    const files: Record<string, string> = {
      'package.json': '{ "name": "app", "type": "module", "imports": { "#tax": "./src/tax.js" } }',
      'main.mjs': `
        import { ok, deepEqual } from 'node:assert/strict';
        import { Pool } from ${JSON.stringify(pathToFileURL('dist/index.js').href)};
        import { TooMuch, price } from './src/price.js';
        import { double } from 'linked';
          const pool = new Pool({ workers: 2 });
          deepEqual(await pool.map([1, 2, 3], (x) => double(price(x))), [24, 48, 72]);
          deepEqual(await pool.map([1, 2], price), [12, 24]);
          try {
            await pool.run((x) => price(x), [101]);
            ok(false, 'it did not reject');
          } catch (error) {
            ok(error instanceof TooMuch && error.limit === 100, String(error));
            ok(error.stack.includes('${hidden}/src/price.js:'), error.stack);
            ok(!error.stack.includes('sheaf-files'), error.stack);
          }
          await pool.close();
          console.log('right');`,
      'src/price.js': `
        import { createRequire } from 'node:module';
        import { tax } from '#tax';
        const { ten } = createRequire(import.meta.url)('./old.cjs');
        export class TooMuch extends RangeError { constructor(limit) { super('too much'); this.limit = limit; } }
        export function price(x) { if (x > 100) throw new TooMuch(100); return x * (ten() + tax); }`,
      'src/tax.js': 'export const tax = 2;',
      'src/old.cjs': "const plain = require('plain'); exports.ten = () => plain.five * 2;",
      'node_modules/plain/package.json': '{ "name": "plain", "main": "lib/main", "dependencies": { "deep": "*" } }',
      'node_modules/plain/lib/main.js': "exports.five = require('deep') + 1;",
      'node_modules/plain/node_modules/deep/package.json': '{ "name": "deep" }',
      'node_modules/plain/node_modules/deep/index.js': 'module.exports = 4;',
      'store/linked/package.json':
        '{ "name": "linked", "type": "module", "exports": "./index.js", "dependencies": { "two": "*" } }',
      'store/linked/index.js': "import two from 'two'; export const double = (x) => x * two;",
      'store/node_modules/two/package.json':
        '{ "name": "two", "type": "module", "exports": { "import": "./index.mjs" } }',
      'store/node_modules/two/index.mjs': 'export default 2;',
    };
    const source = path();
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(source, name)), { recursive: true });
      writeFileSync(join(source, name), text);
    }
    symlinkSync('../store/linked', join(source, 'node_modules/linked'));
    mkdirSync(hidden);
    const script = 'mount -t tmpfs none "$2" && cp -a "$1"/. "$2" && cd "$2" && exec "$3" main.mjs';
    const child = spawnSync('unshare', ['--mount', 'sh', '-ec', script, 'sh', source, hidden, process.execPath], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, SHEAF_ENGINE: `ray:${address}`, SHEAF_PYTHON: python, RAY_AUTH_TOKEN_PATH: tokenPath },
    });
    assert.deepEqual([child.stdout, child.status], ['right\n', 0], child.stderr);
  });

  test('native addons for another kind of node are refused by name, before anything runs', async () => {
    const addon = path();
    mkdirSync(join(addon, 'node_modules/fast'), { recursive: true });
    writeFileSync(join(addon, 'node_modules/fast/package.json'), '{ "name": "fast", "main": "index.js" }');
    writeFileSync(join(addon, 'node_modules/fast/index.js'), 'exports.one = 1;');
    writeFileSync(join(addon, 'node_modules/fast/quick.node'), 'machine code');
    writeFileSync(join(addon, 'use.cjs'), "exports.use = (x) => require('fast').one + x;");
    const { use } = createRequire(import.meta.url)(join(addon, 'use.cjs')) as { use: (x: number) => number };
    const { node, modules } = process.versions;
    const format = serialize(0)[1]!;
    const alike = open({ node: nodeThatSays(node, format) });
    assert.deepEqual(await alike.map([1, 2], use), [2, 3]);
    await alike.close();
    const other = open({ node: nodeThatSays(node, format, '999') });
    for (let tries = 0; tries < 2; tries++) {
      const error = await errorOf(other.map([1, 2], use));
      assert.ok(error instanceof EngineError, String(error));
      assert.match(error.message, new RegExp(`quick\\.node.*interface ${modules}.*interface 999.*ray job submit`));
    }
    assert.equal(await other.run((x: number) => x, [1]), 1);
    await other.close();
  });

  test('workers that have nothing to do leave their CPUs to others, and are back when there is work', async () => {
    const idle = open({ idleMs: 100 });
    const other = open({ labels: { zone: 'a' } });
    const first = await idle.map([1, 2], () => process.pid, { chunkSize: 1 });
    // All CPUs of the cluster were theirs.
    assert.deepEqual(await other.map([1, 2], (x) => x, { chunkSize: 1 }), [1, 2]);
    await other.close();
    const again = await idle.map([1, 2], () => process.pid, { chunkSize: 1 });
    assert.ok(again.every((pid) => !first.includes(pid)));
    await idle.close();
  });

  test('slots follow the cluster as nodes join', async () => {
    const growing = engine();
    const pool = new Pool({ engine: growing });
    await pool.run(() => 1);
    assert.equal(growing.slots, 2);
    cluster.start({ cpus: 2, labels: { zone: 'b' } });
    cluster.start({ cpus: 2, labels: { zone: 'c' } });
    await until(() => growing.slots === 6, 'six slots');
    assert.equal(new Set(await placesOf(pool, 6)).size, 3, 'on three nodes');
    await pool.close();
  });

  datasetCases(() => engine({ workers: 3 }), path);

  test('labels: a value, one of several, not one; workers are where they say', async () => {
    const where = async (labels: Labels, count: number): Promise<Set<string>> => {
      const pool = open({ labels });
      try {
        return new Set(await placesOf(pool, count));
      } finally {
        await pool.close();
      }
    };
    const a = await where({ zone: 'a' }, 2);
    assert.equal(a.size, 1);
    assert.deepEqual(await where({ disk: 'ssd' }, 2), a);
    const bc = await where({ zone: ['b', 'c'] }, 4);
    assert.equal(bc.size, 2);
    assert.ok(![...bc].some((one) => a.has(one)));
    assert.deepEqual(await where({ zone: { not: 'a' } }, 4), bc);
  });

  test("labels and spreadOver of a job, beyond its engine's: workers are where it says; what no node has is said at once", async () => {
    const pool = open({ workers: 4, labels: { zone: ['a', 'b'] } });
    const where = async (count: number, options: Pick<RunOptions, 'labels' | 'spreadOver'>): Promise<Set<string>> => {
      const log = path();
      const places = await pool.map(
        numbers(count),
        async () => {
          note(log, 'here');
          await until(() => notes(log).length >= count, 'all workers');
          return process.env.SHEAF_PLACE!;
        },
        { chunkSize: 1, ...options },
      );
      return new Set(places);
    };
    const ended: number[] = [];
    const started: number[] = [];
    pool.events.listen((event) => {
      if (event.kind === 'task-ended') ended.push(event.worker!);
      if (event.kind === 'worker-started') started.push(event.worker);
    });
    const a = await where(2, { labels: { zone: 'a' } });
    const b = await where(2, { labels: { zone: ['b', 'c'] } });
    assert.deepEqual([a.size, b.size], [1, 1]);
    assert.deepEqual(await where(2, { labels: { zone: { not: 'b' } } }), a);
    assert.deepEqual(await where(2, { labels: { zone: { not: ['a', 'c'] } } }), b);
    assert.deepEqual(await where(2, { labels: { disk: 'ssd' } }), a);
    assert.deepEqual(await where(2, { spreadOver: 'zone' }), new Set([...a, ...b]));
    assert.ok(a.has(await pool.run(place, [], { labels: { zone: 'a' } })));
    // Numbers of workers are the pool's, not those of one place.
    assert.equal(new Set(started).size, started.length);
    assert.ok(ended.length >= 12 && ended.every((worker) => started.includes(worker)));
    for (const labels of [{ zone: 'z' }, { zone: 'c' }, { disk: { not: 'ssd' }, zone: 'a' }]) {
      const error = await errorOf(pool.run(place, [], { labels }));
      assert.ok(error instanceof EngineError, String(error));
      assert.match(error.message, /No (node|value).*zone/);
    }
    assert.throws(() => pool.run(place, [], { labels: { zone: [] } }), TypeError);
    assert.equal((await where(4, {})).size, 2);
    await pool.close();
  });

  test('round-robin: spread over the nodes; spreadOver: over the values of a label', async () => {
    const robin = open({ workers: 3, allocation: 'round-robin' });
    // As far as Ray keeps to it, which it does not promise.
    assert.ok(sizes(await placesOf(robin, 3)).length >= 2);
    await robin.close();
    const zones = open({ workers: 3, spreadOver: 'zone' });
    assert.deepEqual(sizes(await placesOf(zones, 3)), [1, 1, 1]);
    await zones.close();
  });

  test('a worker that is killed, and the place it was on: only what they were running runs again', async () => {
    for (const victim of ['worker', 'place']) {
      const log = path();
      const pool = open({ workers: 2 });
      const results = await pool.map(
        numbers(40),
        async (x) => {
          note(log, x);
          if (x === 7 && context().attempt === 1) {
            process.kill(victim === 'worker' ? process.pid : process.ppid, 'SIGKILL');
            await new Promise(() => {});
          }
          return [x, context().attempt];
        },
        { chunkSize: 1 },
      );
      assert.deepEqual(
        results,
        numbers(40).map((x) => [x, x === 7 ? 2 : 1]),
      );
      const runs = notes(log).length;
      assert.ok(runs === 41, `${runs} runs`);
      await pool.close();
    }
  });

  test('a job that kills its place each time fails alone, and names its item', async () => {
    const pool = open({ workers: 2 });
    const outcomes = await pool
      .map(
        numbers(5),
        async (x) => {
          if (x !== 3) return x;
          process.kill(process.ppid, 'SIGKILL');
          return new Promise<number>(() => {});
        },
        { chunkSize: 1, label: 'deadly' },
      )
      .settled();
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    assert.match(String((outcomes[3] as PromiseRejectedResult).reason), /item 3 of deadly/);
    await pool.close();
  });

  test('a node that goes down while its tasks run: the answer is right, and what was done is not done again', async () => {
    const [log, gate] = [path(), path()];
    const victims = open({ workers: 6, allocation: 'round-robin' });
    const events: SheafEvent[] = [];
    victims.events.listen((event) => events.push(event));
    const job = victims.map(
      numbers(60),
      async (x) => {
        note(log, `${x} ${process.env.SHEAF_PLACE}`);
        if (x >= 24) await passGate(gate);
        return x * 2;
      },
      { chunkSize: 1 },
    );
    const settled = job.settled(); // it begins
    await until(() => notes(log).length >= 30, 'the second half to begin on all workers');
    const before = notes(log);
    cluster.kill(2);
    openGate(gate);
    const results = await settled;
    assert.deepEqual(
      results.map((one) => (one as PromiseFulfilledResult<number>).value),
      numbers(60).map((x) => x * 2),
    );
    // Runs by row, with where each was: what ran twice ran first where the node is gone, and was not over there.
    const runs = new Map<number, string[]>();
    for (const line of notes(log)) {
      const [x, at] = line.split(' ');
      runs.set(Number(x), [...(runs.get(Number(x)) ?? []), at!]);
    }
    const again = [...runs].filter(([, places]) => places.length > 1);
    const gone = new Set(again.map(([, places]) => places[0]));
    assert.deepEqual([gone.size, again.every(([, places]) => places.length === 2 && !gone.has(places[1]))], [1, true]);
    assert.ok(again.every(([x]) => x >= 24) && before.length >= 30, `${again}`);
    // The same from the events: a row is one task, and no task has another after it but those that were lost with their worker.
    const ends = events.filter((event) => event.kind === 'task-ended');
    const lost = ends.filter(({ outcome }) => outcome === 'worker-lost');
    const tries = events.filter((event) => event.kind === 'task-submitted' && event.cause !== undefined);
    assert.ok(tries.every((event) => event.kind === 'task-submitted' && event.cause === 'worker-lost'));
    assert.deepEqual([ends.length - lost.length, tries.length], [60, lost.length]);
    assert.equal(lost.length, again.length);
    await victims.close();
  });

  test('slots follow the cluster as nodes leave', async () => {
    const shrinking = engine();
    const pool = new Pool({ engine: shrinking });
    await pool.run(() => 1);
    await until(() => shrinking.slots === 4, 'four slots');
    assert.equal(typeof (await pool.run(place)), 'string');
    await pool.close();
  });

  test('an engine that is closed leaves no worker, and after a while no actor', async () => {
    const pool = open();
    await placesOf(pool, 4);
    assert.ok(workers().length >= 4 && seats().length >= 4);
    await pool.close();
    assert.deepEqual(workers(), []);
    await until(() => seats().length === 0, 'the actors to go');
  });

  test('a driver that is killed leaves nothing', async () => {
    const begun = path();
    const child = program(
      `import { openSync } from 'node:fs';
       import { run, map } from 'sheaf';
       const begun = ${JSON.stringify(begun)};
       await map([0, 1, 2, 3], (i) => { process.getBuiltinModule('fs').appendFileSync(begun, i + '\\n'); for (;;); }, { chunkSize: 1 });`,
      { ...process.env, SHEAF_ENGINE: `ray:${address}`, SHEAF_PYTHON: python, RAY_AUTH_TOKEN_PATH: tokenPath },
    );
    await until(() => notes(begun).length >= 4, 'its workers');
    child.kill('SIGKILL');
    await until(() => workers().length + seats().length === 0, 'everything of it to end');
  });

  test('a sidecar that dies is noticed, and another takes its place: the job goes on', {
    timeout: 30_000,
  }, async () => {
    const pool = open({ workers: 1 });
    const begun = path();
    const job = pool.map([1, 2, 3], async (x) => {
      if (x === 2 && context().attempt === 1) {
        openGate(begun);
        await new Promise(() => {});
      }
      return [x, context().attempt];
    });
    const results = job.settled();
    await passGate(begun);
    for (const pid of processesLike(/sidecar\.py/)) process.kill(pid, 'SIGKILL');
    assert.deepEqual(
      (await results).map((one) => (one as PromiseFulfilledResult<number[]>).value),
      [
        [1, 1],
        [2, 2],
        [3, 1],
      ],
    );
    await pool.close();
  });

  test('a sidecar that dies while workers are still asked for: the job goes on', { timeout: 60_000 }, async () => {
    const pool = open({ workers: 4 });
    const gate = path();
    const job = pool.map(
      numbers(8),
      async (x) => {
        await passGate(gate);
        return x;
      },
      { chunkSize: 1 },
    );
    const results = job.settled();
    await until(() => seats().length > 0, 'the first actor');
    const [sidecar] = processesLike(/sidecar\.py/);
    process.kill(sidecar!, 'SIGKILL');
    openGate(gate);
    assert.deepEqual(
      (await results).map((one) => (one as PromiseFulfilledResult<number>).value),
      numbers(8),
    );
    await pool.close();
  });

  test('a sidecar that hangs: what is terminated does not wait for it', { timeout: 60_000 }, async () => {
    const pool = open({ workers: 1 });
    const begun = path();
    const error = errorOf(
      pool.run(
        (path: string) => {
          openGate(path);
          for (;;);
        },
        [begun],
      ),
    );
    await passGate(begun);
    const [sidecar] = processesLike(/sidecar\.py/);
    process.kill(sidecar!, 'SIGSTOP');
    await pool.terminate();
    assert.ok((await error) instanceof CancelledError);
    process.kill(sidecar!, 'SIGCONT');
    await until(() => workers().length + seats().length === 0, 'what it was told meanwhile');
  });

  test('the head goes down: a clear error in time', { timeout: 40_000 }, async () => {
    const pool = open({ workers: 2 });
    await pool.run(() => 1);
    const began = Date.now();
    const begun = path();
    const waiting = errorOf(
      pool.run(
        async (path: string) => {
          openGate(path);
          await new Promise(() => {});
        },
        [begun],
      ),
    );
    await passGate(begun);
    cluster.kill(0);
    const error = await waiting;
    assert.ok(error instanceof Error);
    assert.match(error.message, /Ray cluster|cluster/);
    assert.ok(Date.now() - began < 15_000, `${Date.now() - began} ms`);
    await pool.terminate();
  });
}
