/**
 * `npm run bench -- ray`: the engine for Ray on a cluster of this machine, beside plain Ray in Python and the local engine with child
 * processes, in turn in one run; medians of the ratios within a round.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { local, Pool } from 'sheaf';
import { ray } from 'sheaf/ray';
import { RayCluster } from '../../test/support/ray-cluster.js';
import { enterNamespace } from '../../test/support/ray-namespace.js';
import { countPrimes } from '../primes.js';
import { median } from '../statistics.js';
import { compareStored } from './stored.js';
import { compareWords } from './words.js';

const rounds = 5;
/** Measures by the beginnings of their names; none for all. */
const only = process.argv.slice(3);
const workers = 2;

interface Measure {
  readonly name: string;
  /** What plain Ray calls it; the local engine is the reference where it has no name there. */
  readonly plain: string | undefined;
  run(pool: Pool): Promise<unknown>;
}

const million = Array.from({ length: 1_000_000 }, (_, i) => i);
const even = Array.from({ length: 64 }, () => 160_000);
const uneven = Array.from({ length: 64 }, (_, i) => Math.round(300_000 / (1 + ((i * 37) % 64) / 4)));
const data = Array.from({ length: 8 }, () => new Uint8Array(8 << 20).fill(1));

const measures: readonly Measure[] = [
  {
    name: 'burst of 2,000 no-ops',
    plain: 'burst',
    run: (pool) => Promise.all(Array.from({ length: 2000 }, (_, i) => pool.run((x: number) => x, [i]))),
  },
  {
    name: '200 blocking trips',
    plain: 'trip',
    run: async (pool) => {
      for (let i = 0; i < 200; i++) await pool.run((x: number) => x, [i]);
    },
  },
  {
    name: '8 blocks of 8 MiB there and back, from the driver',
    plain: 'blocks',
    run: async (pool) => {
      for (const block of data) await pool.run((x: Uint8Array) => x, [block]);
    },
  },
  { name: 'map of 1,000,000 small items', plain: undefined, run: (pool) => pool.map(million, (x) => x * x) },
  {
    name: 'the same, on the workers alone',
    plain: undefined,
    run: (pool) => pool.map(million, (x) => x * x, { inline: false }),
  },
  { name: 'W2: 64 even tasks', plain: undefined, run: (pool) => pool.map(even, countPrimes) },
  { name: 'W3: 64 uneven tasks', plain: undefined, run: (pool) => pool.map(uneven, countPrimes) },
];

// Before the namespace, in which there is no network. Where it fails, Ray Data says what it misses.
if (
  process.env.SHEAF_TEST_NAMESPACE === undefined &&
  (only.length === 0 || only.some((word) => ['W7', 'store'].includes(word)))
)
  spawnSync(process.execPath, ['scripts/ray-python.mjs', '--data']);
const here = enterNamespace();
if ('reason' in here) console.log(`No cluster is possible here: ${here.reason}`);
else await measureAll(here.python);

async function measureAll(python: string): Promise<void> {
  // Ray's workers are to have as much of a busy machine as the processes that they stand beside.
  const cluster = new RayCluster(python, { RAY_worker_niceness: '0' });
  cluster.start({ cpus: 4, store: 1 << 30 });
  const { address, tokenPath } = cluster;
  const env = { ...process.env, RAY_AUTH_MODE: 'token', RAY_AUTH_TOKEN_PATH: tokenPath };
  const plain = spawn(python, ['bench/ray/plain.py', address], { stdio: ['pipe', 'pipe', 'ignore'], env });
  const lines = createInterface(plain.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const ask = async (command: string): Promise<string> => {
    plain.stdin.write(`${command}\n`);
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`Plain Ray has ended at: ${command}`);
    return value;
  };
  const engines = [
    ray({ address, tokenPath, python, workers, logs: false }),
    local({ workers, isolation: 'process' }),
  ] as const;
  const [onRay, onProcesses] = engines.map((engine) => new Pool({ engine })) as [Pool, Pool];
  const isAsked = (name: string): boolean => only.length === 0 || only.some((word) => name.startsWith(word));
  try {
    for (const pool of [onRay, onProcesses]) await pool.map([1, 2, 3, 4], (x) => x, { chunkSize: 1, inline: false });
    for (const measure of measures) if (isAsked(measure.name)) await compare(measure, onRay, onProcesses, ask);
    if (isAsked('store')) await compareStored(engines[0], ask);
    if (isAsked('W7')) await compareWords(...engines, ask);
  } finally {
    await Promise.all([onRay, onProcesses, ...engines].map((one) => one.close()));
    plain.stdin.end();
    cluster.stop();
  }
}

async function compare(
  { name, plain, run }: Measure,
  onRay: Pool,
  onProcesses: Pool,
  ask: (command: string) => Promise<string>,
): Promise<void> {
  const times: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const ours = await timeOf(() => run(onRay));
    let reference: number;
    if (plain === undefined) reference = await timeOf(() => run(onProcesses));
    else reference = Number.parseFloat(await ask(plain));
    times.push([ours, reference]);
  }
  const ours = median(times.map(([mine]) => mine!));
  const reference = median(times.map(([, other]) => other!));
  const speed = median(times.map(([mine, other]) => other! / mine!));
  const other = plain === undefined ? 'processes of this machine' : 'plain Ray';
  console.log(
    `${name}: ${ours.toFixed(0)} ms, ${other} ${reference.toFixed(0)} ms, ${speed.toFixed(2)} times its speed`,
  );
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
