/** How many items a task has, and how many calls of an async function a worker has in flight. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, milliseconds } from '../../case.js';
import { contenders } from '../../contenders/index.js';
import { digestNumbers } from '../../digest.js';
import { countPrimes } from '../../primes.js';
import { loop } from '../../tasks.js';
import { levelMetrics, measureLevel } from './level.js';

type Numbers = readonly number[];
type Parts = readonly ArrayLike<number>[];

const { sheaf, serial } = contenders<Numbers, Parts>();

function chunks(id: string, title: string, costOf: (place: number, of: number) => number): Case<Numbers, Parts> {
  return {
    id: `choosing-chunks-${id}`,
    title: `20,000 items, ${title}`,
    size: { full: 20_000, quick: 4000 },
    metrics: levelMetrics,
    measure: measureLevel,
    input: (size) => Array.from({ length: size }, (_, place) => costOf(place, size)),
    warm: () => new Array<number>(1000).fill(20),
    digest: digestNumbers,
    contenders: [
      sheaf({ suffix: 'measured', run: async (pool, counts) => [await pool.map(counts, countPrimes)] }),
      ...[1, 100, 10_000].map((chunkSize) =>
        sheaf({
          suffix: `chunkSize: ${chunkSize}`,
          run: async (pool, counts) => [await pool.map(counts, countPrimes, { chunkSize })],
        }),
      ),
      serial((counts) => [loop(counts, countPrimes)]),
    ],
  };
}

const even = chunks('even', 'all alike, some 10 µs each', () => 60);
const growing = chunks('growing', 'the last quarter twenty times as long', (place, of) =>
  place < (of * 3) / 4 ? 10 : 200,
);

const answerLater = async (x: number): Promise<number> => {
  await sleep(5);
  return x + 1;
};

const waiting: Case<Numbers, Parts> = {
  id: 'choosing-concurrency',
  title: '400 items whose function waits for 5 ms',
  size: { full: 400, quick: 100 },
  metrics: [milliseconds()],
  input: (size) => Array.from({ length: size }, (_, i) => i),
  warm: () => [1, 2, 3, 4],
  digest: digestNumbers,
  contenders: [
    ...[1, 8, 64].map((concurrency) =>
      sheaf({
        suffix: `concurrency: ${concurrency}`,
        run: async (pool, xs) => [await pool.map(xs, answerLater, { concurrency })],
      }),
    ),
  ],
};

export default [even, growing, waiting];
