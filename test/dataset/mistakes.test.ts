/** What somebody new to datasets gets wrong, as from JavaScript, where no types say so: each is told what happened, to what, and what to do. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CaptureError, Dataset, inline, taskOf } from 'sheaf';

const engine = inline();
const folder = mkdtempSync(join(tmpdir(), 'sheaf-mistakes-'));
after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

type Loose = Readonly<Record<string, (...args: readonly unknown[]) => Loose & Promise<unknown>>>;
const loose = Dataset as unknown as Loose;
const rows = loose.of!([1, 2, 3], { partitions: 1, engine });
const pairs = rows.keyBy!((x: number) => x % 2);

/** The message of what `work` throws or rejects with. */
async function said(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
  return assert.fail(`nothing is said of ${work}`);
}

test('options that there are not, with the one that was meant', async () => {
  assert.match(
    await said(() => loose.of!([1], { numPartitions: 2 })),
    /^Dataset\.of has no option numPartitions.*partitions\?$/,
  );
  assert.match(
    await said(() => rows.sortBy!((x: number) => x, { reverse: true })),
    /^sortBy has no option reverse.*descending/,
  );
  assert.match(
    await said(() => pairs.sortByKey!({ partition: 2 })),
    /^sortByKey has no option partition\..*partitions\?/,
  );
  assert.match(await said(() => rows.collect!({ timeout: 5 })), /action has no option timeout\..*timeoutMs\?/);
});

test('a partitioner that is not whole', async () => {
  const half = { count: 2, partitionOf: () => 0 };
  assert.match(await said(() => pairs.partitionBy!(half)), /partitionBy: the partitioner must be .*equals/);
});

test('rows that are not there yet', async () => {
  async function* later(): AsyncGenerator<number> {
    yield 1;
  }
  assert.match(await said(() => loose.of!(Promise.resolve([1]))), /Dataset\.of .*not a promise.*await/);
  assert.match(await said(() => loose.of!(later())), /Dataset\.of .*in an array first, or use pool\.map/);
});

test('functions of another kind than the operator calls', async () => {
  const one = (x: number): number => x;
  assert.match(await said(() => rows.flatMap!(one).collect!()), /^flatMap: the function must give an array/);
  assert.match(await said(() => rows.flatMap!(one).first!()), /^flatMap: the function must give an array/);
  assert.match(await said(() => pairs.flatMapValues!(one).count!()), /^flatMapValues: the function must give an array/);
  assert.match(
    await said(() => rows.mapPartitions!(() => 5).collect!()),
    /^mapPartitions: the function must give an array/,
  );
  assert.match(
    await said(() => rows.fold!((a: number, b: number) => a + b)),
    /^fold: fn must be a function, not undefined/,
  );
  const failing = rows.mapPartitions!(() => {
    throw new Error('of all rows');
  });
  const failed = await failing.collect!().catch((error: unknown) => error);
  assert.equal(taskOf(failed)?.item, 'partition 0', 'no row, since it was called with all of them');
});

test('what other libraries take: a comparison, a function of sum, a beginning of reduce', async () => {
  const compare = (a: number, b: number): number => a - b;
  assert.match(await said(() => rows.sortBy!(compare)), /^sortBy: key takes one row .* 2 arguments.*\(row\) => /);
  assert.match(await said(() => rows.top!(2, compare)), /^top: by takes one row .* 2 arguments/);
  const options = /^The last argument, the options of the action, must be an object, not /;
  assert.match(await said(() => rows.sum!((x: number) => x)), options);
  assert.match(await said(() => rows.reduce!(compare, 0)), options);
  for (const action of ['take', 'top', 'takeSample'])
    assert.match(await said(() => rows[action]!()), new RegExp(`^${action}: n must be a whole number, not undefined`));
});

test('a dataset inside the function of another', () => {
  assert.throws(
    () => rows.map!(() => pairs.count!()),
    (error) => error instanceof CaptureError && /pairs is an instance of Dataset,/.test(error.message),
  );
});

test('files of rows that are no objects', async () => {
  assert.match(
    await said(() => Dataset.of([1 as unknown as object], { engine }).write.csv(join(folder, 'csv'))),
    /Row 0 .* is no object.*with map/,
  );
});
