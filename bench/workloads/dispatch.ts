/** W6: jobs that do nothing. What shows is dispatch alone: how many a second, and how long one takes when nothing else is going on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, type Measured, microseconds, type Session, thousandsPerSecond } from '../case.js';
import { contenders } from '../contenders/index.js';
import type { PeerPool } from '../contenders/peer.js';
import { piscina16, processPools, raw, raw64, rawfork, threadPools } from '../contenders/peers.js';
import { digestNothing } from '../digest.js';
import { percentile } from '../statistics.js';

/** The number of jobs. */
type Jobs = number;
type Results = readonly unknown[];

const { sheaf, peers, serial } = contenders<Jobs, Results>();

const nothing = (): void => {};
const nothingAsync = async (): Promise<void> => {};

const times = (jobs: Jobs, call: () => PromiseLike<unknown>): Promise<unknown[]> =>
  Promise.all(Array.from({ length: jobs }, () => call()));

const inTurn = async (jobs: Jobs): Promise<Results> => {
  const results = new Array<unknown>(jobs);
  for (let i = 0; i < jobs; i++) results[i] = nothing();
  return results;
};

const noops = { run: (pool: PeerPool, jobs: Jobs) => times(jobs, () => pool.call('noop', undefined)) };

const burst: Case<Jobs, Results> = {
  id: 'W6-burst',
  title: 'no-op jobs, all at once',
  size: { full: 20_000, quick: 5_000 },
  metrics: [thousandsPerSecond('jobs')],
  input: (jobs) => jobs,
  warm: () => 1000,
  digest: digestNothing,
  contenders: [
    sheaf({ run: (pool, jobs) => times(jobs, () => pool.run(nothing)) }),
    ...peers([...threadPools, piscina16, raw, raw64], noops),
    serial(inTurn),
  ],
};

const burstProcesses: Case<Jobs, Results> = {
  ...burst,
  id: 'W6-burst-processes',
  title: 'the same, in child processes',
  contenders: [
    sheaf({ isolation: 'process', run: (pool, jobs) => times(jobs, () => pool.run(nothing)) }),
    ...peers([...processPools, rawfork], noops),
    serial(inTurn),
  ],
};

const asyncs: Case<Jobs, Results> = {
  ...burst,
  id: 'W6-async',
  title: 'no-op jobs of an async function, all at once',
  contenders: [
    sheaf({ run: (pool, jobs) => times(jobs, () => pool.run(nothingAsync)) }),
    sheaf({ suffix: 'not async', run: (pool, jobs) => times(jobs, () => pool.run(nothing)) }),
    ...peers([...threadPools, piscina16, raw, raw64], {
      run: (pool, jobs) => times(jobs, () => pool.call('noopAsync', undefined)),
    }),
    serial(inTurn),
  ],
};

/** One job after 2 ms of rest, again and again: each trip by itself is timed. */
async function measureTrips(session: Session<Jobs, Results>, jobs: Jobs): Promise<Measured<Results>> {
  const trips: number[] = [];
  const output: unknown[] = [];
  for (let i = 0; i < jobs; i++) {
    await sleep(2);
    const start = performance.now();
    const results = await session.run(1);
    trips.push(performance.now() - start);
    output.push(...results);
  }
  return { ms: [percentile(trips, 0.5), percentile(trips, 0.95)], output };
}

const idle: Case<Jobs, Results> = {
  id: 'W6-idle',
  title: 'one no-op job after 2 ms of rest',
  size: { full: 300, quick: 100 },
  metrics: [microseconds('median'), microseconds('p95')],
  input: (jobs) => jobs,
  warm: () => 1000,
  digest: digestNothing,
  measure: measureTrips,
  contenders: [
    sheaf({ run: (pool, jobs) => times(jobs, () => pool.run(nothing)) }),
    ...peers([...threadPools, raw], noops),
  ],
};

const idleProcesses: Case<Jobs, Results> = {
  ...idle,
  id: 'W6-idle-processes',
  title: 'the same, in child processes',
  contenders: [
    sheaf({ isolation: 'process', run: (pool, jobs) => times(jobs, () => pool.run(nothing)) }),
    ...peers([...processPools, rawfork], noops),
  ],
};

export default [burst, burstProcesses, asyncs, idle, idleProcesses];
