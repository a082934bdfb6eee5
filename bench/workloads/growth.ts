/** Time for an item as the number of items that wait grows. It should not grow with it. */
import { type AnyCase, type Case, type Contender, type Measured, microsecondsEach, type Session } from '../case.js';
import { contenders } from '../contenders/index.js';
import { poolifier, raw, threadPools } from '../contenders/peers.js';
import { digestNumbers } from '../digest.js';
import { allAtOnce } from '../in-flight.js';
import { median } from '../statistics.js';

type Numbers = readonly number[];
type Parts = readonly ArrayLike<number>[];

const { sheaf, peers } = contenders<Numbers, Parts>();

/** A case, and the sizes at which it is measured, smallest first. */
export interface GrowthCase {
  readonly case: AnyCase;
  readonly sizes: { readonly full: readonly number[]; readonly quick: readonly number[] };
}

/** Numbers of waiting items. */
const sizes = { full: [1000, 10_000, 100_000, 1_000_000], quick: [1000, 10_000] };

/** Passes go on until this many items and this many passes are done, or until the time is up. */
const ENOUGH = { items: 300_000, passes: 3, ms: 20_000 };

const upTo = (n: number): Numbers => Array.from({ length: n }, (_, i) => i);
const squareOf = (x: number): number => x * x;

/** The median of several passes, so that a small size is as warm as a large one. */
async function measurePasses(session: Session<Numbers, Parts>, input: Numbers): Promise<Measured<Parts>> {
  const passes: number[] = [];
  const begun = performance.now();
  for (;;) {
    const start = performance.now();
    const output = await session.run(input);
    const end = performance.now();
    passes.push(end - start);
    const enough = passes.length >= ENOUGH.passes && passes.length * input.length >= ENOUGH.items;
    if (enough || end - begun > ENOUGH.ms) return { ms: [median(passes)], output };
  }
}

const growth = (id: string, title: string, contenders: Contender<Numbers, Parts>[]): GrowthCase => ({
  case: caseOf(id, title, contenders),
  sizes,
});

const caseOf = (id: string, title: string, contenders: Contender<Numbers, Parts>[]): Case<Numbers, Parts> => ({
  id,
  title,
  size: { full: 1000, quick: 1000 },
  metrics: [microsecondsEach('item')],
  input: upTo,
  warm: () => upTo(50_000),
  digest: digestNumbers,
  measure: measurePasses,
  contenders,
});

export default [
  growth('growth-run', 'one call an item, all at once', [
    sheaf({ run: async (pool, xs) => [await allAtOnce(xs, (x) => pool.run(squareOf, [x]))] }),
    ...peers([...threadPools, raw], {
      run: async (pool, xs) => [await allAtOnce(xs, (x) => pool.call('square', x))],
    }),
  ]),
  growth('growth-map', 'one map over all items', [
    sheaf({ run: async (pool, xs) => [await pool.map(xs, squareOf)] }),
    sheaf({ suffix: 'inline: false', run: async (pool, xs) => [await pool.map(xs, squareOf, { inline: false })] }),
    ...peers([poolifier], { run: async (pool, xs) => [await pool.map!('square', xs)] }),
  ]),
];
