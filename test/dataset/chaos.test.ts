/** Workers that die and files that are damaged while rows move: the answer is the oracle's, and no more is done again than was lost. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Dataset, type Engine, hash, local, type SheafEvent } from 'sheaf';
import { childrenOf, needsProc } from '../pool/script.js';
import { assertSameRows, grouped, joined } from './oracle.js';
import { aPath } from './paths.js';

/** Repeatable random numbers (xorshift32). */
function randomOf(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const rows = Array.from({ length: 400 }, (_, i) => [i % 23, i] as const);
const sums = grouped(rows).map(([key, values]) => [key, values.reduce((a, b) => a + b, 0)] as const);
const expected = joined('join', rows, sums).map(([key, [x, sum]]) => [key, x! + sum!]);

/** What each part of the program calls `trouble` with: the map side and the reduce side, the join, the runs of the sort, their merging. */
const seen = [
  rows.map(([, x]) => x),
  sums.map(([, sum]) => sum),
  rows.map(([, x]) => x),
  expected.map(([, x]) => x!),
  expected.map(([, x]) => x!),
];

/** Four stages: two exchanges, a join, a sort. */
function program(engine: Engine, trouble: (stage: number, x: number) => void): Dataset<readonly [number, number]> {
  const data = Dataset.of(rows, { partitions: 6, engine }).map((row) => {
    trouble(0, row[1]);
    return row;
  });
  const summed = data
    .reduceByKey((a, b) => a + b, hash(5))
    .map(([key, sum]) => {
      trouble(1, sum);
      return [key, sum] as const;
    });
  return data
    .join(summed, hash(4))
    .mapValues(([x, sum]) => {
      trouble(2, x);
      return x + sum;
    })
    .sortBy(([, x]) => {
      trouble(3, x);
      return x;
    })
    .filter(([, x]) => {
      trouble(4, x);
      return true;
    });
}

function checkAnswer(found: readonly (readonly [number, number])[], label: string): void {
  assertSameRows(found, expected, label);
  for (let i = 1; i < found.length; i++) assert.ok(found[i - 1]![1] <= found[i]![1], label);
}

describe('workers that are lost', () => {
  test('100 threads that end, one a run, at random rows of every stage: no more runs again than their tasks', {
    timeout: 480_000,
  }, async () => {
    const engine = local({ workers: 3 });
    const written = new Map<string, number>();
    let recomputed = 0;
    engine.events.listen((event) => {
      if (event.kind === 'recomputed') recomputed++;
      if (event.kind !== 'exchange-written') return;
      const task = `${event.job} ${event.stage} ${event.from} ${event.partition}`;
      written.set(task, (written.get(task) ?? 0) + 1);
    });
    try {
      for (let seed = 0; seed < 100; seed++) {
        const random = randomOf(seed + 1);
        const part = seed % seen.length;
        const victim = seen[part]![random(seen[part]!.length)]!;
        const flag = aPath();
        const found = await program(engine, (where, x) => {
          if (where !== part || x !== victim) return;
          const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs');
          if (existsSync(flag)) return;
          writeFileSync(flag, '');
          process.exit(1);
        }).collect();
        checkAnswer(found, `seed ${seed}`);
        assert.ok(existsSync(flag), `nothing ended, seed ${seed}`);
      }
      // What threads have put into shared memory outlives them: nothing that was done is done again.
      assert.equal(recomputed, 0);
      assert.ok(written.size >= 100 * 10, `${written.size}`);
      for (const [task, times] of written) assert.equal(times, 1, task);
    } finally {
      await engine.close();
    }
  });

  test('threads that end while sorted runs are split by range', { timeout: 240_000 }, async () => {
    const engine = local({ workers: 3 });
    try {
      // The key is asked for when a run is sorted, when it is split, and when what was split is sorted.
      for (const part of [0, 1, 2]) {
        const flag = aPath();
        const sorted = Dataset.range(0, 2000, { partitions: 514, engine }).sortBy(
          (x) => {
            if (x === 1234) {
              const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs');
              let call = 0;
              while (existsSync(`${flag}-${call}`)) call++;
              writeFileSync(`${flag}-${call}`, '');
              if (call === part) process.exit(1);
            }
            return -x;
          },
          { partitions: 512 },
        );
        assert.match(sorted.explain(), /there are so many partitions/);
        assert.deepEqual(
          await sorted.collect(),
          Array.from({ length: 2000 }, (_, i) => 1999 - i),
        );
        assert.ok(existsSync(`${flag}-${part}`), `nothing ended, ${part}`);
      }
    } finally {
      await engine.close();
    }
  });

  test('processes that are killed at random moments', { timeout: 240_000, skip: needsProc }, async () => {
    const engine = local({ workers: 3, isolation: 'process', exchange: 'file' });
    const beside = new Set(childrenOf(process.pid));
    try {
      await Dataset.of([1, 2, 3], { engine }).count();
      let killed = 0;
      for (let seed = 1; seed <= 40; seed++) {
        const random = randomOf(seed);
        let over = false;
        const killing = (async () => {
          for (let left = 1 + random(2); left > 0; left--) {
            await delay(random(30));
            if (over) return;
            const workers = childrenOf(process.pid).filter((pid) => !beside.has(pid));
            if (workers.length === 0) continue;
            process.kill(workers[random(workers.length)]!, 'SIGKILL');
            killed++;
          }
        })();
        const found = await program(engine, () => {}).collect();
        over = true;
        await killing;
        checkAnswer(found, `seed ${seed}`);
      }
      assert.ok(killed > 0);
    } finally {
      await engine.close();
    }
  });
});

/** Files under a folder. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const damages: Readonly<Record<string, (file: string, random: (below: number) => number) => void>> = {
  flipped: (file, random) => {
    const bytes = readFileSync(file);
    bytes[random(bytes.length)]! ^= 1 + random(255);
    writeFileSync(file, bytes);
  },
  truncated: (file, random) => truncateSync(file, random(statSync(file).size)),
  deleted: (file) => rmSync(file),
};

describe('files that are damaged between stages', () => {
  const scratch = aPath();
  const engine = local({ workers: 2, exchange: 'file', scratch });
  after(() => engine.close());

  for (const [how, damage] of Object.entries(damages)) {
    test(`${how}: found, and what was lost is made again`, { timeout: 240_000 }, async () => {
      let recomputed = 0;
      for (let seed = 1; seed <= 10; seed++) {
        const random = randomOf(seed);
        const after = random(3);
        let done = false;
        const events: SheafEvent[] = [];
        const stop = engine.events!.listen((event) => {
          events.push(event);
          if (done || event.kind !== 'stage-ended') return;
          if (events.filter(({ kind }) => kind === 'stage-ended').length <= after) return;
          done = true;
          const files = filesIn(scratch).filter((file) => statSync(file).size > 0);
          for (let left = 1 + random(2); left > 0 && files.length > 0; left--) {
            const [file] = files.splice(random(files.length), 1);
            damage(file!, random);
          }
        });
        const found = await program(engine, () => {}).collect();
        stop();
        checkAnswer(found, `${how}, seed ${seed}`);
        recomputed += events.filter(({ kind }) => kind === 'recomputed').length;
      }
      assert.ok(recomputed > 0);
    });
  }

  test('only what was lost is made again', async () => {
    const log = aPath();
    const data = Dataset.range(0, 60, 1, { partitions: 6, engine })
      .map((x) => {
        process.getBuiltinModule('node:fs').appendFileSync(log, `${x}\n`);
        return [x % 5, x] as const;
      })
      .groupByKey(hash(3));
    let damaged = false;
    const stop = engine.events!.listen((event) => {
      if (damaged || event.kind !== 'stage-ended') return;
      damaged = true;
      rmSync(filesIn(scratch)[0]!);
    });
    assertSameRows(await data.collect(), grouped(Array.from({ length: 60 }, (_, x) => [x % 5, x] as const)));
    stop();
    assert.ok(damaged);
    // One partition of six twice.
    assert.equal(readFileSync(log, 'utf8').trim().split('\n').length, 70);
  });

  for (const [how, damage] of Object.entries(damages)) {
    test(`${how} while a loop takes the rows: made again, each row once and in order`, {
      timeout: 240_000,
    }, async () => {
      const partitions = 100;
      const moved = Dataset.range(0, 2_000, 1, { engine, partitions })
        .map((x) => [x, 'a'.repeat(50)] as const)
        .partitionBy(hash(partitions));
      const expected = await moved.collect();
      let recomputed = 0;
      const stop = engine.events!.listen(({ kind }) => {
        if (kind === 'recomputed') recomputed++;
      });
      for (let seed = 1; seed <= 5; seed++) {
        const random = randomOf(seed);
        // Sometimes all that waits for the loop, sometimes some of what the stage reads, sometimes both.
        const share = 1 + random(4);
        const at = random(1_000);
        const found: (readonly [number, string])[] = [];
        // A row of a partition under way may be handed out already: no more of that partition is read from its file.
        for await (const row of moved) {
          found.push(row);
          if (found.length !== at) continue;
          for (const file of filesIn(scratch)) if (statSync(file).size > 0 && random(share) === 0) damage(file, random);
        }
        assert.deepEqual(found, expected, `${how}, seed ${seed}`);
      }
      stop();
      assert.ok(recomputed > 0);
    });
  }

  test('rows that are damaged after some of their partition were handed out: an error names the file', async () => {
    const rows = Dataset.range(0, 40, 1, { engine, partitions: 2 }).map((x) => `${x}`.padEnd(1 << 20));
    let last = -1;
    const looped = (async () => {
      for await (const row of rows) {
        if (last < 0) for (const file of filesIn(scratch)) truncateSync(file, statSync(file).size - 1);
        assert.equal(Number(row), ++last);
      }
    })();
    await assert.rejects(looped, (error: Error) => {
      assert.equal(error.name, 'ExchangeError');
      assert.match(
        error.message,
        /for await: .*sheaf-scratch.*some of the rows of partition [01] have been handed out/,
      );
      return true;
    });
    assert.ok(last >= 0 && last < 39);
    // Nothing of it is left, and the engine goes on.
    assert.deepEqual(await Dataset.range(0, 3, 1, { engine }).collect(), [0, 1, 2]);
  });

  test('a cached partition that is lost is made again by itself', async () => {
    const cached = Dataset.range(0, 60, 1, { partitions: 6, engine })
      .map((x) => ({ x, text: new Date(x) }))
      .cache();
    const all = await cached.collect();
    for (const file of filesIn(scratch)) rmSync(file);
    assert.deepEqual(await cached.collect(), all);
  });

  test('tries of a function that gives another answer each time are not mixed', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomOf(seed);
      // Each try at a partition marks its rows, and sends them anywhere.
      const tried = Dataset.range(0, 40, 1, { partitions: 4, engine }).mapPartitions(function* (some, partition) {
        const mark = Math.random();
        for (const x of some) yield [Math.floor(Math.random() * 1000), { x, partition, mark }] as const;
      });
      const moved = tried.partitionBy(hash(5)).mapValues((value) => ({ ...value, sum: 1 }));
      const again = moved.map(([key, value]) => [key % 7, value] as const).groupByKey(hash(4));
      const beside = moved.map(([key, value]) => [key % 7, value] as const).partitionBy(hash(4));
      let after = random(4);
      const stop = engine.events!.listen((event) => {
        if (event.kind !== 'stage-ended' || after-- !== 0) return;
        const files = filesIn(scratch);
        if (files.length > 0) damages.deleted!(files[random(files.length)]!, random);
      });
      const found = await again.cogroup(beside).collect();
      stop();
      const marks = new Map<number, Set<number>>();
      const seen: number[][] = [[], []];
      for (const [, [groups, values]] of found) {
        for (const { x, partition, mark } of groups.flat()) {
          seen[0]!.push(x);
          marks.set(partition, (marks.get(partition) ?? new Set()).add(mark));
        }
        for (const { x, partition, mark } of values) {
          seen[1]!.push(x);
          marks.set(partition, (marks.get(partition) ?? new Set()).add(mark));
        }
      }
      for (const side of seen)
        assert.deepEqual(
          side.sort((a, b) => a - b),
          Array.from({ length: 40 }, (_, x) => x),
          `seed ${seed}`,
        );
      for (const [partition, some] of marks) assert.equal(some.size, 1, `seed ${seed}, partition ${partition}`);
    }
  });
});
