/** W10: logistic regression by gradient descent, 20 passes over rows that stay where they are. */
import type { Dataset } from 'sheaf';
import { type Case, milliseconds } from '../case.js';
import { dataset } from '../contenders/dataset.js';
import { serial } from '../contenders/serial.js';

interface Point {
  readonly x: readonly number[];
  readonly y: number;
}

const features = 16;
const passes = 20;
const rate = 1;

type Weights = readonly number[];
/** Where rows are, and how many. */
interface Input {
  readonly count: number;
  readonly points?: readonly Point[];
  readonly rows?: Dataset<Point>;
}

/** The point of a number: the same in every process. */
function pointOf(id: number): Point {
  let state = Math.imul(id + 1, 0x9e3779b1) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  };
  const x: number[] = [];
  let sum = 0;
  for (let i = 0; i < 16; i++) {
    x.push(next());
    sum += x[i]! * (i - 7);
  }
  return { x, y: sum + next() > 0 ? 1 : 0 };
}

const zeros = (): number[] => new Array<number>(features).fill(0);

/** Adds a point's part of the gradient. */
function added(gradient: number[], { x, y }: Point, weights: Weights): number[] {
  let dot = 0;
  for (let i = 0; i < x.length; i++) dot += x[i]! * weights[i]!;
  const error = 1 / (1 + Math.exp(-dot)) - y;
  for (let i = 0; i < x.length; i++) gradient[i]! += error * x[i]!;
  return gradient;
}

const moved = (weights: Weights, gradient: readonly number[], count: number): Weights =>
  weights.map((weight, i) => weight - (rate * gradient[i]!) / count);

function loop(points: readonly Point[]): Weights {
  let weights: Weights = zeros();
  for (let pass = 0; pass < passes; pass++) {
    let gradient = zeros();
    for (const point of points) gradient = added(gradient, point, weights);
    weights = moved(weights, gradient, points.length);
  }
  return weights;
}

async function descend(rows: Dataset<Point>, count: number): Promise<Weights> {
  let weights: Weights = zeros();
  for (let pass = 0; pass < passes; pass++) {
    const at = weights;
    const gradient = await rows.aggregate(
      zeros(),
      (sum, point) => added(sum, point, at),
      (a, b) => a.map((one, i) => one + b[i]!),
    );
    weights = moved(weights, gradient, count);
  }
  return weights;
}

const pointsOf = (count: number): Point[] => Array.from({ length: count }, (_, id) => pointOf(id));

const regression: Case<Input, Weights> = {
  id: 'W10-regression',
  title: 'logistic regression, 16 features, 20 passes over cached rows',
  size: { full: 1_000_000, quick: 50_000 },
  metrics: [milliseconds()],
  input: (count) => ({ count }),
  warm: () => ({ count: 20_000 }),
  // Sums depend on the partitions in their last digits.
  digest: (weights) => weights.map((weight) => weight.toPrecision(7)).join(),
  contenders: [
    {
      ...serial<Input, Weights>(({ points }) => loop(points!)),
      open: async () => ({
        prepare: ({ count }) => ({ count, points: pointsOf(count) }),
        run: ({ points }) => loop(points!),
        close: async () => {},
      }),
    },
    dataset({
      prepare: async ({ count }, { Dataset }, engine) => {
        const rows = Dataset.range(0, count, 1, { engine }).map(pointOf).cache();
        await rows.count();
        return { count, rows };
      },
      run: ({ rows, count }) => descend(rows!, count),
    }),
  ],
};

export default [regression];
