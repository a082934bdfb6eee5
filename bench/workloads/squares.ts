/** W1: the square of each of n numbers. Next to no work, so that what shows is what a pool costs for an element. */
import { type Case, CHUNKS, type Contender, microsecondsEach } from '../case.js';
import { contenders } from '../contenders/index.js';
import type { PeerPool } from '../contenders/peer.js';
import { piscina, piscina16, poolifier, raw, raw64, threadPools, tinypool, workerpool } from '../contenders/peers.js';
import { digestNumbers } from '../digest.js';
import { allAtOnce, chunksOf, inFlight } from '../in-flight.js';
import { loop, square } from '../tasks.js';

type Numbers = readonly number[];
/** Results in one part or several; together they are in the input's order. */
type Parts = readonly ArrayLike<number>[];

const { sheaf, peers, serial } = contenders<Numbers, Parts>();
const float = contenders<Float64Array, Parts>();

const upTo = (n: number): Numbers => Array.from({ length: n }, (_, i) => i);

// Of this file, so that it travels by its source, as most functions of a program do.
const squareOf = (x: number): number => x * x;

/** How calls are submitted: all of them, or some at a time. */
type Submit = <U>(xs: Numbers, call: (x: number) => PromiseLike<U>) => Promise<U[]>;

function oneCallEach(submit: Submit): Contender<Numbers, Parts>[] {
  const use = { run: async (pool: PeerPool, xs: Numbers) => [await submit(xs, (x) => pool.call('square', x))] };
  return [
    sheaf({ run: async (pool, xs) => [await submit(xs, (x) => pool.run(squareOf, [x]))] }),
    ...peers([...threadPools, piscina16], use),
    ...peers([raw, raw64], use),
    serial((xs) => [loop(xs, square)]),
  ];
}

const each: Case<Numbers, Parts> = {
  id: 'W1-each',
  title: 'squares, one call an element, all at once',
  size: { full: 100_000, quick: 10_000 },
  metrics: [microsecondsEach('element')],
  input: upTo,
  warm: () => upTo(1000),
  digest: digestNumbers,
  contenders: [
    ...oneCallEach(allAtOnce),
    // It makes one call an element of it, so this is its place.
    ...peers([poolifier], { suffix: 'own map', run: async (pool, xs) => [await pool.map!('square', xs)] }),
  ],
};

const flight: Case<Numbers, Parts> = {
  ...each,
  id: 'W1-flight',
  title: 'squares, one call an element, 1,024 in flight',
  contenders: oneCallEach((xs, call) => inFlight(1024, xs, call)),
};

/** The array as a whole: Sheaf's map, and arrays cut by hand for pools that have none. */
const map: Case<Numbers, Parts> = {
  id: 'W1-map',
  title: `squares of a number[] (other pools: ${CHUNKS} arrays)`,
  size: { full: 1_000_000, quick: 200_000 },
  metrics: [microsecondsEach('element')],
  input: upTo,
  warm: () => upTo(10_000),
  digest: digestNumbers,
  contenders: [
    sheaf({ run: async (pool, xs) => [await pool.map(xs, (x) => x * x)] }),
    sheaf({ suffix: 'inline: false', run: async (pool, xs) => [await pool.map(xs, (x) => x * x, { inline: false })] }),
    sheaf({
      suffix: `${CHUNKS} arrays`,
      run: async (pool, xs) => await pool.map(chunksOf(xs, CHUNKS), (chunk) => chunk.map((x) => x * x)),
    }),
    ...peers([...threadPools, raw], {
      run: (pool, xs) => Promise.all(chunksOf(xs, CHUNKS).map((chunk) => pool.call('squareAll', chunk))),
    }),
    serial((xs) => [loop(xs, square)]),
  ],
};

/** Cuts an array into parts with buffers of their own, which can be moved. */
function slicesOf(xs: Float64Array, count: number): Float64Array<ArrayBuffer>[] {
  const size = Math.ceil(xs.length / count);
  return Array.from({ length: count }, (_, i) => new Float64Array(xs.subarray(i * size, (i + 1) * size)));
}

const floats: Case<Float64Array, Parts> = {
  id: 'W1-f64',
  title: `squares of a Float64Array (other pools: ${CHUNKS} slices, moved)`,
  size: { full: 1_000_000, quick: 200_000 },
  metrics: [microsecondsEach('element')],
  input: (n) => Float64Array.from(upTo(n)),
  warm: () => Float64Array.from(upTo(10_000)),
  digest: digestNumbers,
  bound: { label: 'xs.map', contender: 'xs.map(fn)', factor: 1 },
  contenders: [
    float.sheaf({ run: async (pool, xs) => [await pool.map(xs, (x) => x * x, { into: Float64Array })] }),
    float.sheaf({
      suffix: 'shared',
      prepare: async (xs) => (await import('sheaf')).shared(xs),
      run: async (pool, xs) => [await pool.map(xs, (x) => x * x, { into: Float64Array })],
    }),
    ...float.peers([piscina, tinypool, workerpool, poolifier, raw], {
      run: (pool, xs) =>
        Promise.all(slicesOf(xs, CHUNKS).map((slice) => pool.call('squareMoved', slice, [slice.buffer]))),
    }),
    { ...float.serial((xs) => [xs.map((x) => x * x)]), name: 'xs.map(fn)', role: 'reference' },
    float.serial((xs) => [squares(xs)]),
  ],
};

function squares(xs: Float64Array): Float64Array {
  const out = new Float64Array(xs.length);
  for (let i = 0; i < xs.length; i++) out[i] = square(xs[i]!);
  return out;
}

export default [each, flight, map, floats];
