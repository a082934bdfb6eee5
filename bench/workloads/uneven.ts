/** W3: CPU-bound tasks of very different cost. What shows is how level the workers end. */
import { type Case, milliseconds, WORKERS } from '../case.js';
import { contenders } from '../contenders/index.js';
import { raw, threadPools } from '../contenders/peers.js';
import { digestNumbers } from '../digest.js';
import { allAtOnce } from '../in-flight.js';
import { countPrimes } from '../primes.js';
import { shuffled } from '../random.js';
import { loop } from '../tasks.js';

type Counts = readonly number[];
type Parts = readonly ArrayLike<number>[];

const { sheaf, peers, serial } = contenders<Counts, Parts>();

/** The largest task costs this many times the median one. */
const SKEW = 20;

/**
 * Costs of tasks, largest first: proportional to rank ** -s, as in Zipf's law, with s so that the first is `SKEW` times the one in
 * the middle. Their sum is about `total`.
 */
function zipfCounts(tasks: number, total: number): number[] {
  const exponent = Math.log(SKEW) / Math.log(tasks / 2);
  const weights = Array.from({ length: tasks }, (_, rank) => (rank + 1) ** -exponent);
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => Math.max(1, Math.round((weight / sum) * total)));
}

const orders: Record<string, { title: string; arrange(descending: Counts): Counts }> = {
  shuffled: { title: 'shuffled', arrange: (counts) => shuffled(counts, 64) },
  asc: { title: 'largest last', arrange: (counts) => counts.toReversed() },
  desc: { title: 'largest first', arrange: (counts) => counts },
};

/** @param total Numbers tested by all tasks together. */
function uneven(tasks: number, order: string, total: { full: number; quick: number }): Case<Counts, Parts> {
  const { title, arrange } = orders[order]!;
  return {
    id: `W3-${tasks}-${order}`,
    title: `${tasks.toLocaleString('en')} CPU-bound tasks, the largest ${SKEW} times the median, ${title}`,
    size: total,
    metrics: [milliseconds()],
    input: (size) => arrange(zipfCounts(tasks, size)),
    warm: () => arrange(zipfCounts(64, 20_000)),
    digest: digestNumbers,
    bound: { label: 'half the serial time', contender: 'serial loop', factor: 1 / WORKERS },
    contenders: [
      sheaf({ run: async (pool, counts) => [await pool.map(counts, countPrimes)] }),
      sheaf({
        suffix: 'cost',
        run: async (pool, counts) => [await pool.map(counts, countPrimes, { cost: (count) => count })],
      }),
      ...peers([...threadPools, raw], {
        run: async (pool, counts) => [await allAtOnce(counts, (count) => pool.call('countPrimes', count))],
      }),
      serial((counts) => [loop(counts, countPrimes)]),
    ],
  };
}

const few = { full: 13_000_000, quick: 1_500_000 };
const many = { full: 1_300_000, quick: 400_000 };

export default [
  ...Object.keys(orders).map((order) => uneven(64, order, few)),
  ...Object.keys(orders).map((order) => uneven(4096, order, many)),
];
