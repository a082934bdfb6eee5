/** What is written is read again as the same rows, in every format, by way of the public interface; what would not be is refused. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Dataset, local, ValueError } from 'sheaf';
import { errorOf } from '../contract/check.js';

const root = mkdtempSync(join(tmpdir(), 'sheaf-written-'));
const engine = local({ workers: 2 });
after(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});
let folders = 0;
const folder = (): string => join(root, `${folders++}`);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'a,b', '"', 'x\r\ny', '\r', '\ufeff', ' ', '00501', 'ümläut 😀'),
);
const line = text.filter((one) => !one.includes('\n') && !one.endsWith('\r'));
const row = fc.record(
  {
    text: text.filter((one) => one !== ''),
    maybe: fc.option(fc.integer()),
    number: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
    yes: fc.boolean(),
  },
  { noNullPrototype: true },
);
const partitions = fc.constantFrom(1, 2, 5);

async function check<T>(
  rows: fc.Arbitrary<T[]>,
  write: (data: Dataset<T>, dir: string) => Promise<{ files: readonly string[]; rows: number }>,
  read: (dir: string) => Dataset<T>,
  runs: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(rows, partitions, async (some, count) => {
      const dir = folder();
      const { files, rows: written } = await write(Dataset.of(some, { partitions: count, engine }), dir);
      assert.equal(written, some.length);
      assert.deepEqual(readdirSync(dir).sort(), [...files]);
      assert.deepEqual(await read(dir).collect(), some);
    }),
    { numRuns: runs },
  );
}

test('text', () =>
  check(
    fc.array(line, { maxLength: 20 }),
    (data, dir) => data.write.text(dir),
    (dir) => Dataset.text(dir, { engine }),
    15,
  ));

test('JSON', () => {
  const value = fc.jsonValue({ maxDepth: 2 }).map((one) => JSON.parse(JSON.stringify(one)) as unknown);
  return check(
    fc.array(value, { maxLength: 20 }),
    (data, dir) => data.write.json(dir),
    (dir) => Dataset.json(dir, { engine }),
    15,
  );
});

test('CSV', () => {
  const columns = { text: 'string', maybe: 'number', number: 'number', yes: 'boolean' } as const;
  return check(
    fc.array(row, { minLength: 1, maxLength: 20 }),
    (data, dir) => data.write.csv(dir),
    (dir) => Dataset.csv(dir, { columns, engine }),
    15,
  );
});

test('Parquet', () =>
  check(
    // DuckDB's package takes a byte order mark away that a text begins with.
    fc.array(
      row.map((one) => ({ ...one, text: `${one.text}`.replace(/^\ufeff+/, '-') })),
      { minLength: 1, maxLength: 20 },
    ),
    (data, dir) => data.write.parquet(dir),
    (dir) => Dataset.parquet(dir, { engine }),
    6,
  ));

test('rows that a format cannot hold are refused by name, and nothing is left', async () => {
  const odd: unknown[] = [undefined, 5n, { deep: () => 1 }];
  const of = (bad: unknown): Dataset<never> =>
    Dataset.range(0, 40, { partitions: 4, engine }).map((x) => (x === 33 ? bad : { x }) as never);
  const cases: [string, (dir: string) => Promise<unknown>][] = [
    ...odd
      .slice(0, 2)
      .map((bad): [string, (dir: string) => Promise<unknown>] => ['json', (dir) => of(bad).write.json(dir)]),
    ['csv', (dir) => of({ x: { y: 1 } }).write.csv(dir)],
    ['csv', (dir) => of({ z: 1 }).write.csv(dir)],
    ['parquet', (dir) => of({ x: 'text' }).write.parquet(dir)],
    ['text', (dir) => of('a\nb').map(String).write.text(dir)],
  ];
  for (const [format, write] of cases) {
    const dir = folder();
    const error = await errorOf(write(dir));
    assert.ok(error instanceof ValueError, `${format}: ${String(error)}`);
    assert.match(error.message, /partition 3/, format);
    assert.ok(!existsSync(dir), format);
  }
  // Neither half of it, nor what it was made in.
  assert.ok(
    readdirSync(root).every((name) => /^\d+$/.test(name)),
    String(readdirSync(root)),
  );
});
