/** The same answer, to the last bit and in the same order, on every engine and with any number of workers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Dataset, type Engine, hash, inline, local } from 'sheaf';

type Programs = Readonly<Record<string, (engine: Engine) => PromiseLike<unknown>>>;

/** Floating-point numbers of which every order of adding gives another sum. */
const floats = (engine: Engine): Dataset<number> =>
  Dataset.range(0, 5000, 1, { partitions: 7, engine }).map((i) => Math.sin(i) * 10 ** (i % 17));

const keyed = (engine: Engine): Dataset<readonly [string, number]> =>
  floats(engine).map((x, i = Math.abs(Math.trunc(x)) % 37) => [`key ${i}`, x] as const);

const programs: Programs = {
  sum: (engine) => floats(engine).sum(),
  stats: (engine) => floats(engine).stats(),
  reduce: (engine) => floats(engine).reduce((a, b) => a * 0.5 + b),
  fold: (engine) => floats(engine).fold(0, (a, b) => a + b),
  aggregate: (engine) =>
    floats(engine).aggregate(
      0,
      (a, b) => a + b,
      (a, b) => a - b,
    ),
  reduceByKey: (engine) =>
    keyed(engine)
      .reduceByKey((a, b) => a + b)
      .collect(),
  groupByKey: (engine) => keyed(engine).groupByKey(hash(5)).collect(),
  countByKey: (engine) => keyed(engine).countByKey({ partitions: 3 }).collect(),
  distinct: (engine) => keyed(engine).keys().distinct().collect(),
  'very many segments': (engine) => {
    const some = Dataset.range(0, 900, 1, { partitions: 100, engine }).map((x) => [x % 40, x] as const);
    return some
      .groupByKey(hash(5))
      .join(
        some.mapValues((x) => `${x}`),
        hash(3),
      )
      .collect();
  },
  sortBy: (engine) =>
    keyed(engine)
      .sortBy(([key]) => key, { partitions: 4 })
      .collect(),
  join: (engine) =>
    keyed(engine)
      .join(keyed(engine).reduceByKey((a, b) => a + b))
      .collect(),
  fullJoin: (engine) =>
    keyed(engine)
      .filter(([, x]) => x > 0)
      .fullJoin(keyed(engine).sample(0.1, 3))
      .collect(),
  cogroup: (engine) => keyed(engine).sample(0.2, 5).cogroup(keyed(engine).sample(0.2, 6)).collect(),
  subtract: (engine) => floats(engine).subtract(floats(engine).sample(0.9, 1)).collect(),
  repartition: (engine) =>
    floats(engine)
      .repartition(5)
      .mapPartitions((rows) => [[...rows]])
      .collect(),
  takeSample: (engine) => floats(engine).takeSample(50, 9),
  top: (engine) => floats(engine).top(20, (x) => x % 3),
  histogram: (engine) => floats(engine).histogram(10),
  cartesian: (engine) => floats(engine).sample(0.01, 2).cartesian(floats(engine).sample(0.01, 4)).collect(),
  'functions that keep something': (engine) => {
    const seen = 0;
    return Dataset.range(0, 100, 1, { partitions: 9, engine })
      .map((x) => x)
      .mapPartitions(function* (rows) {
        let count = seen;
        for (const x of rows) yield x * 1000 + count++;
      })
      .collect();
  },
};

const makers: Readonly<Record<string, () => Engine>> = {
  'one thread': () => local({ workers: 1 }),
  'two threads': () => local({ workers: 2 }),
  'three threads': () => local({ workers: 3 }),
  'two threads, by files': () => local({ workers: 2, exchange: 'file' }),
  'two processes': () => local({ workers: 2, isolation: 'process' }),
};

const reference = inline();
const expected = new Map<string, unknown>();
before(async () => {
  for (const [name, program] of Object.entries(programs)) expected.set(name, await program(reference));
});
after(() => reference.close());

for (const [name, make] of Object.entries(makers)) {
  test(`on ${name} as on the calling thread`, async () => {
    const engine = make();
    try {
      for (const [program, run] of Object.entries(programs))
        assert.deepEqual(await run(engine), expected.get(program), program);
    } finally {
      await engine.close();
    }
  });
}
