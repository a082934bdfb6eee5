/** How many items a task has, and how many calls of an async function a worker has in flight. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, milliseconds } from '../../case.js';
import { contenders } from '../../contenders/index.js';
import { digestNumbers } from '../../digest.js';
import { countPrimes } from '../../primes.js';
import { seeded } from '../../random.js';
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

const waitFor = async (ms: number): Promise<number> => {
  await sleep(ms);
  return ms;
};

/** So many calls in flight on the calling thread, the next of which begins when one is over. */
async function inPlaces(waits: Numbers, places: number): Promise<Parts> {
  const results = new Array<number>(waits.length);
  let next = 0;
  const place = async (): Promise<void> => {
    for (let i = next++; i < waits.length; i = next++) results[i] = await waitFor(waits[i]!);
  };
  await Promise.all(Array.from({ length: places }, place));
  return [results];
}

/** Waits of very different length: a place must not be empty until the longest of its neighbours is over. */
function uneven(
  id: string,
  title: string,
  waits: (random: () => number, size: number) => number[],
): Case<Numbers, Parts> {
  return {
    id: `choosing-waits-${id}`,
    title: `400 items whose function waits for 1 to 100 ms, 20 in flight: ${title}`,
    size: { full: 400, quick: 100 },
    metrics: [milliseconds()],
    input: (size) => waits(seeded(7), size),
    warm: () => new Array<number>(200).fill(1),
    digest: digestNumbers,
    contenders: [
      sheaf({ run: async (pool, xs) => [await pool.map(xs, waitFor, { concurrency: 10 })] }),
      serial((xs) => inPlaces(xs, 20)),
    ],
  };
}

const anyWait = (random: () => number): number => Math.round(1 + 99 * random() ** 3);
const mixed = uneven('mixed', 'in any order', (random, size) => Array.from({ length: size }, () => anyWait(random)));
const falling = uneven('falling', 'the longest first', (random, size) =>
  Array.from({ length: size }, () => anyWait(random)).sort((a, b) => b - a),
);

export default [even, growing, waiting, mixed, falling];
