/** W2: CPU-bound tasks of equal cost, about 60 ms each. What shows is how well two workers fill two cores. */
import { type Case, milliseconds } from '../case.js';
import { contenders } from '../contenders/index.js';
import { raw, rawfork, threadPools } from '../contenders/peers.js';
import { digestNumbers } from '../digest.js';
import { allAtOnce } from '../in-flight.js';
import { countPrimes } from '../primes.js';
import { loop } from '../tasks.js';

type Counts = readonly number[];
type Parts = readonly ArrayLike<number>[];

const { sheaf, peers, serial } = contenders<Counts, Parts>();

/** Numbers tested by one task. */
const COUNT = 250_000;

const even: Case<Counts, Parts> = {
  id: 'W2-even',
  title: '64 CPU-bound tasks of equal cost (primes by trial division)',
  size: { full: 64, quick: 8 },
  metrics: [milliseconds()],
  input: (tasks) => Array.from({ length: tasks }, () => COUNT),
  warm: () => Array.from({ length: 8 }, () => COUNT / 50),
  digest: digestNumbers,
  bound: { label: 'two bare processes', contender: 'two bare processes', factor: 1 },
  contenders: [
    sheaf({ run: async (pool, counts) => [await pool.map(counts, countPrimes)] }),
    sheaf({
      suffix: 'one call each',
      run: async (pool, counts) => [await allAtOnce(counts, (count) => pool.run(countPrimes, [count]))],
    }),
    ...peers([...threadPools, raw], {
      run: async (pool, counts) => [await allAtOnce(counts, (count) => pool.call('countPrimes', count))],
    }),
    // Half of the tasks for each, in one message: no pool at all.
    ...peers([{ ...rawfork, name: 'two bare processes' }], {
      run: (pool, counts) => {
        const half = counts.length / 2;
        return Promise.all([
          pool.call('countPrimesAll', counts.slice(0, half)),
          pool.call('countPrimesAll', counts.slice(half)),
        ]);
      },
    }),
    serial((counts) => [loop(counts, countPrimes)]),
  ],
};

export default [even];
