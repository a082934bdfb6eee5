/** Which worker gets which task: policies beside each other on the same tasks. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Allocation, AllocationPolicy, MapOptions, Pool, RunOptions } from 'sheaf';
import { type Case, milliseconds, WORKERS } from '../../case.js';
import { contenders } from '../../contenders/index.js';
import { digestNumbers } from '../../digest.js';
import { countPrimes } from '../../primes.js';
import { percentile } from '../../statistics.js';
import { loop, square } from '../../tasks.js';
import { levelMetrics, measureLevel } from './level.js';

type Counts = readonly number[];
type Parts = readonly ArrayLike<number>[];

const { sheaf, serial } = contenders<Counts, Parts>();

const policies: readonly Allocation[] = ['least-loaded', 'work-stealing', 'round-robin'];

/** @param costOf the cost of a task by its place, in numbers that are tested */
function tasks(id: string, title: string, costOf: (place: number) => number): Case<Counts, Parts> {
  return {
    id: `choosing-allocation-${id}`,
    title: `64 CPU-bound tasks, ${title}`,
    size: { full: 64, quick: 16 },
    metrics: levelMetrics,
    measure: measureLevel,
    input: (size) => Array.from({ length: size }, (_, place) => costOf(place)),
    warm: () => new Array<number>(64).fill(500),
    digest: digestNumbers,
    bound: { label: 'half of the serial loop', contender: 'serial loop', factor: 1 / WORKERS },
    contenders: [
      ...policies.map((allocation) =>
        sheaf({
          suffix: String(allocation),
          run: async (pool, counts) => [await pool.map(counts, countPrimes, { allocation, chunkSize: 1 })],
        }),
      ),
      sheaf({
        suffix: 'least-loaded, cost',
        run: async (pool, counts) => [await pool.map(counts, countPrimes, { chunkSize: 1, cost: (count) => count })],
      }),
      serial((counts) => [loop(counts, countPrimes)]),
    ],
  };
}

const even = tasks('even', 'all alike', () => 40_000);
const paired = tasks('paired', 'every second one ten times the others', (place) => (place % 2 === 0 ? 70_000 : 7000));
const last = tasks('last', 'one as long as sixteen, and last', (place) => (place === 63 ? 480_000 : 30_000));

/** Keeps the second worker free of what does not hurry. */
const reserving: AllocationPolicy = {
  name: 'reserving',
  place: (_task, workers) => workers[0]!.id,
};

/** What small calls wait for while a long map is under way. */
interface Both {
  readonly primes: Counts;
  readonly squares: Counts;
  readonly ms: readonly [map: number, call: number];
}

type Background = Pick<MapOptions, 'allocation'>;

async function both(pool: Pool, counts: Counts, background: Background, call: RunOptions): Promise<Both> {
  const start = performance.now();
  let took = 0;
  const job = pool.map(counts, countPrimes, { chunkSize: 1, ...background }).then((primes) => {
    took = performance.now() - start;
    return primes;
  });
  const trips: number[] = [];
  const squares: number[] = [];
  while (took === 0) {
    await sleep(5);
    const called = performance.now();
    squares.push(await pool.run(square, [trips.length], call));
    trips.push(performance.now() - called);
  }
  return { primes: await job, squares, ms: [took, percentile(trips, 0.95)] };
}

const mixed = contenders<Counts, Both>();

const urgent: Case<Counts, Both> = {
  id: 'choosing-allocation-urgent',
  title: 'small calls every 5 ms while 24 tasks of about 20 ms are under way',
  size: { full: 24, quick: 8 },
  metrics: [milliseconds('the tasks'), milliseconds('a call, p95')],
  input: (size) => new Array<number>(size).fill(125_000),
  warm: () => new Array<number>(16).fill(500),
  // There are as many calls as there is time for.
  digest: ({ primes, squares }) => `${digestNumbers([primes])}, ${squares.every((one, i) => one === i * i)}`,
  measure: async (session, input) => {
    const output = await session.run(input);
    return { ms: output.ms, output };
  },
  contenders: [
    mixed.sheaf({ suffix: 'least-loaded', run: (pool, counts) => both(pool, counts, {}, {}) }),
    mixed.sheaf({ suffix: 'priority', run: (pool, counts) => both(pool, counts, {}, { priority: 1 }) }),
    mixed.sheaf({
      suffix: 'own policy',
      run: (pool, counts) => both(pool, counts, { allocation: reserving }, { priority: 1 }),
    }),
  ],
};

export default [even, paired, last, urgent];
