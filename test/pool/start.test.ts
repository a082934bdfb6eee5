import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CaptureError, EngineError, Pool, type PoolOptions } from 'sheaf';

/** Pools whose workers cannot start, and what the error must say of it. */
const hopeless: readonly {
  readonly name: string;
  readonly options: PoolOptions;
  readonly env?: string;
  readonly says: RegExp;
  /** Why it cannot be tried on this Node. */
  readonly skip?: string | false;
}[] = [
  {
    name: 'threads without memory',
    options: { workers: 2, resourceLimits: { maxOldGenerationSizeMb: 1, maxYoungGenerationSizeMb: 1 } },
    says: /do not start.*memory.*resourceLimits/i,
    skip:
      Number(process.versions.node.split('.')[0]) >= 24 &&
      'Node 24 and later end the whole process when a thread has no memory to start with',
  },
  {
    name: 'processes with options that there are not',
    options: { workers: 2, isolation: 'process' },
    env: '--no-such-option-of-node',
    says: /do not start.*exited with code 9.*NODE_OPTIONS/i,
  },
];

describe('workers that do not start', { timeout: 120_000 }, () => {
  for (const { name, options, env, says, skip = false } of hopeless) {
    test(`${name}: all work rejects in a bounded number of tries, and the pool can be closed`, { skip }, async () => {
      const before = process.env.NODE_OPTIONS;
      if (env !== undefined) process.env.NODE_OPTIONS = env;
      const pool = new Pool(options);
      try {
        const check = (error: unknown): boolean => {
          assert.ok(error instanceof EngineError);
          assert.match(error.message, says);
          return true;
        };
        await assert.rejects(async () => await pool.map([1, 2, 3], (x) => x), check);
        await assert.rejects(
          pool.run(() => 1),
          check,
        );
        await assert.rejects(pool.map([1, 2, 3], (x) => x).settled(), check);
        await assert.rejects(async () => {
          for await (const _ of pool.map([1, 2, 3], (x) => x));
        }, check);
      } finally {
        if (before === undefined) delete process.env.NODE_OPTIONS;
        else process.env.NODE_OPTIONS = before;
        await pool.close();
      }
    });
  }

  test('once they can, the same pool works', async () => {
    const before = process.env.NODE_OPTIONS;
    process.env.NODE_OPTIONS = '--no-such-option-of-node';
    const pool = new Pool({ workers: 1, isolation: 'process' });
    try {
      await assert.rejects(
        pool.run(() => 1),
        EngineError,
      );
      if (before === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = before;
      assert.equal(await pool.run(() => 1), 1);
    } finally {
      if (before === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = before;
      await pool.close();
    }
  });
});

describe('a worker that starts while its first function is captured', { timeout: 60_000 }, () => {
  for (const isolation of ['thread', 'process'] as const) {
    test(`${isolation}: where that function is refused, the next one has the worker, and the pool can be closed`, async () => {
      const pool = new Pool({ workers: 1, isolation });
      const refused = new WeakMap();
      await assert.rejects(
        pool.run(() => refused),
        CaptureError,
      );
      assert.equal(await pool.run(() => 1), 1);
      await pool.close();
    });

    test(`${isolation}: a pool whose only function was refused can be closed, and ended, at once`, async () => {
      for (const end of ['close', 'terminate'] as const) {
        const pool = new Pool({ workers: 1, isolation });
        const refused = new WeakMap();
        await assert.rejects(async () => await pool.map([1], () => refused), CaptureError);
        await pool[end]();
      }
    });
  }
});
