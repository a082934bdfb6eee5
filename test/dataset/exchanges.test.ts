/** What moves between partitions, and what does not, as the events tell it; and what `explain` says of it. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Dataset, hash, local, type Partitioner, range, type SheafEvent } from 'sheaf';

const engine = local({ workers: 2 });
after(() => engine.close());

interface Told {
  readonly stages: readonly (SheafEvent & { kind: 'stage-started' })[];
  readonly written: readonly (SheafEvent & { kind: 'exchange-written' })[];
  readonly read: readonly (SheafEvent & { kind: 'exchange-read' })[];
  readonly fromCache: number;
  readonly recomputed: number;
}

/** What an action tells while it runs. */
async function toldBy(action: () => PromiseLike<unknown>): Promise<Told> {
  const events: SheafEvent[] = [];
  const stop = engine.events!.listen((event) => events.push(event));
  try {
    await action();
  } finally {
    stop();
  }
  const of = <K extends SheafEvent['kind']>(kind: K): (SheafEvent & { kind: K })[] =>
    events.filter((event): event is SheafEvent & { kind: K } => event.kind === kind);
  return {
    stages: of('stage-started'),
    written: of('exchange-written'),
    read: of('exchange-read'),
    fromCache: of('partition-read-from-cache').length,
    recomputed: of('recomputed').length,
  };
}

const rowsIn = (some: readonly { readonly rows: number }[]): number => some.reduce((sum, { rows }) => sum + rows, 0);
const data = (count = 1000): Dataset<readonly [number, number]> =>
  Dataset.range(0, count, 1, { partitions: 4, engine }).map((x) => [x % 10, x] as const);

class Modulo implements Partitioner<number> {
  readonly count: number;
  constructor(count: number) {
    this.count = count;
  }
  partitionOf(key: number): number {
    return this.#share(key);
  }
  #share(key: number): number {
    return key % this.count;
  }
  equals(other: unknown): boolean {
    return other instanceof Modulo && other.count === this.count;
  }
}

/** As a user would write one: with a helper among its methods. */
class ByParity implements Partitioner<number> {
  readonly count = 2;
  readonly offset = 1;
  partitionOf(key: number): number {
    return this.parity(key + this.offset);
  }
  parity(key: number): number {
    return key % 2;
  }
  equals(other: unknown): boolean {
    return other instanceof ByParity;
  }
}

describe('what moves', () => {
  test('narrow operators are one stage, and nothing moves', async () => {
    const { stages, written, read } = await toldBy(() =>
      data()
        .filter(([, x]) => x % 2 === 0)
        .mapValues((x) => x + 1)
        .flatMapValues((x) => [x, x])
        .union(data())
        .coalesce(3)
        .mapPartitions((rows) => rows)
        .collect(),
    );
    assert.equal(stages.length, 1);
    assert.deepEqual([written, read], [[], []]);
  });

  test('rows are combined before they move', async () => {
    const { stages, written, read } = await toldBy(() =>
      data()
        .reduceByKey((a, b) => a + b)
        .collect(),
    );
    assert.equal(stages.length, 2);
    // Ten keys in each of four partitions.
    assert.equal(rowsIn(written), 40);
    assert.equal(rowsIn(read), 40);
    const counted = await toldBy(() => data().countByKey().collect());
    assert.equal(rowsIn(counted.written), 40);
    const aggregated = await toldBy(() =>
      data()
        .aggregateByKey(
          0,
          (a, b) => a + b,
          (a, b) => a + b,
        )
        .collect(),
    );
    assert.equal(rowsIn(aggregated.written), 40);
    const distinct = await toldBy(() => data().keys().distinct().collect());
    assert.equal(rowsIn(distinct.written), 40);
    const grouped = await toldBy(() => data().groupByKey().collect());
    assert.equal(rowsIn(grouped.written), 1000);
  });

  const partitioners: Record<string, () => Partitioner<number>> = {
    hash: () => hash(4),
    'range with bounds': () => range([3, 7]),
    'an object of one’s own': () => new ByParity(),
  };
  for (const [name, make] of Object.entries(partitioners)) {
    test(`datasets that are placed alike are joined and grouped without moving a row: ${name}`, async () => {
      const one = make();
      const [left, right] = [data().partitionBy(one), data(500).partitionBy(make())];
      const placed = await toldBy(() => left.count());
      assert.equal(rowsIn(placed.written), 1000);
      const { stages, written } = await toldBy(() =>
        left
          .mapValues((x) => x + 1)
          .filter(([, x]) => x > 0)
          .reduceByKey((a, b) => a + b)
          .join(right.groupByKey())
          .cogroup(right)
          .count(),
      );
      // Two that place the rows, and one for everything else.
      assert.equal(stages.length, 3);
      assert.equal(rowsIn(written), 1500);
    });
  }

  test('one partitioner with a function of its own is alike to itself', async () => {
    const place = range([5], { by: (key: number) => key + 1 });
    const { stages } = await toldBy(() => data().partitionBy(place).join(data().partitionBy(place)).count());
    assert.equal(stages.length, 3);
  });

  test('partitioners that differ, or do not say that they are equal, move the rows', async () => {
    const never = { count: 2, partitionOf: (key: number) => key % 2, equals: () => false };
    for (const [a, b] of [
      [hash(4), hash(3)],
      [range([3]), range([4])],
      [never, never],
    ] as [Partitioner<number>, Partitioner<number>][]) {
      const { stages } = await toldBy(() => data().partitionBy(a).groupByKey(b).count());
      assert.equal(stages.length, 3);
    }
    const changed = await toldBy(() =>
      data()
        .partitionBy(hash(4))
        .map(([key, x]) => [key, x] as const)
        .groupByKey(hash(4))
        .count(),
    );
    assert.equal(changed.stages.length, 3);
  });

  test('what is used twice is exchanged once', async () => {
    const once = data().groupByKey(hash(3));
    const { written } = await toldBy(() => once.join(once.mapValues((some) => some.length)).count());
    assert.equal(rowsIn(written), 1000);
  });

  test('cached rows are read, not made again', async () => {
    const cached = data().groupByKey().cache();
    const first = await toldBy(() => cached.count());
    assert.equal(rowsIn(first.written), 1000);
    const second = await toldBy(() => cached.mapValues((some) => some.length).collect());
    assert.deepEqual([second.stages.length, second.written.length, second.fromCache], [1, 0, 4]);
  });

  test('a dataset that sorts reads of every run only its own share', async () => {
    const { read, written } = await toldBy(() =>
      data(40_000)
        .sortBy(([, x]) => -x, { partitions: 4 })
        .count(),
    );
    assert.equal(rowsIn(written), 40_000);
    assert.ok(rowsIn(read) < 60_000, `${rowsIn(read)}`);
  });
});

describe('partitioners of one’s own', () => {
  test('their methods and fields travel', async () => {
    const where = await data(20)
      .partitionBy(new ByParity())
      .mapPartitions((rows, partition) => [...rows].map(([key]) => [key, partition] as const))
      .collect();
    assert.equal(where.length, 20);
    for (const [key, partition] of where) assert.equal(partition, (key + 1) % 2);
  });

  test('what of them cannot travel is refused at the call', () => {
    assert.throws(() => data().partitionBy(new Modulo(3)), /partitionBy|partitionOf|private|#share/);
  });
});

describe('explain', () => {
  test('says each stage, its partitions and every exchange', () => {
    const text = data()
      .reduceByKey((a, b) => a + b, hash(3))
      .join(data().partitionBy(range([5])))
      .sortByKey()
      .explain();
    for (const part of [
      /^Stage 1: 4 partitions$/m,
      /reads a range of 1000 numbers/,
      /exchange for reduceByKey: by hash into 3 partitions, combined first/,
      /exchange for partitionBy: by range into 2 partitions/,
      /exchange for join \(\w+\)/,
      /exchange for sortByKey: sorted runs/,
      /map → mapValues|then map/,
      /\d exchanges\.$/,
    ])
      assert.match(text, part);
    assert.match(
      data()
        .mapValues((x) => x)
        .explain(),
      /Nothing moves between partitions\.$/,
    );
    assert.match(Dataset.of([1, 2], { engine }).explain(), /reads 2 rows of the program/);
    // No partition is so large that a table of its rows would not fit; one that is asked for may be.
    assert.match(Dataset.range(0, 2 ** 23, 1, { engine }).explain(), /1: 2 partitions/);
    assert.match(Dataset.range(0, 30_000_000, 1, { engine }).explain(), /1: 8 partitions/);
    assert.match(Dataset.range(0, 30_000_000, 1, { engine, partitions: 3 }).explain(), /1: 3 partitions/);
    const alike = data().partitionBy(hash(2));
    assert.equal(
      alike
        .join(data().partitionBy(hash(2)))
        .explain()
        .match(/exchange for/g)?.length,
      2,
    );
  });
});
