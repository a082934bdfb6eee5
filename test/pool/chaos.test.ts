import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { context, Pool, TimeoutError, WorkerLostError } from 'sheaf';
import { childrenOf, needsProc } from './script.js';

/** Repeatable random numbers: the same seed, the same sequence (xorshift32). */
function randomOf(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

type Fate = 'fine' | 'slow' | 'exits once' | 'throws once' | 'throws' | 'always exits' | 'hangs';

interface Item {
  readonly n: number;
  readonly fate: Fate;
}

/** What becomes of an item, wherever and however often it runs. */
const work = async ({ n, fate }: Item): Promise<number> => {
  const { attempt, signal } = context();
  switch (fate) {
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, n % 4));
      break;
    case 'exits once':
      if (attempt === 1) process.exit(1);
      break;
    case 'throws once':
      if (attempt === 1) throw new RangeError(`once ${n}`);
      break;
    case 'throws':
      throw new RangeError(`always ${n}`);
    case 'always exits':
      process.exit(2);
      break;
    case 'hangs':
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      break;
  }
  return n * 3 + 1;
};

/** Mostly good items, and some that end in one way or another. */
function itemsOf(random: (below: number) => number, fates: readonly Fate[]): Item[] {
  return Array.from({ length: 20 + random(200) }, (_, n) => ({
    n,
    fate: random(12) === 0 ? fates[random(fates.length)]! : 'fine',
  }));
}

const badEnds: Partial<Record<Fate, (reason: unknown, n: number) => void>> = {
  throws: (reason, n) =>
    assert.deepEqual([(reason as Error).constructor, (reason as Error).message], [RangeError, `always ${n}`]),
  'always exits': (reason, n) => {
    assert.ok(reason instanceof WorkerLostError);
    assert.match(reason.message, new RegExp(`item ${n} `));
  },
  hangs: (reason) => assert.ok(reason instanceof TimeoutError),
};

function check(items: readonly Item[], outcomes: readonly PromiseSettledResult<number>[], story: string): void {
  assert.equal(outcomes.length, items.length, story);
  for (const [i, one] of outcomes.entries()) {
    const { n, fate } = items[i]!;
    const bad = badEnds[fate];
    if (bad === undefined)
      assert.deepEqual(one, { status: 'fulfilled', value: n * 3 + 1 }, `${story}, item ${n} (${fate})`);
    else {
      assert.equal(one.status, 'rejected', `${story}, item ${n} (${fate})`);
      bad(one.reason, n);
    }
  }
}

const rounds = 25;

/** Options of a job that must not change its answer. */
function optionsOf(random: (below: number) => number) {
  const allocations = ['least-loaded', 'round-robin', 'work-stealing', 'locality', undefined] as const;
  return {
    chunkSize: [1, 3, 10, 50, undefined][random(5)],
    allocation: allocations[random(allocations.length)],
    concurrency: [1, 1, 1, 4][random(4)],
    retries: 1,
  };
}

describe('chaos: whatever workers die of, the answer is the plain loop’s', { timeout: 600_000 }, () => {
  describe('workers that die by their items', () => {
    let pool: Pool;
    before(() => {
      pool = new Pool({ workers: 3, graceMs: 200 });
    });
    after(() => pool.close());

    for (let seed = 1; seed <= rounds; seed++) {
      test(`seed ${seed}`, async () => {
        const random = randomOf(seed);
        const fates: Fate[] = ['slow', 'slow', 'exits once', 'throws once', 'throws once', 'throws', 'always exits'];
        // An item that hangs has to be waited for: not in every round.
        const hangs = seed % 5 === 0;
        const items = itemsOf(random, fates);
        if (hangs) items.push({ n: items.length, fate: 'hangs' });
        const options = { ...optionsOf(random), ...(hangs ? { timeoutMs: 1500 } : {}) };
        check(items, await pool.map(items, work, options).settled(), `seed ${seed} with ${JSON.stringify(options)}`);
      });
    }
  });

  describe('worker processes killed from outside', { skip: needsProc }, () => {
    let pool: Pool;
    before(() => {
      pool = new Pool({ workers: 3, isolation: 'process' });
    });
    after(() => pool.close());

    for (let seed = 1; seed <= rounds; seed++) {
      test(`seed ${seed}`, async () => {
        const random = randomOf(1000 + seed);
        const items = itemsOf(random, ['slow', 'slow', 'throws once']);
        const { concurrency: _, ...options } = optionsOf(random);
        const job = pool.map(items, work, options);
        // At most two kills, so that no item can be at its third: at the start, and after some results.
        const killAfter = [random(2) === 0 ? 0 : random(items.length), random(items.length)];
        const got: number[] = [];
        const kill = (): void => {
          const workers = childrenOf(process.pid);
          if (workers.length > 0) process.kill(workers[random(workers.length)]!, 'SIGKILL');
        };
        for await (const result of job) {
          got.push(result);
          for (const at of killAfter) if (got.length === at + 1) kill();
        }
        assert.deepEqual(
          got,
          items.map(({ n }) => n * 3 + 1),
          `seed ${seed} with ${JSON.stringify(options)}, kills after ${killAfter}`,
        );
      });
    }
  });

  describe('workers that die at any moment around a task: in it, between its end and the news of it, in what comes next', () => {
    const moments = ['in it', 'microtask', 'tick', 'immediate', 'timer'] as const;
    interface Grenade {
      readonly n: number;
      readonly moment: (typeof moments)[number] | undefined;
      readonly ms: number;
    }
    const explode = ({ n, moment, ms }: Grenade): number => {
      const die = (): void => process.exit(3);
      if (moment !== undefined && context().attempt === 1) {
        if (moment === 'in it') die();
        else if (moment === 'microtask') queueMicrotask(die);
        else if (moment === 'tick') process.nextTick(die);
        else if (moment === 'immediate') setImmediate(die);
        else setTimeout(die, ms);
      }
      for (const end = performance.now() + (n % 7) / 20; performance.now() < end; );
      return n * 3 + 1;
    };
    // With those of the other Node that the suite runs on, a thousand.
    const deaths = { thread: 350, process: 150 };
    for (const isolation of ['thread', 'process'] as const) {
      test(`${deaths[isolation]} times a ${isolation}`, {
        skip: isolation === 'process' && needsProc,
      }, async (context) => {
        await using pool = new Pool({ workers: 2, isolation });
        let lost = 0;
        const seen = (async () => {
          for await (const event of pool.events) if (event.kind === 'worker-ended' && !event.expected) lost++;
        })();
        for (let seed = 1; lost < deaths[isolation]; seed++) {
          const random = randomOf(2000 + seed);
          const items: Grenade[] = Array.from({ length: 10 + random(60) }, (_, n) => ({ n, moment: undefined, ms: 0 }));
          // Two at most, so that no item can meet its third death.
          for (let i = 0; i < 2; i++) {
            const n = random(items.length);
            items[n] = { n, moment: moments[random(moments.length)], ms: random(4) };
          }
          const { concurrency: _, ...options } = optionsOf(random);
          const all = await pool.map(items, explode, options);
          assert.deepEqual(
            all,
            items.map(({ n }) => n * 3 + 1),
            `seed ${seed} with ${JSON.stringify(options)}`,
          );
          assert.ok(seed < 20 * deaths[isolation], `only ${lost} workers have died`);
        }
        context.diagnostic(`${lost} ${isolation === 'thread' ? 'threads' : 'processes'} died`);
        await pool.close();
        await seen;
      });
    }
  });
});
