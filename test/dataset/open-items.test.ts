/** What a function gives one by one is closed when no more of it is wanted, whoever fails, as a loop of the language does. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Dataset, inline, local, taskOf } from 'sheaf';

const folder = mkdtempSync(join(tmpdir(), 'sheaf-open-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const refuse = (x: number): number => {
  if (x === 3) throw new RangeError('three');
  return x;
};

/** What may stand behind a function that gives rows one by one; each fails at the row 3. */
const endings: Record<string, (rows: Dataset<number>) => Promise<unknown>> = {
  'the result': (rows) => rows.map((x) => (x === 3 ? () => x : x)).collect(),
  map: (rows) => rows.map(refuse).collect(),
  filter: (rows) => rows.filter((x) => refuse(x) >= 0).count(),
  sum: (rows) => rows.map((x) => (x === 3 ? ('three' as unknown as number) : x)).sum(),
  'values by key': (rows) =>
    rows
      .map((x) => [x % 2, x] as const)
      .reduceByKey((a, b) => a + refuse(b))
      .collect(),
  pairs: (rows) =>
    rows
      .map((x) => (x === 3 ? x : [x, 1]) as readonly [number, number])
      .reduceByKey((a, b) => a + b)
      .collect(),
  keys: (rows) =>
    rows
      .map((x) => (x === 3 ? Symbol.iterator : x))
      .distinct()
      .collect(),
  'keys of a partitioner': (rows) =>
    rows
      .keyBy((x) => x)
      .partitionBy({ count: 2, partitionOf: (x: number) => refuse(x) % 2, equals: () => false })
      .collect(),
  sort: (rows) => rows.sortBy(refuse).collect(),
  reduce: (rows) => rows.reduce((a, b) => a + refuse(b)),
  top: (rows) => rows.top(2, refuse),
  forEach: (rows) => rows.forEach((x) => void refuse(x)),
  mapPartitions: (rows) =>
    rows
      .mapPartitions(function* (some) {
        for (const row of some) yield refuse(row);
      })
      .collect(),
  'flatMap of its rows': (rows) => rows.flatMap((x) => new Set([refuse(x)])).collect(),
  join: (rows) =>
    rows
      .keyBy((x) => x)
      .join(Dataset.range(0, 10).keyBy((x) => x))
      .map(([x]) => refuse(x))
      .collect(),
  cache: (rows) => rows.map(refuse).cache().count(),
  'write.json': (rows) => rows.map((x) => (x === 3 ? undefined : x)).write.json(join(folder, 'written')),
};

/** Gives rows, and notes when it is closed. */
const opened: Record<string, (rows: Dataset<number>, log: string) => Dataset<number>> = {
  flatMap: (rows, log) =>
    rows.flatMap(function* (from) {
      try {
        for (let i = from; i < from + 20_000; i++) yield i;
      } finally {
        appendFileSync(log, 'closed ');
      }
    }),
  'flatMap in a flatMap': (rows, log) =>
    rows
      .flatMap(function* (from) {
        try {
          for (let i = 0; i < 20_000; i++) yield from;
        } finally {
          appendFileSync(log, 'closed ');
        }
      })
      .flatMap(function* () {
        let isLeft = true;
        try {
          for (let i = 0; i < 20_000; i++) yield i;
          isLeft = false;
        } finally {
          appendFileSync(log, 'inner ');
          // biome-ignore lint/correctness/noUnsafeFinally: what it throws is what is tested
          if (isLeft) throw new TypeError('of the inner one');
        }
      }),
  flatMapValues: (rows, log) =>
    rows
      .keyBy((x) => x)
      .flatMapValues(function* (from) {
        try {
          for (let i = from; i < from + 20_000; i++) yield i;
        } finally {
          appendFileSync(log, 'closed ');
        }
      })
      .values(),
  mapPartitions: (rows, log) =>
    rows.mapPartitions(function* () {
      try {
        for (let i = 0; i < 20_000; i++) yield i;
      } finally {
        appendFileSync(log, 'closed ');
      }
    }),
};

const engines = {
  inline: inline(),
  threads: local({ workers: 1 }),
  processes: local({ workers: 1, isolation: 'process' }),
};
after(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

let count = 0;

for (const [engineName, engine] of Object.entries(engines))
  describe(`rows that are given one by one (${engineName})`, () => {
    for (const [name, open] of Object.entries(opened))
      test(`are closed once behind ${name}, whatever fails, and the first error is told`, async () => {
        for (const [ending, fail] of Object.entries(endings)) {
          // It sends all rows on before the first is joined, which here would be very many.
          if (ending === 'join' && name.includes(' in ')) continue;
          const log = join(folder, `log-${count++}`);
          const rows = open(Dataset.of([0], { engine, partitions: 1 }), log);
          await assert.rejects(fail(rows), (error: unknown) => {
            assert.ok(!String(error).includes('of the inner one'), ending);
            assert.notEqual(taskOf(error)?.operator, 'flatMap in a flatMap');
            return true;
          });
          const wanted = name.includes(' in ') ? 'inner closed ' : 'closed ';
          assert.equal(existsSync(log) && readFileSync(log, 'utf8'), wanted, ending);
        }
      });
  });

test('no more rows are made one by one than about twice as many as are taken', async () => {
  // On this thread it is the same object in tasks.
  const made = globalThis as { madeRows?: number };
  const endless = (): Iterable<number> => ({
    *[Symbol.iterator]() {
      for (let i = 0; ; i++) {
        (globalThis as { madeRows?: number }).madeRows!++;
        yield i;
      }
    },
  });
  const rows = Dataset.of([0], { engine: engines.inline, partitions: 1 });
  const ways: Record<string, Dataset<unknown>> = {
    flatMap: rows.flatMap(endless),
    'flatMap in a flatMap': rows.flatMap(endless).flatMap((x) => new Set([x])),
    'flatMap, then others': rows
      .flatMap(endless)
      .map((x) => [x, x] as const)
      .filter(() => true),
    flatMapValues: rows.keyBy((x) => x).flatMapValues(endless),
    mapPartitions: rows.mapPartitions(endless),
  };
  for (const [name, way] of Object.entries(ways))
    for (const take of [1, 2, 10, 3000]) {
      made.madeRows = 0;
      assert.equal((await way.take(take)).length, take);
      assert.ok(made.madeRows <= 2 * take, `${name}: ${made.madeRows} for ${take}`);
    }
  delete made.madeRows;
});

test('items that fail themselves are not closed, as the language has it', async () => {
  const engine = engines.inline;
  const log = join(folder, `log-${count++}`);
  const failing = (): Iterable<number> => ({
    [Symbol.iterator]: () => ({
      next: () => {
        throw new RangeError('no next');
      },
      return: () => {
        appendFileSync(log, 'closed ');
        return { done: true, value: undefined };
      },
    }),
  });
  const rows = Dataset.of([0], { engine, partitions: 1 });
  for (const one of [rows.flatMap(failing), rows.mapPartitions(failing)]) {
    await assert.rejects(one.collect(), { name: 'RangeError', message: 'no next' });
    await assert.rejects(one.take(1), { name: 'RangeError', message: 'no next' });
  }
  assert.ok(!existsSync(log));
});

test('an iterator whose next() gives no object is refused, not asked for ever', async () => {
  const wrong = (): Iterable<number> => ({ [Symbol.iterator]: () => ({ next: () => 5 as never }) });
  const rows = Dataset.of([0], { engine: engines.inline, partitions: 1 });
  for (const one of [rows.flatMap(wrong), rows.mapPartitions(wrong)]) {
    await assert.rejects(one.collect(), {
      name: 'TypeError',
      message: /next\(\) of an iterator must give an object, not 5/,
    });
    await assert.rejects(one.take(1), { name: 'TypeError' });
  }
});
