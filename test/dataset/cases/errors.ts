import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CancelledError, CaptureError, context, Dataset, range, SheafError, TimeoutError, taskOf } from 'sheaf';
import { errorOf, rejects } from '../../contract/check.js';
import { isOpen, note, notes, openGate, until } from '../../contract/gates.js';
import { aPath } from '../paths.js';
import type { Subject } from '../suite.js';

/** The line of this file that has a text. */
function lineOf(text: string): string {
  const path = fileURLToPath(import.meta.url);
  const lines = readFileSync(path, 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.includes(text) && !line.includes('lineOf') ? [i + 1] : []));
  assert.equal(found.length, 1, `${text} at ${found}`);
  return `${path}:${found[0]}:`;
}

export function errorCases(subject: Subject): void {
  const numbers = (): Dataset<number> => Dataset.range(0, 100, 1, { partitions: 4, engine: subject.plain });
  const pairsOf = (): Dataset<readonly [number, number]> => numbers().map((x) => [x % 10, x] as const);

  test('a row with a getter that throws is named, among many that are alike', async () => {
    const error = await errorOf(
      Dataset.range(0, 200, 1, { partitions: 1, engine: subject.plain })
        .map((x) => {
          const row = { x, name: 'one' };
          if (x !== 101) return row;
          return Object.defineProperty(row, 'x', {
            get: () => {
              throw new RangeError('boom');
            },
            enumerable: true,
          });
        })
        .collect(),
    );
    assert.match(String(error), /^ValueError: A row, at \.x, cannot be sent: reading it failed \(boom\)/);
    const { operator, item } = taskOf(error) ?? {};
    assert.deepEqual([operator, item], ['the result', "{ x: [Getter], name: 'one' }"]);
  });

  test('an error of the user’s function arrives as itself, with operator, partition and row, and its own line', async () => {
    const error = await errorOf(
      numbers()
        .map((x) => {
          if (x === 60) throw Object.assign(new RangeError(`no ${x}`), { detail: 7, on: context().worker });
          return x;
        })
        .collect(),
    );
    assert.ok(error instanceof RangeError && !(error instanceof SheafError));
    assert.equal(error.message, 'no 60');
    assert.equal((error as { detail?: number }).detail, 7);
    assert.ok(error.stack!.replaceAll('file://', '').includes(lineOf('if (x === 60) throw')), error.stack);
    const { operator, partition, item, label, index, worker, attempt } = taskOf(error)!;
    assert.deepEqual([worker, attempt], [(error as { on?: number }).on, 1]);
    assert.deepEqual(
      { operator, partition, item, label, index },
      { operator: 'map', partition: 2, item: '60', label: 'map', index: 2 },
    );
  });

  test('rows that are no pairs have no key', async () => {
    // As from JavaScript, where no types say so.
    const rows = Dataset.of(['ab', 7, null], { engine: subject.plain }) as unknown as ReturnType<typeof pairsOf>;
    const placed = rows.map((x) => x);
    for (const wrong of [
      rows.countByKey(),
      rows.groupByKey({ partitions: 2 }),
      rows.reduceByKey((a) => a, { partitions: 1 }),
      rows.mapValues((x) => x),
      rows.flatMapValues((x) => [x]),
      rows.flatMap((x) => [x]).flatMapValues((x) => [x]),
      rows.keys(),
      rows.values(),
      rows.sortByKey(),
      rows.sortByKey({ partitions: 3 }),
      rows.partitionBy(range(2)),
      rows.partitionBy(range([5])),
      rows.partitionBy({ count: 1, partitionOf: () => 0, equals: () => false }),
      rows.join(pairsOf()),
      pairsOf().leftJoin(placed, { partitions: 1 }),
    ]) {
      const error = await errorOf(wrong.collect());
      assert.ok(error instanceof TypeError, String(error));
      assert.match(error.message, /takes rows that are pairs \[key, value\], not/);
      assert.match(taskOf(error)!.item, /^('ab'|7|null)$/);
    }
    assert.match(String(await errorOf(rows.lookup(1))), /^TypeError: lookup takes rows that are pairs/);
  });

  test('every operator names itself and the row', async () => {
    const fail = (x: unknown): never => {
      throw new TypeError(`of ${JSON.stringify(x)}`);
    };
    const cases: [string, () => PromiseLike<unknown>, RegExp][] = [
      ['map', () => numbers().map(fail).collect(), /^\d+$/],
      ['filter', () => numbers().filter(fail).collect(), /^\d+$/],
      ['flatMap', () => numbers().flatMap(fail).count(), /^\d+$/],
      ['keyBy', () => numbers().keyBy(fail).groupByKey().count(), /^\d+$/],
      ['mapValues', () => pairsOf().mapValues(fail).collect(), /^\[ \d, \d+ \]$/],
      ['flatMapValues', () => pairsOf().flatMapValues(fail).collect(), /^\[ \d, \d+ \]$/],
      ['mapPartitions', () => numbers().mapPartitions(fail).collect(), /^partition \d$/],
      ['reduceByKey', () => pairsOf().reduceByKey(fail).collect(), /\d/],
      ['aggregateByKey', () => pairsOf().aggregateByKey(0, fail, fail).collect(), /^\[ \d, \d+ \]$/],
      [
        'aggregateByKey',
        () =>
          pairsOf()
            .aggregateByKey(0, (_, x) => x, fail)
            .collect(),
        /^\[ \d, \d+ \]$/,
      ],
      ['sortBy', () => numbers().sortBy(fail).collect(), /^\d+$/],
      ['reduce', () => numbers().reduce(fail), /^\d+$/],
      ['fold', () => numbers().fold(0, fail), /^\d+$/],
      ['aggregate', () => numbers().aggregate(0, (_, x) => x, fail), /^\d+$/],
      ['top', () => numbers().top(3, fail), /^\d+$/],
      ['forEach', () => numbers().forEach(fail), /^\d+$/],
      ['words', () => (numbers() as unknown as Dataset<string>).words().collect(), /^\d+$/],
      [
        'stats',
        () =>
          Dataset.of([1, 2, 'three'], { partitions: 1, engine: subject.plain })
            .map((x) => x as number)
            .stats(),
        /three/,
      ],
      [
        'histogram',
        () =>
          Dataset.of([1, 'two'], { partitions: 1, engine: subject.plain })
            .map((x) => x as number)
            .histogram([0, 1]),
        /two/,
      ],
      [
        'partitionBy',
        () =>
          pairsOf()
            .partitionBy({ count: 2, equals: () => false, partitionOf: fail })
            .collect(),
        /^\[ \d, \d+ \]$/,
      ],
      [
        'partitionBy',
        () =>
          pairsOf()
            .partitionBy({ count: 2, equals: () => false, partitionOf: () => 2 })
            .collect(),
        /^\[ \d, \d+ \]$/,
      ],
    ];
    for (const [operator, action, item] of cases) {
      const error = await errorOf(action());
      const info = taskOf(error);
      assert.ok(error instanceof TypeError || error instanceof RangeError, `${operator}: ${String(error)}`);
      assert.equal(info?.operator, operator, `${operator}: ${(error as Error).message}`);
      assert.match(info.item, item, operator);
      assert.ok(Number.isInteger(info.partition), operator);
    }
  });

  test('identity keys are refused with the row that holds one', async () => {
    const rows = [
      [[1, 'fine'], 0],
      [{ deep: [new Map()] }, 13],
    ] as const;
    const data = (): Dataset<readonly [unknown, number]> => Dataset.of(rows, { partitions: 1, engine: subject.plain });
    const other = Dataset.of([['x', 1]] as const, { engine: subject.plain });
    const cases: Record<string, () => PromiseLike<unknown>> = {
      groupByKey: () => data().groupByKey({ partitions: 2 }).collect(),
      reduceByKey: () =>
        data()
          .reduceByKey((a, b) => a + b)
          .collect(),
      countByKey: () => data().countByKey().collect(),
      distinct: () => data().distinct().collect(),
      sortByKey: () => data().sortByKey().collect(),
      sortBy: () =>
        data()
          .sortBy(([key]) => key)
          .collect(),
      partitionBy: () => data().partitionBy({ partitions: 3 }).collect(),
      join: () => data().join(other).collect(),
      leftJoin: () => other.leftJoin(data() as never).collect(),
      cogroup: () => data().cogroup(other).collect(),
      intersection: () => data().keys().intersection(data().keys()).collect(),
      subtract: () => data().keys().subtract(data().keys()).collect(),
      top: () => data().top(1, ([key]) => key),
      max: () => data().max(),
    };
    for (const [operator, action] of Object.entries(cases)) {
      const error = (await errorOf(action())) as Error;
      assert.ok(error instanceof TypeError, `${operator}: ${error}`);
      assert.match(error.message, /key/, operator);
      assert.match(taskOf(error)?.item ?? '', /deep/, `${operator}: ${error.message}`);
      assert.match(taskOf(error)?.operator ?? '', new RegExp(operator), operator);
    }
    // Made by a function, they are no better.
    const made = numbers().map((x) => [x === 7 ? () => x : x, x] as const);
    for (const action of [
      () => made.groupByKey().count(),
      () => made.sortByKey().count(),
      () => made.keys().distinct().count(),
    ]) {
      const error = await errorOf(action());
      assert.ok(error instanceof TypeError, String(error));
      assert.match(taskOf(error)?.item ?? '', /Function|=>/);
    }
  });

  test('functions are captured, and their variables copied, at the call of the operator', async () => {
    let factor = 2;
    const table = { add: 1 };
    const data = numbers()
      .take(0)
      .then(() => undefined);
    const made = numbers().map((x) => x * factor + table.add);
    const summed = numbers().keyBy((x) => x % factor);
    factor = 100;
    table.add = 100;
    await data;
    assert.deepEqual(await made.take(3), [1, 3, 5]);
    assert.deepEqual((await summed.countByKey().collect()).length, 2);
    assert.equal(factor + table.add, 200);
  });

  test('functions that cannot travel, and async ones, are refused at the call of the operator', () => {
    const data = numbers();
    let seen = 0;
    assert.throws(() => data.map((x) => (seen += x)), CaptureError);
    const socket = new (class Socket {
      #fd = 1;
      get fd(): number {
        return this.#fd;
      }
    })();
    assert.throws(() => data.map(() => socket.fd), CaptureError);
    assert.equal(seen, 0);
    const wrong: (() => unknown)[] = [
      () => data.map(async (x) => x),
      () => data.filter(async (x) => x > 1),
      () =>
        data.flatMap(async function* (x: number) {
          yield x;
        } as never),
      () => data.mapPartitions((async (rows: Iterable<number>) => rows) as never),
      () => data.sortBy(async (x) => x),
      () => data.reduce((async (a: number) => a) as never),
      () => pairsOf().reduceByKey((async (a: number) => a) as never),
      () => data.aggregate(0, (async (a: number) => a) as never, (a, b) => a + b),
    ];
    for (const call of wrong) {
      let error: unknown;
      try {
        const result = call();
        if (result instanceof Promise) {
          result.catch(() => {});
          error = undefined;
        }
      } catch (thrown) {
        error = thrown;
      }
      if (error !== undefined) assert.match((error as Error).message, /async/, call.toString());
    }
    assert.throws(() => data.map(7 as never), /map: fn must be a function, not 7/);
  });

  test('an action of an async function rejects', async () => {
    await rejects(numbers().reduce((async (a: number) => a) as never), /reduce: fn is async/);
  });

  test('a signal cancels, before and during the action', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    stop.abort(reason);
    const error = await errorOf(numbers().collect({ signal: stop.signal }));
    assert.ok(error instanceof CancelledError);
    assert.equal(error.cause, reason);
    const engine = subject.open({ workers: 2 });
    const path = aPath();
    const [begun, seen] = [`${path}-begun`, `${path}-seen`];
    const later = new AbortController();
    const work = Dataset.range(0, 2000, 1, { partitions: 200, engine })
      .map((x) => {
        note(seen, x);
        note(begun, 'now');
        return x;
      })
      .mapPartitions((rows) => [...rows])
      .keyBy((x) => x % 3)
      .groupByKey();
    const counted = work.count({ signal: later.signal });
    const watched = errorOf(counted);
    await until(() => isOpen(begun), 'the first row');
    later.abort(reason);
    const told = await watched;
    assert.ok(told instanceof CancelledError, String(told));
    assert.equal(told.cause, reason);
    await engine.close();
    const { length } = notes(seen);
    assert.ok(length < 2000 || length === 2000, `${length}`);
    await rejects(numbers().count({ signal: 'now' as never }), TypeError);
  });

  test('timeoutMs ends a task that takes longer', { skip: subject.interrupts }, async (t) => {
    const engine = subject.open({ workers: 2 });
    t.after(() => engine.close());
    const slow = Dataset.range(0, 2, 1, { partitions: 2, engine }).map((x) => {
      const end = Date.now() + (x === 1 ? 300 : 0);
      while (Date.now() < end);
      return x;
    });
    await rejects(slow.collect({ timeoutMs: 100 }), TimeoutError);
    const { worker: late, ...where } = taskOf(await errorOf(slow.collect({ timeoutMs: 100 })))!;
    const item = 'partition 1 of collect';
    assert.deepEqual(where, { label: 'collect', item, attempt: 1, index: 1, partition: 1 });
    assert.ok(late >= 0, `${late}`);
    // Its place among the tasks is another one where partitions are asked for by and by.
    const second = Dataset.range(0, 4, 1, { partitions: 4, engine }).map((x) => {
      if (x === 1) process.exit(5);
      return x;
    });
    const { worker: dead, ...there } = taskOf(await errorOf(second.take(3)))!;
    assert.deepEqual(there, { label: 'take', item: 'partition 1 of take', attempt: 3, index: 1, partition: 1 });
    assert.ok(dead >= 0, `${dead}`);
    assert.deepEqual(await slow.collect({ timeoutMs: 60_000 }), [0, 1]);
    await rejects(slow.collect({ timeoutMs: -1 }), RangeError);
  });

  test('take and first run no more partitions than they need', async () => {
    const path = aPath();
    const data = Dataset.range(0, 1000, 1, { partitions: 100, engine: subject.plain }).map((x) => {
      if (x % 10 === 0) note(path, x / 10);
      return x;
    });
    assert.equal(await data.first(), 0);
    assert.deepEqual(notes(path), ['0']);
    assert.deepEqual(
      await data.take(25),
      Array.from({ length: 25 }, (_, i) => i),
    );
    assert.ok(new Set(notes(path)).size <= 5);
    assert.deepEqual(await data.take(0), []);
    // Of a partition no more rows than that.
    const rows = aPath();
    await Dataset.range(0, 100_000, 1, { partitions: 1, engine: subject.plain })
      .map((x) => {
        if (x > 50_000) note(rows, x);
        return x;
      })
      .take(3);
    assert.deepEqual(notes(rows), []);
  });

  test('leaving for await early stops the work', async () => {
    const engine = subject.open({ workers: 2 });
    const path = aPath();
    const data = Dataset.range(0, 3000, 1, { partitions: 300, engine }).map((x) => {
      if (x % 10 === 0) note(path, x);
      return x;
    });
    const read: number[] = [];
    for await (const x of data) {
      read.push(x);
      if (x === 14) break;
    }
    assert.deepEqual(read, [...Array(15).keys()]);
    await engine.close();
    assert.ok(notes(path).length < 200, `${notes(path).length} of 300 partitions ran`);
  });

  test('for await: rows before a failure come first, then the error', async () => {
    const data = numbers().map((x) => {
      if (x === 99) throw new RangeError('the last');
      return x;
    });
    const read: number[] = [];
    const error = await errorOf(
      (async () => {
        for await (const x of data) read.push(x);
      })(),
    );
    assert.ok(error instanceof RangeError);
    assert.ok(read.length <= 75 && read.every((x, i) => x === i));
    openGate(aPath());
  });
}
