/** What one node is enough for: errors that come in time, what is stopped, what is large, and who learns the token. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CancelledError, EngineError, Pool, TimeoutError } from 'sheaf';
import { type RayOptions, ray } from 'sheaf/ray';
import { errorOf } from '../contract/check.js';
import { note, notes, until } from '../contract/gates.js';
import { certify } from '../support/certify.js';
import { processesLike } from '../support/ray-cluster.js';
import { enterNamespace } from '../support/ray-namespace.js';
import { raySuite } from '../support/ray-suite.js';

const here = enterNamespace();

if ('reason' in here) test('a cluster of one node', { skip: here.reason }, () => {});
else describe('Ray: bounds', { timeout: 240_000 }, () => cases(here.python));

const wrong = 'f'.repeat(64);

function cases(python: string): void {
  const { cluster, folder, path, pythonThat } = raySuite(python);
  const { address, tokenPath } = cluster;
  const open = (options: RayOptions = {}): Pool =>
    new Pool({ engine: ray({ address, python, tokenPath, logs: false, workers: 1, ...options }) });
  const refusal = async (options: RayOptions): Promise<string> => {
    const pool = open(options);
    const error = await errorOf(pool.run(() => 1));
    await pool.close();
    assert.ok(error instanceof EngineError, String(error));
    return error.message;
  };
  /** Calls `what` while the program's environment has these variables. */
  const within = async <T>(environment: NodeJS.ProcessEnv, what: () => Promise<T>): Promise<T> => {
    const before = { ...process.env };
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    try {
      return await what();
    } finally {
      for (const name of Object.keys(environment)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  };
  /** No address, and nothing that says where to look for one but what is given. */
  const auto = { address: undefined, tokenPath: undefined };
  const nothing = { RAY_ADDRESS: undefined, RAY_AUTH_TOKEN: undefined, RAY_AUTH_TOKEN_PATH: undefined };

  test('no cluster on this machine, and no address', { timeout: 60_000 }, async () => {
    const empty = path();
    mkdirSync(empty);
    const said = await within({ ...nothing, RAY_TMPDIR: empty }, () => refusal(auto));
    assert.match(said, /No Ray cluster is running on this machine.*ray start --head.*ray\(\{ address \}\)/);
  });

  test('a cluster that is found by itself: RAY_ADDRESS, what ray start has noted; its errors are as clear', {
    timeout: 60_000,
  }, async () => {
    cluster.start({ cpus: 2 });
    const found = path();
    mkdirSync(found);
    symlinkSync(cluster.folder, join(found, 'ray'));
    assert.ok(existsSync(join(found, 'ray/ray_current_cluster')));
    const cases: readonly (readonly [NodeJS.ProcessEnv, RayOptions, RegExp])[] = [
      [{ RAY_ADDRESS: '127.0.0.1:9' }, {}, /Nothing answers at 127\.0\.0\.1:9/],
      [{ RAY_ADDRESS: 'ray://127.0.0.1:10001' }, {}, /RAY_ADDRESS is ray:.*Ray Client/],
      [{ RAY_ADDRESS: address }, { token: wrong }, /at 127\.0\.0\.1:\d+ does not accept the token/],
      [{ RAY_ADDRESS: address }, {}, /asks for a token/],
      [{ RAY_TMPDIR: found }, { token: wrong }, /at 127\.0\.0\.1:\d+ does not accept the token/],
      [{ RAY_TMPDIR: found }, {}, /asks for a token/],
    ];
    for (const [environment, options, says] of cases) {
      const said = await within({ ...nothing, ...environment }, () => refusal({ ...auto, ...options }));
      assert.match(said, says);
      assert.ok(!said.includes(wrong));
    }
    // What has been noted may be of a cluster that is gone.
    const gone = path();
    mkdirSync(join(gone, 'ray'), { recursive: true });
    writeFileSync(join(gone, 'ray/ray_current_cluster'), '127.0.0.1:9');
    await within({ ...nothing, RAY_TMPDIR: gone }, async () => {
      await using pool = open({ ...auto, tokenPath });
      assert.equal(typeof (await pool.run(() => process.env.SHEAF_PLACE)), 'string');
    });
  });

  test('Ray that neither connects nor refuses: given up by our own deadline, and its process with it', {
    timeout: 60_000,
  }, async () => {
    const hanging = pythonThat('import ray, time; ray.init = lambda **options: time.sleep(1000)');
    const said = await refusal({ python: hanging });
    assert.match(said, /no connection to the Ray cluster at .* within 15 s.*ray status.*token and TLS/);
    await until(() => processesLike(/sidecar\.py/).length === 0, 'the process that hangs to end');
  });

  test('TLS files where the cluster talks plainly', { timeout: 15_000 }, async () => {
    assert.match(await refusal({ tls: certify(folder, 'ours') }), /does not take up TLS.*leave it out/);
  });

  test('files that are too large to travel: what is largest, and the ways out; nothing has run', async () => {
    const [app, log] = [path(), path()];
    mkdirSync(join(app, 'node_modules/huge'), { recursive: true });
    writeFileSync(join(app, 'node_modules/huge/package.json'), '{ "name": "huge", "main": "index.js" }');
    writeFileSync(join(app, 'node_modules/huge/index.js'), 'exports.one = 1;');
    writeFileSync(join(app, 'node_modules/huge/data.bin'), '');
    truncateSync(join(app, 'node_modules/huge/data.bin'), 201 << 20);
    writeFileSync(
      join(app, 'use.cjs'),
      `exports.use = (x) => { require('node:fs').writeFileSync(${JSON.stringify(log)}, ''); return require('huge').one + x; };`,
    );
    const { use } = createRequire(import.meta.url)(join(app, 'use.cjs')) as { use: (x: number) => number };
    await using pool = open();
    const error = await errorOf(pool.map([1, 2], use));
    assert.ok(error instanceof EngineError, String(error));
    assert.match(error.message, /more than 200 MiB, among them .*node_modules\/huge.*--working-dir.*container image/);
    assert.ok(!existsSync(log));
    assert.equal(await pool.run((x: number) => x, [1]), 1);
  });

  test('loops without end: past their time, cancelled, of an engine that is terminated; no child is left', async (t) => {
    const pool = open();
    const log = path();
    const loop = (file: string): never => {
      note(file, process.pid);
      for (;;);
    };
    const isThere = (pid: number): boolean => processesLike(/sheaf:worker/).includes(pid);
    /** The worker that runs the loop now. */
    const begun = async (count: number): Promise<number> => {
      await until(() => notes(log).length === count, 'the loop to begin');
      return Number(notes(log)[count - 1]);
    };
    await pool.run(() => 1);

    const late = errorOf(pool.run(loop, [log], { timeoutMs: 200 }));
    const first = await begun(1);
    let began = performance.now();
    assert.ok((await late) instanceof TimeoutError);
    const told = performance.now() - began;
    await until(() => !isThere(first), 'the worker past its time to end');
    t.diagnostic(
      `past 200 ms: told after ${told.toFixed()} ms, gone after ${(performance.now() - began).toFixed()} ms`,
    );

    const job = pool.map([log], loop);
    const cancelled = errorOf(job);
    const second = await begun(2);
    began = performance.now();
    job.cancel();
    assert.ok((await cancelled) instanceof CancelledError);
    await until(() => !isThere(second), 'the worker that was cancelled to end');
    t.diagnostic(`cancelled: gone after ${(performance.now() - began).toFixed()} ms`);

    assert.equal(await pool.run(() => 2), 2);
    const ended = errorOf(pool.run(loop, [log]));
    const third = await begun(3);
    await pool.terminate();
    assert.ok((await ended) instanceof CancelledError);
    assert.ok(!isThere(third));
    assert.deepEqual(processesLike(/sheaf:worker/), []);
  });

  test('a result that is larger than the object store passes in parts', async (t) => {
    const size = 256 << 20;
    await using pool = open();
    await pool.run(() => 1);
    const sidecar = Math.max(...processesLike(/sidecar\.py/)); // the latest
    const own = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${sidecar}/status`, 'utf8'))![1]) / 1024;
    const before = own();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, own());
    }, 5);
    const result = await pool.run(
      (bytes: number) => {
        const made = new Uint32Array(bytes / 4);
        for (let i = 0; i < made.length; i++) made[i] = i;
        return made;
      },
      [size],
    );
    clearInterval(watch);
    assert.equal(result.byteLength, size);
    assert.ok(result.every((x, i) => x === i));
    const grew = `the sidecar grew from ${before.toFixed()} to ${most.toFixed()} MiB`;
    t.diagnostic(grew);
    // It maps the store, which has 100 MiB.
    assert.ok(most - before < 140, grew);
  });

  test('the token is in no log of the cluster', async () => {
    const token = readFileSync(tokenPath, 'utf8');
    const pool = open({ tokenPath: undefined, token });
    await pool.run(() => console.log('a worker prints'));
    await pool.close();
    const logs = join(cluster.folder, 'session_latest/logs');
    const files = readdirSync(logs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(files.length > 5);
    const telling = files.map(({ parentPath, name }) => join(parentPath, name));
    assert.deepEqual(
      telling.filter((file) => readFileSync(file, 'latin1').includes(token)),
      [],
    );
  });
}
