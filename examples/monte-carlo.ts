// What is an option worth? The mean of what it pays over many random futures, with the error that such a mean has. A task is a seed: it
// makes its own random numbers, so the answer is the same to the last digit for any number of workers.
//
//   npx sheaf run examples/monte-carlo.ts [paths]
//
// For a European call there is a formula, that of Black and Scholes, with which the answer is compared.
import assert from 'node:assert/strict';
import { inline, Pool } from 'sheaf';

const call = { spot: 100, strike: 105, rate: 0.03, volatility: 0.2, years: 1 };
const seeds = 200;
const paths = Math.ceil(Number(process.argv[2] ?? 20_000_000) / seeds);

/** How many values there are, their mean, and the sum of the squares of their distances from it. */
interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly squares: number;
}

/** Random numbers in [0, 1) by the generator sfc32: of each seed others. */
function generator(seed: number): () => number {
  let [a, b, c, counter] = [0, seed, 0x9e3779b9, 1];
  const next = (): number => {
    const t = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 20; i++) next(); // until the seed is everywhere
  return next;
}

/** What the option pays in so many futures, in today's money. */
function simulate(seed: number): Moments {
  const { spot, strike, rate, volatility, years } = call;
  const random = generator(seed);
  const drift = (rate - volatility ** 2 / 2) * years;
  const spread = volatility * Math.sqrt(years);
  const discount = Math.exp(-rate * years);
  let [mean, squares] = [0, 0];
  for (let n = 1; n <= paths; n++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const pays = discount * Math.max(0, spot * Math.exp(drift + spread * normal) - strike);
    const distance = pays - mean;
    mean += distance / n;
    squares += distance * (pays - mean);
  }
  return { n: paths, mean, squares };
}

function merge(a: Moments, b: Moments): Moments {
  const n = a.n + b.n;
  const distance = b.mean - a.mean;
  const mean = a.mean + (distance * b.n) / n;
  return { n, mean, squares: a.squares + b.squares + (distance ** 2 * a.n * b.n) / n };
}

/** The true mean is in there in 95 cases of 100. */
function interval({ n, mean, squares }: Moments): [low: number, high: number] {
  const error = Math.sqrt(squares / (n - 1) / n);
  return [mean - 1.96 * error, mean + 1.96 * error];
}

function blackScholes({ spot, strike, rate, volatility, years }: typeof call): number {
  const spread = volatility * Math.sqrt(years);
  const d = (Math.log(spot / strike) + (rate + volatility ** 2 / 2) * years) / spread;
  return spot * normalBelow(d) - strike * Math.exp(-rate * years) * normalBelow(d - spread);
}

/** The share of a normal distribution below x, by the series of Marsaglia. */
function normalBelow(x: number): number {
  let [sum, term] = [x, x];
  for (let i = 3; Math.abs(term) > 1e-17; i += 2) {
    term *= x ** 2 / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

const list = Array.from({ length: seeds }, (_, seed) => seed);
const pool = new Pool();
const moments = await pool.map(list, simulate, { progress: true });
await pool.close();
const all = moments.reduce(merge); // in order of the seeds, whoever was first

const exact = blackScholes(call);
const [low, high] = interval(all);
console.log(`${all.n} futures: ${all.mean.toFixed(4)} ± ${((high - low) / 2).toFixed(4)}`);
console.log(`Black and Scholes: ${exact.toFixed(4)}`);
assert.ok(low < exact && exact < high, `${exact} is not between ${low} and ${high}.`);

// Are the errors right? Each seed has an interval of its own. Of 200, fewer than 180 would have it once in a thousand times.
const right = moments.map(interval).filter(([low, high]) => low < exact && exact < high).length;
console.log(`It is in the 95 % interval of ${right} of ${seeds} seeds.`);
assert.ok(right >= 180);

// The same on the calling thread alone, and on three workers that take from each other.
for (const other of [new Pool({ engine: inline() }), new Pool({ workers: 3, allocation: 'work-stealing' })]) {
  assert.deepEqual(await other.map(list, simulate), moments);
  await other.close();
}
console.log('The same to the last digit on one thread, and on three workers.');
