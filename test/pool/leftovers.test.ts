import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CaptureError, context, Pool, type PoolOptions } from 'sheaf';
import { hush } from '../contract/gates.js';
import { type Kind, kinds, optionsOf } from './engines.js';
import { childrenOf, hasProc, until } from './script.js';

// Before anything asks for it: whatever Sheaf writes is seen here.
const scratch = mkdtempSync(join(tmpdir(), 'sheaf-test-'));
process.env.TMPDIR = scratch;
after(() => rmSync(scratch, { recursive: true }));

/** What this process has of threads, processes, handles and files. */
function footprint(): Record<string, number> {
  const counts: Record<string, number> = { scratch: readdirSync(scratch).length };
  for (const type of process.getActiveResourcesInfo()) counts[type] = (counts[type] ?? 0) + 1;
  const report = process.report.getReport() as unknown as { workers: unknown[] };
  counts.threads = report.workers.length;
  if (hasProc) {
    counts.processes = childrenOf(process.pid).length;
    counts['open files'] = readdirSync('/proc/self/fd').length;
  }
  return counts;
}

/** What is there beyond a footprint. */
function beyond(before: Record<string, number>): string[] {
  return Object.entries(footprint()).flatMap(([what, count]) => {
    const extra = count - (before[what] ?? 0);
    return extra > 0 ? [`${extra} ${what}`] : [];
  });
}

const driver = process.pid;
const numbers = Array.from({ length: 40 }, (_, i) => i);
const endless = function* (): Generator<number> {
  for (let i = 0; ; i++) yield i;
};
const hang = async (): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 600_000));
};
const failing = (x: number): number => {
  if (x === 20) throw new RangeError('twenty');
  return x;
};

/** Ways to use a pool badly. Each gets a pool of its own, which is closed afterwards. */
interface Way {
  readonly on: readonly Kind[];
  readonly options?: PoolOptions;
  run(pool: Pool): unknown;
}

const apart = ['threads', 'processes'] as const;
const ways: Readonly<Record<string, Way>> = {
  'nothing at all': { on: kinds, run: () => {} },
  'work that is done': { on: kinds, run: (pool) => pool.map(numbers, (x) => x) },
  'many calls': { on: kinds, run: (pool) => Promise.all(numbers.map((x) => pool.run((y: number) => y, [x]))) },
  'a function that throws': { on: kinds, run: (pool) => assert.rejects(async () => pool.map(numbers, failing)) },
  'all settled': { on: kinds, run: (pool) => pool.map(numbers, failing).settled() },
  'retries that run out': {
    on: kinds,
    run: (pool) => assert.rejects(async () => pool.map(numbers, failing, { retries: { times: 2, delayMs: 5 } })),
  },
  'a retry that is not lived to see': {
    on: kinds,
    run: async (pool) => {
      const asked = new Promise<void>((resolve) => {
        const when = (): boolean => {
          resolve();
          return true;
        };
        pool.map([20], failing, { retries: { times: 1, delayMs: 600_000, when } }).catch(() => {});
      });
      await asked;
      await pool.terminate();
    },
  },
  'a stream that is left': {
    on: kinds,
    run: async (pool) => {
      for await (const x of pool.map(endless(), (y) => y)) if (x === 500) break;
    },
  },
  'a stream that fails': {
    on: kinds,
    run: (pool) =>
      assert.rejects(async () => {
        for await (const _ of pool.map(endless(), failing));
      }),
  },
  'a stream that is closed on': {
    on: kinds,
    run: async (pool) => {
      const iterator = pool.map(endless(), (x) => x)[Symbol.asyncIterator]();
      await iterator.next();
      await pool.close();
    },
  },
  'a stream that nobody reads': {
    on: kinds,
    run: async (pool) => {
      await pool
        .map(endless(), (x) => x)
        [Symbol.asyncIterator]()
        .next();
    },
  },
  'an input that throws': {
    on: kinds,
    run: (pool) => {
      const input = function* (): Generator<number> {
        yield 1;
        throw new Error('input');
      };
      return assert.rejects(async () => pool.map(input(), (x) => x));
    },
  },
  'an item that cannot be encoded': { on: kinds, run: (pool) => pool.map([1, () => 1, 2], (x) => typeof x).settled() },
  'a result that cannot be encoded': { on: kinds, run: (pool) => pool.map([1, 2], () => Symbol('no')).settled() },
  'a function that cannot travel': {
    on: kinds,
    run: (pool) => assert.rejects(pool.run(Math.max.bind(null, 1)), CaptureError),
  },
  'a policy that throws': {
    on: kinds,
    run: (pool) => {
      const place = (): never => {
        throw new Error('no place');
      };
      return assert.rejects(async () => pool.map([1], (x) => x, { allocation: { name: 'bad', place } }));
    },
  },
  'a setup that throws': {
    on: kinds,
    options: {
      setup: () => {
        throw new Error('setup');
      },
    },
    run: (pool) => assert.rejects(async () => pool.map(numbers, (x) => x)),
  },
  'a setup that kills': {
    on: apart,
    options: { setup: () => process.exit(1) },
    run: (pool) => assert.rejects(async () => pool.map(numbers, (x) => x)),
  },
  'a time-out that is heeded': {
    on: kinds,
    run: (pool) =>
      pool
        .map(
          [1],
          async () => {
            await new Promise<void>((resolve) => context().signal.addEventListener('abort', () => resolve()));
          },
          { timeoutMs: 20 },
        )
        .settled(),
  },
  'a time-out that is not': { on: apart, run: (pool) => pool.map([1, 2], hang, { timeoutMs: 20 }).settled() },
  'a loop without end': {
    on: apart,
    run: (pool) =>
      pool
        .map(
          [1],
          () => {
            for (;;);
          },
          { timeoutMs: 20 },
        )
        .settled(),
  },
  'work that is cancelled': {
    on: apart,
    run: async (pool) => {
      const controller = new AbortController();
      const { signal } = controller;
      const work = [pool.map([1, 2], hang, { signal }), pool.run(hang, [], { signal }), pool.run(hang, [], { signal })];
      const all = Promise.allSettled(work);
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      for (const one of await all) assert.equal(one.status, 'rejected');
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    },
  },
  'a signal that is never aborted': {
    on: kinds,
    run: async (pool) => {
      const { signal } = new AbortController();
      await pool.map(numbers, (x) => x, { signal });
      await pool.run(() => 1, [], { signal });
      await pool.map(numbers, failing, { signal }).settled();
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    },
  },
  'terminated at work': {
    on: apart,
    run: async (pool) => {
      const work = [pool.map([1, 2, 3], hang), pool.run(hang)].map((one) => assert.rejects(async () => one));
      await pool.terminate();
      await Promise.all(work);
    },
  },
  'a worker that exits': {
    on: apart,
    run: (pool) => pool.map(numbers, (x) => (x === 7 && context().attempt === 1 ? process.exit(1) : x)),
  },
  'an item that always kills': {
    on: apart,
    run: (pool) => pool.map(numbers, (x) => (x === 7 ? process.exit(1) : x)).settled(),
  },
  'a worker that runs out of memory': {
    on: apart,
    options: { resourceLimits: { maxOldGenerationSizeMb: 24 } },
    run: (pool) =>
      pool
        .map([1, 2], (x) => {
          if (x === 2) hush(driver);
          const kept: unknown[] = [];
          while (x === 2) kept.push({ at: kept.length, list: [kept.length] });
          return x;
        })
        .settled(),
  },
  'a worker that is killed': {
    on: ['processes'],
    run: (pool) => pool.map(numbers, (x) => (x === 7 ? process.kill(process.pid, 'SIGKILL') : x)).settled(),
  },
  'workers that are renewed': {
    on: apart,
    options: { maxTasksPerWorker: 2 },
    run: (pool) => pool.map(numbers, (x) => x, { chunkSize: 5 }),
  },
};

async function use({ options, run }: Way, kind: Kind): Promise<void> {
  const pool = new Pool({ ...optionsOf(kind), ...(kind === 'inline' ? {} : { graceMs: 50 }), ...options });
  await run(pool);
  await pool.close();
}

for (const kind of kinds) {
  describe(`nothing is left (${kind})`, { timeout: 300_000 }, () => {
    // Once, for what the platform keeps from then on.
    before(async () => {
      await use(ways['all settled']!, kind);
      await use(ways['a stream that is left']!, kind);
    });

    for (const [name, way] of Object.entries(ways)) {
      if (!way.on.includes(kind)) continue;
      test(`after ${name}`, async () => {
        const before = footprint();
        await use(way, kind);
        await until(
          () => beyond(before).length === 0,
          () => `left: ${beyond(before).join(', ')}`,
        );
      });
    }
  });
}
