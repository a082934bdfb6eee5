/** Threads, processes, and the calling thread itself, by what an item weighs and what it costs. */
import type { Pool } from 'sheaf';
import { type Case, milliseconds } from '../../case.js';
import { contenders } from '../../contenders/index.js';
import { digestNumbers } from '../../digest.js';
import { allAtOnce } from '../../in-flight.js';
import { countPrimes } from '../../primes.js';
import { loop, square, sum } from '../../tasks.js';

type Parts = readonly ArrayLike<number>[];

const isolations = { threads: 'thread', processes: 'process', inline: 'inline' } as const;

interface Kind<Item> {
  readonly id: string;
  readonly title: string;
  readonly size: { readonly full: number; readonly quick: number };
  items(size: number): readonly Item[];
  readonly warm: number;
  run(pool: Pool, items: readonly Item[]): Promise<Parts>;
  readonly fn: (item: Item) => number;
}

function isolated<Item>({ id, title, size, items, warm, run, fn }: Kind<Item>): Case<readonly Item[], Parts> {
  const { sheaf, serial } = contenders<readonly Item[], Parts>();
  return {
    id: `choosing-isolation-${id}`,
    title,
    size,
    metrics: [milliseconds()],
    input: items,
    warm: () => items(warm),
    digest: digestNumbers,
    contenders: [
      ...Object.entries(isolations).map(([suffix, isolation]) => sheaf({ suffix, isolation, run })),
      serial((all) => [loop(all, fn)]),
    ],
  };
}

const numbers = (size: number): readonly number[] => Array.from({ length: size }, (_, i) => i);

const calls = isolated<number>({
  id: 'calls',
  title: '5,000 calls that do next to nothing, all at once',
  size: { full: 5000, quick: 1000 },
  items: numbers,
  warm: 500,
  run: async (pool, xs) => [await allAtOnce(xs, (x) => pool.run(square, [x]))],
  fn: square,
});

const work = isolated<number>({
  id: 'work',
  title: '24 tasks of about 15 ms',
  size: { full: 24, quick: 8 },
  items: (size) => new Array<number>(size).fill(100_000),
  warm: 4,
  run: async (pool, counts) => [await pool.map(counts, countPrimes)],
  fn: countPrimes,
});

/** @param length elements of an array */
const arrays = (id: string, title: string, length: number, size: { full: number; quick: number }) =>
  isolated<Float64Array>({
    id: `arrays-${id}`,
    title: `sums of ${title}`,
    size,
    items: (count) => Array.from({ length: count }, (_, i) => new Float64Array(length).fill(i)),
    warm: 8,
    run: async (pool, all) => [await pool.map(all, sum)],
    fn: sum,
  });

export default [
  calls,
  work,
  arrays('1KiB', '20,000 arrays of 1 KiB', 128, { full: 20_000, quick: 2000 }),
  arrays('64KiB', '1,000 arrays of 64 KiB', 8192, { full: 1000, quick: 100 }),
  arrays('8MiB', '16 arrays of 8 MiB', 1 << 20, { full: 16, quick: 4 }),
];
