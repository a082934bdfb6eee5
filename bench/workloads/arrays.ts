/** W4: large typed arrays made by the caller. What shows is the cost of bringing bytes to a worker and back. */
import type { Pool } from 'sheaf';
import type { Case, Contender, Metric } from '../case.js';
import { contenders } from '../contenders/index.js';
import type { PeerUse } from '../contenders/peer.js';
import { raw, threadPools } from '../contenders/peers.js';
import { digestNumbers } from '../digest.js';
import { allAtOnce } from '../in-flight.js';
import { doubled, loop, scale, sum, type TaskName } from '../tasks.js';

type Arrays = readonly Float64Array[];
type Parts = readonly ArrayLike<number>[];

/** Elements of an array: 8 MiB. */
const LENGTH = 1 << 20;

const gigabytesPerSecond: Metric = {
  label: '',
  unit: 'GB/s',
  show: (ms, arrays) => (arrays * LENGTH * Float64Array.BYTES_PER_ELEMENT) / ms / 1e6,
};

function makeArray(length: number, seed: number): Float64Array {
  const xs = new Float64Array(length);
  for (let i = 0; i < length; i++) xs[i] = (seed + i) % 1000;
  return xs;
}

const makeArrays = (count: number, length = LENGTH): Arrays =>
  Array.from({ length: count }, (_, i) => makeArray(length, i));

/** Each array in shared memory, where a pool has no more to do than to say where it is. */
const toShared = (arrays: Arrays): Arrays =>
  arrays.map((xs) => {
    const copy = new Float64Array(new SharedArrayBuffer(xs.byteLength));
    copy.set(xs);
    return copy;
  });

/** What the three cases share. */
const common = {
  size: { full: 32, quick: 4 },
  metrics: [gigabytesPerSecond],
  input: (count: number) => makeArrays(count),
  warm: () => makeArrays(8, 1000),
  digest: digestNumbers,
};

type ArrayTask = TaskName & ('sum' | 'scale' | 'scaleMoved' | 'doubled' | 'doubledMoved');

const { sheaf, peers, serial } = contenders<Arrays, Parts>();

const calls = (task: ArrayTask, options: { move: boolean }): Required<Pick<PeerUse<Arrays, Parts>, 'run'>> => ({
  run: async (pool, arrays) =>
    asParts(
      await allAtOnce(arrays, (xs) => pool.call(task, xs, options.move ? [xs.buffer as ArrayBuffer] : undefined)),
    ),
});

/** Numbers are one part; arrays are a part each. */
const asParts = (results: readonly (number | Float64Array)[]): Parts =>
  results.every((result) => typeof result === 'number') ? [results] : (results as Float64Array[]);

// Of this file, so that they travel by their source, as most functions of a program do.
const summed = (xs: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < xs.length; i++) total += xs[i]!;
  return total;
};
const scaled = (xs: Float64Array): Float64Array => {
  for (let i = 0; i < xs.length; i++) xs[i] = xs[i]! * 2;
  return xs;
};
const twice = (xs: Float64Array): Float64Array => {
  const out = new Float64Array(xs.length);
  for (let i = 0; i < xs.length; i++) out[i] = xs[i]! * 2;
  return out;
};

interface MapOptions {
  readonly transfer?: (xs: Float64Array) => ArrayBuffer[];
  readonly inline?: false;
}

type MapArrays = (pool: Pool, arrays: Arrays, options?: MapOptions) => Promise<Parts>;

/** As it comes, by the workers alone, with the arrays moved in, and in shared memory. */
function sheafUses(run: MapArrays): Contender<Arrays, Parts>[] {
  return [
    sheaf({ run: (pool, arrays) => run(pool, arrays) }),
    sheaf({ suffix: 'inline: false', run: (pool, arrays) => run(pool, arrays, { inline: false }) }),
    sheaf({
      suffix: 'moved',
      run: (pool, arrays) => run(pool, arrays, { transfer: (xs) => [xs.buffer as ArrayBuffer] }),
    }),
    sheaf({
      suffix: 'shared',
      prepare: async (arrays) => {
        const { shared } = await import('sheaf');
        return arrays.map((xs) => shared(xs));
      },
      run: (pool, arrays) => run(pool, arrays),
    }),
  ];
}

/** The peers with copies (structured clone), with moves, and the reference with shared memory. */
function peerUses(task: ArrayTask, moved: ArrayTask): Contender<Arrays, Parts>[] {
  return [
    ...peers(threadPools, calls(task, { move: false })),
    ...peers(threadPools, { suffix: 'moved', ...calls(moved, { move: true }) }),
    ...peers([raw], calls(task, { move: false })),
    ...peers([raw], { suffix: 'moved', ...calls(moved, { move: true }) }),
    ...peers([raw], { suffix: 'shared', prepare: toShared, ...calls(task, { move: false }) }),
  ];
}

const sums: Case<Arrays, Parts> = {
  ...common,
  id: 'W4-sum',
  title: '32 arrays of 8 MiB to the workers, a number back',
  contenders: [
    ...sheafUses(async (pool, arrays, options) => [await pool.map(arrays, summed, options)]),
    ...peerUses('sum', 'sum'),
    serial((arrays) => [loop(arrays, sum)]),
  ],
};

const scales: Case<Arrays, Parts> = {
  ...common,
  id: 'W4-scale',
  title: '32 arrays of 8 MiB, doubled in place, the array back',
  contenders: [
    ...sheafUses(async (pool, arrays, options) => await pool.map(arrays, scaled, options)),
    ...peerUses('scale', 'scaleMoved'),
    serial((arrays) => loop(arrays, scale)),
  ],
};

const fresh: Case<Arrays, Parts> = {
  ...common,
  id: 'W4-fresh',
  title: '32 arrays of 8 MiB, doubled into a new array, which comes back',
  contenders: [
    ...sheafUses(async (pool, arrays, options) => await pool.map(arrays, twice, options)),
    ...peerUses('doubled', 'doubledMoved'),
    serial((arrays) => loop(arrays, doubled)),
  ],
};

export default [sums, scales, fresh];
