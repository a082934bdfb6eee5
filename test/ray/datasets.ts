/** Datasets on a cluster: a selection of what they do on every engine, with sources, files and failures. The cluster is the caller's. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Dataset, type Engine, hash, taskOf } from 'sheaf';
import { errorOf } from '../contract/check.js';
import { planCases } from '../dataset/cases/plans.js';
import type { Subject } from '../dataset/suite.js';

/** @param path a new name in a folder that all nodes see */
export function datasetCases(open: () => Engine, path: () => string): void {
  describe('datasets', { timeout: 240_000 }, () => {
    let engine: Engine;
    before(() => {
      engine = open();
    });
    after(() => engine.close());
    const subject: Subject = {
      get plain() {
        return engine;
      },
      get file() {
        return engine;
      },
      get engines() {
        return [engine, engine];
      },
      open,
      interrupts: false,
      runs: 2,
    };
    // All operators, one behind the other at random: a trip to a worker takes too long for the suites of each.
    planCases(subject);

    test('files are read by all workers, and written whole', async () => {
      const [lines, out] = [path(), path()];
      const all = Array.from({ length: 5000 }, (_, i) => `${i} zwölf ${'x'.repeat(i % 50)}`);
      writeFileSync(lines, `\ufeff${all.join('\r\n')}`);
      const text = Dataset.text(lines, { partitions: 7, engine });
      assert.deepEqual(await text.collect(), all);
      const rows = text.map((line) => ({ n: Number.parseInt(line, 10), line }));
      for (const format of ['json', 'csv'] as const) {
        const { files } = await rows.write[format](`${out}-${format}`);
        assert.equal(files.length, 7);
        const again = Dataset[format]<{ n: number; line: string }>(`${out}-${format}`, { engine });
        assert.deepEqual(await again.collect(), await rows.collect());
        await assert.rejects(rows.write[format](`${out}-${format}`), /exists already/);
      }
      const failing = rows.map((row) => {
        if (row.n === 4000) throw new RangeError('row 4000');
        return row;
      });
      await assert.rejects(failing.write.json(`${out}-failed`), RangeError);
      assert.ok(!existsSync(`${out}-failed`));
      assert.deepEqual(readdirSync(`${out}-json`).length, 7);
    });

    test('a worker that is killed in any stage: the answer is the same, and errors name their row', async () => {
      const data = Dataset.range(0, 300, { partitions: 5, engine });
      const expected = await data
        .map((x) => [x % 7, x] as const)
        .reduceByKey((a, b) => a + b, hash(3))
        .sortByKey()
        .collect();
      for (const stage of [0, 1, 2]) {
        const flag = path();
        const trouble = (where: number): void => {
          const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs');
          if (where !== stage || existsSync(flag)) return;
          writeFileSync(flag, '');
          process.kill(process.pid, 'SIGKILL');
        };
        const found = await data
          .map((x) => {
            trouble(0);
            return [x % 7, x] as const;
          })
          .reduceByKey((a, b) => a + b, hash(3))
          .mapValues((x) => {
            trouble(1);
            return x;
          })
          .sortByKey()
          .filter(() => {
            trouble(2);
            return true;
          })
          .collect();
        assert.deepEqual(found, expected, `stage ${stage}`);
        assert.ok(existsSync(flag));
      }
      const error = await errorOf(
        data
          .map((x) => {
            if (x === 123) throw new RangeError('no');
            return x;
          })
          .count(),
      );
      assert.ok(error instanceof RangeError);
      const { operator, partition, item } = taskOf(error)!;
      assert.deepEqual([operator, partition, item], ['map', 2, '123']);
    });
  });
}
