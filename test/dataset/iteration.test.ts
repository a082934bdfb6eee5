import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Dataset, ExchangeError, inline, local } from 'sheaf';

test('passes may build on the caches of those before without end', async () => {
  const engine = inline();
  const passes = 50;
  const operators = 300;
  let rows = Dataset.of([0, 100], { engine, partitions: 1 });
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < operators; i++) rows = rows.coalesce(1);
    rows = rows.map((x) => x + 1).cache();
    assert.equal(await rows.count(), 2);
  }
  assert.deepEqual(await rows.collect(), [passes, passes + 100]);
  await engine.close();
});

test('what comes out of a cache is what was encoded, also for the worker that made it', async () => {
  class Named {
    readonly name: string;
    constructor(name: string) {
      this.name = name;
    }
    greet(): string {
      return this.name;
    }
  }
  for (const engine of [inline(), local({ workers: 1 })]) {
    const numbers = Dataset.range(0, 200, 1, { engine, partitions: 2 });
    const instances = numbers.map((i) => new Named(`n${i}`)).cache();
    const paired = numbers.map((i) => [i, new Named(`n${i}`)] as const).cache();
    const hidden = numbers.map((i) => Object.defineProperty({ name: `n${i}` }, 'greet', { value: 1 }) as Named).cache();
    for (let pass = 0; pass < 3; pass++) {
      assert.equal(await instances.filter((row) => row.greet === undefined).count(), 200);
      assert.equal(await paired.filter((row) => row[1].greet === undefined).count(), 200);
      assert.equal(await hidden.filter((row) => row.greet === undefined).count(), 200);
    }
    await engine.close();
  }
});

test('what a cached dataset kept is gone when the dataset is', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const scratch = mkdtempSync(join(tmpdir(), 'sheaf-cache-'));
  const engine = local({ workers: 1, exchange: 'file', scratch });
  const files = (): string[] =>
    readdirSync(scratch, { recursive: true, encoding: 'utf8' }).filter((name) => /-out-\d+$/.test(name));
  const kept = Dataset.range(0, 1000, 1, { engine, partitions: 2 }).cache();
  assert.equal(await kept.count(), 1000);
  const before = files().length;
  await useAndForget();
  // Collectors promise nothing of when; a bound keeps this from waiting for ever.
  for (let i = 0; i < 1000 && files().length > before; i++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  assert.equal(files().length, before);
  assert.equal(await kept.count(), 1000, 'and that of others is not');
  await engine.close();
  rmSync(scratch, { recursive: true });

  async function useAndForget(): Promise<void> {
    const cached = Dataset.range(0, 1000, 1, { engine, partitions: 4 }).cache();
    assert.equal(await cached.sum(), 499_500);
    assert.ok(files().length > before, 'it is in files');
  }
});

test('uncache frees what is kept, and the next action makes it again; explain says what is kept', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sheaf-cache-'));
  const engine = local({ workers: 2, exchange: 'file', scratch });
  const files = (): number =>
    readdirSync(scratch, { recursive: true, encoding: 'utf8' }).filter((name) => /-out-\d+$/.test(name)).length;
  const made: number[] = [];
  engine.events.listen((event) => {
    if (event.kind === 'partition-cached') made.push(event.partition);
  });
  const source = Dataset.range(0, 100, { engine, partitions: 4 }).map((x) => [x % 7, x] as const);
  const cached = source.reduceByKey((a, b) => a + b).cache();
  const use = cached.mapValues((x) => x + 1);
  assert.match(
    use.explain(),
    /Stage 1: 4 partitions\n {2}reads a range[\s\S]*exchange for reduceByKey[\s\S]*1 exchange\.$/,
  );
  const sums = await use.collect();
  assert.equal(made.length, 4);
  assert.ok(files() > 0);
  assert.equal(
    use.explain(),
    'Stage 1: 4 partitions\n  reads what cache() has kept\n  then mapValues, in one pass\nNothing moves between partitions.',
  );
  assert.equal(cached.uncache(), cached);
  assert.equal(files(), 0);
  assert.match(use.explain(), /exchange for reduceByKey/);
  assert.deepEqual(await use.collect(), sums);
  assert.equal(made.length, 8);
  // In the middle of actions that read it.
  const reading = Promise.all([use.collect(), use.sortByKey().collect(), cached.join(cached).count()]);
  for (let i = 0; i < 5; i++) {
    cached.uncache();
    await new Promise(setImmediate);
  }
  const [first, second, third] = await reading;
  assert.deepEqual([first, second.length, third], [sums, 7, 7]);
  assert.throws(() => use.uncache(), /uncache: this dataset keeps nothing/);
  await engine.close();
  rmSync(scratch, { recursive: true });
});

test('a checkpoint is refused where the rows it was made of were others, whatever they are', async () => {
  const engine = inline();
  const dir = join(mkdtempSync(join(tmpdir(), 'sheaf-checkpoint-')), 'rows');
  const pairs: [unknown, unknown][] = [
    [new Date(1), new Date(2)],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [/a/, /b/],
    [{ partitions: 1 }, { partitions: 2 }],
    [
      { code: 1, traits: 1 },
      { code: 1, traits: 2 },
    ],
    [
      ['a;', 'b'],
      ['a', ';b'],
    ],
    [0, -0],
  ];
  for (const [before, after] of pairs) {
    rmSync(dir, { recursive: true, force: true });
    assert.deepEqual(await kept(before), [before]);
    assert.deepEqual(await kept(before), [before]);
    await assert.rejects(kept(after), /holds the checkpoint of another plan/);
  }
  rmSync(join(dir, '..'), { recursive: true });
  await engine.close();

  function kept(row: unknown): Promise<unknown[]> {
    return Dataset.of([row], { engine }).checkpoint(dir).collect();
  }
});

test('a checkpoint of which some partitions, or all, have no rows', async () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'sheaf-checkpoint-')), 'rows');
  for (const from of [0, 5, 11, 12]) {
    for (const make of [() => local({ workers: 2 }), inline]) {
      const expected = [...new Array(12).keys()].filter((x) => x >= from);
      let read = 0;
      // Made by the first, read again in the same program, and by an engine that knows only the folder.
      for (const engine of [make(), make()]) {
        engine.events!.listen(({ kind }) => {
          if (kind === 'partition-read-from-cache') read++;
        });
        const rows = Dataset.range(0, 12, 1, { engine, partitions: 4 }).filter((x) => x >= from);
        const kept = rows.checkpoint(dir);
        assert.deepEqual(await kept.collect(), expected);
        assert.deepEqual(await kept.map((x) => x).collect(), expected);
        assert.equal(await kept.count(), expected.length);
        await engine.close();
      }
      assert.ok(read > 0 || from === 12);
      rmSync(dir, { recursive: true });
    }
  }
  rmSync(join(dir, '..'), { recursive: true });
});

test('a checkpoint whose list of files is not whole is refused, and loses no rows', async () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'sheaf-checkpoint-')), 'rows');
  const engine = local({ workers: 1 });
  try {
    const rows = () => Dataset.range(0, 12, 1, { engine, partitions: 4 }).filter((x) => x >= 3);
    await rows().checkpoint(dir).count();
    const list = join(dir, 'checkpoint.json');
    const whole = JSON.parse(readFileSync(list, 'utf8')) as { segments: { file?: string }[] };
    assert.deepEqual(
      whole.segments.map(({ file }) => file !== undefined),
      [false, true, true, true],
    );
    const [, , ...rest] = whole.segments;
    const { file: _, ...nameless } = whole.segments[1]!;
    for (const damaged of ['', 'null', '{}', { ...whole, segments: [whole.segments[0], nameless, ...rest] }]) {
      writeFileSync(list, typeof damaged === 'string' ? damaged : JSON.stringify(damaged));
      await assert.rejects(rows().checkpoint(dir).collect(), (error: Error) => {
        assert.ok(error instanceof ExchangeError);
        assert.match(error.message, /checkpoint\.json cannot be read\. Remove the folder/);
        return true;
      });
    }
  } finally {
    await engine.close();
    rmSync(join(dir, '..'), { recursive: true });
  }
});
