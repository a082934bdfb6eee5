import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Database, findDuckdb } from '../../src/files/duckdb/load.js';
import { openFile } from '../../src/files/open.js';
import { planFiles } from '../../src/files/plan.js';
import { parquetSource, sqlSource } from '../../src/files/source.js';
import { folder, readAll } from './support.js';

const root = folder();
// The library looks for DuckDB from where the program is.
const here = fileURLToPath(new URL('.', import.meta.url));
const file = (name: string) => join(root, name);

before(async () => {
  const database = await Database.open(findDuckdb(here), {});
  const copy = (query: string, name: string, more = '') =>
    database.connection.run(`COPY (${query}) TO '${file(name)}' (FORMAT parquet${more})`);
  for (const [i, rows] of [5000, 0, 1, 12_345].entries()) {
    const query = `SELECT range AS id, 'row ' || range AS text, range / 8 AS n FROM range(${i * 100_000}, ${i * 100_000 + rows})`;
    await copy(query, `many-${i}.parquet`, ', ROW_GROUP_SIZE 2048');
  }
  await copy('SELECT 1 AS a', 'odd [1]*.parquet');
  await copy('SELECT 2 AS a', 'odd 1x.parquet');
  await copy('SELECT 1 AS a, 2 AS b', 'more.parquet');
  database.close();
});

const many = Array.from([5000, 0, 1, 12_345].entries()).flatMap(([i, rows]) =>
  Array.from({ length: rows }, (_, k) => i * 100_000 + k).map((id) => ({ id, text: `row ${id}`, n: id / 8 })),
);

test('rows of several files, in any number of partitions, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (partitions) => {
      const source = parquetSource(file('many-*.parquet'));
      const tasks = await planFiles(source, { cwd: here, slots: 2, partitions });
      assert.equal(tasks.length, partitions);
      assert.deepEqual(await readAll(source, here, partitions), many);
    }),
    { numRuns: 8 },
  );
  assert.deepEqual(await readAll(parquetSource(file('many-*')), here), many);
});

test('columns by name, names with any characters, and files that differ', async () => {
  const rows = await readAll(parquetSource(file('many-3.parquet'), { columns: ['text', 'id'] }), here, 3);
  assert.deepEqual(Object.entries(rows[0] as object), [
    ['text', 'row 300000'],
    ['id', 300_000],
  ]);
  assert.deepEqual(await readAll(parquetSource(file('odd [1]*.parquet')), here), [{ a: 1 }]);
  const refused = (globs: string[], options = {}) => readAll(parquetSource(globs.map(file), options), here);
  await assert.rejects(refused(['odd 1x.parquet', 'more.parquet']), { name: 'ValueError', message: /no column "b"/ });
  await assert.rejects(refused(['more.parquet'], { columns: ['z'] }), { name: 'ValueError', message: /no column "z"/ });
});

const literals: [sql: string, value: unknown, asBigint?: unknown][] = [
  ['1::BIGINT', 1, 1n],
  ['9007199254740993::BIGINT', 9007199254740993n, 9007199254740993n],
  ['-9007199254740991::BIGINT', -9007199254740991, -9007199254740991n],
  ['18446744073709551615::UBIGINT', 18446744073709551615n, 18446744073709551615n],
  ['5::HUGEINT', 5, 5n],
  ['7::INTEGER', 7],
  ['1.5::DOUBLE', 1.5],
  ["'nan'::DOUBLE", Number.NaN],
  ['1.10::DECIMAL(18, 3)', 1.1],
  ['-0.07::DECIMAL(4, 2)', -0.07],
  ['123456789012.345::DECIMAL(18, 3)', 123456789012.345],
  ['0.30000000000000004::DECIMAL(38, 20)', 0.30000000000000004],
  ['0.00000000000000000000000012::DECIMAL(38, 30)', 1.2e-25],
  ['0::DECIMAL(38, 30)', 0],
  ['12345678901234560000.5::DECIMAL(38, 1) - 0.5', 12345678901234560000],
  ['7::DECIMAL(9, 0)', 7],
  ['7::DECIMAL(18, 0)', 7, 7n],
  ['9007199254740993::DECIMAL(18, 0)', 9007199254740993n, 9007199254740993n],
  ['true', true],
  ["'é'", 'é'],
  ['NULL', null],
  ["DATE '2020-02-29'", new Date('2020-02-29')],
  ["DATE '1969-12-31'", new Date('1969-12-31')],
  ["TIMESTAMP '2020-01-02 03:04:05.678901'", new Date('2020-01-02T03:04:05.678Z')],
  ["TIMESTAMP '1969-12-31 23:59:59.9995'", new Date(-1)],
  ["TIMESTAMPTZ '2020-01-02 03:04:05+00'", new Date('2020-01-02T03:04:05Z')],
  ["TIMESTAMP_S '2020-01-02 03:04:05'", new Date('2020-01-02T03:04:05Z')],
  ["TIMESTAMP_MS '2020-01-02 03:04:05.678'", new Date('2020-01-02T03:04:05.678Z')],
  ["TIMESTAMP_NS '2020-01-02 03:04:05.678901234'", new Date('2020-01-02T03:04:05.678Z')],
  ["TIME '01:02:03'", '01:02:03'],
  ["'\\x01\\xFF'::BLOB", Uint8Array.of(1, 255)],
  ["'a'::ENUM('a', 'b')", 'a'],
  ['[1::BIGINT, NULL]', [1, null], [1n, null]],
  ['[1, 2]::INTEGER[2]', [1, 2]],
  [
    "{ 'x': 1::BIGINT, 'y': [DATE '2020-01-01'] }",
    { x: 1, y: [new Date('2020-01-01')] },
    { x: 1n, y: [new Date('2020-01-01')] },
  ],
  ["MAP { 'k': 1::BIGINT }", new Map([['k', 1]]), new Map([['k', 1n]])],
  ['union_value(num := 2::BIGINT)', 2, 2n],
  ["'6fd6cb8a-7b4c-4f0a-9c35-c7f0f1a4f0b2'::UUID", '6fd6cb8a-7b4c-4f0a-9c35-c7f0f1a4f0b2'],
];

test('values of each type', async () => {
  const query = `SELECT ${literals.map(([sql], i) => `${sql} AS c${i}`).join(', ')}`;
  for (const bigint of [false, true]) {
    const [row] = (await readAll(sqlSource(query, { bigint }), here)) as Record<string, unknown>[];
    for (const [i, [sql, value, asBigint]] of literals.entries()) {
      assert.deepEqual(row![`c${i}`], bigint && asBigint !== undefined ? asBigint : value, sql);
    }
  }
});

test('decimals that no number holds are refused, with their column', async () => {
  for (const value of [
    '90071992547409.93::DECIMAL(18, 2)',
    '-12345678901234567.8::DECIMAL(38, 1)',
    '0.33333333333333333333::DECIMAL(38, 20)',
    '[12345678901234567.8::DECIMAL(38, 1)]',
  ])
    await assert.rejects(readAll(sqlSource(`SELECT 1 AS fine, ${value} AS price`), here), {
      name: 'ValueError',
      message: /column "price": the DECIMAL -?[\d.]+ has more digits than a number can hold/,
    });
  const exact = await readAll(sqlSource('SELECT 90071992547409.93::DECIMAL(18, 2)::VARCHAR AS price'), here);
  assert.deepEqual(exact, [{ price: '90071992547409.93' }]);
});

test('a column may have any name', async () => {
  const [row] = await readAll(sqlSource('SELECT 1 AS "__proto__", 2 AS "constructor"'), here);
  assert.deepEqual(Object.entries(row as object), [
    ['__proto__', 1],
    ['constructor', 2],
  ]);
});

test('a query streams its rows, in one partition of those asked for', async () => {
  const query = 'SELECT range AS id FROM range(100000) ORDER BY id';
  const rows = (await readAll(sqlSource(query), here, 3)) as { id: number }[];
  assert.equal(rows.length, 100_000);
  assert.ok(rows.every(({ id }, i) => id === i));
  const [task] = await planFiles(sqlSource('FROM range(1000000000)'), { cwd: here, slots: 2 });
  const batches = openFile(task!);
  assert.ok(((await batches.next())?.length ?? 0) > 0);
  await batches.close();
});

test('several statements, and names that come twice', async () => {
  const query = 'CREATE TABLE t AS SELECT 1 AS a; INSERT INTO t VALUES (2); SELECT a, a FROM t ORDER BY a';
  const rows = (await readAll(sqlSource(query), here)) as object[];
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      [1, 1],
      [2, 2],
    ],
  );
});

test('a query finds nothing that one before it has left', async () => {
  const ask = (query: string) => readAll(sqlSource(query), here);
  const one = file('one.csv');
  const readsOne = `SELECT * FROM read_csv('${one}')`;
  const alone = 'SELECT count(*) AS n FROM duckdb_tables()';
  const setting = "SELECT current_setting('default_order') AS v";
  const order = await ask(setting);
  const leaving = [
    'CREATE TABLE left_over AS SELECT 1 AS a',
    'SET GLOBAL default_order = DESC; SELECT 1 AS a',
    '-- a comment first\nSELECT 1 AS a; CREATE TABLE left_over (a INT)',
    "WITH x AS (SELECT 1 AS a) FROM x; ATTACH ':memory:' AS left_over; USE left_over",
    'SELECT nothing FROM nowhere',
  ];
  for (const [i, query] of leaving.entries()) {
    writeFileSync(one, `a\n${i}\n`);
    assert.deepEqual(await ask(readsOne), [{ a: i }], 'a file is read anew');
    await ask(query).catch(() => {});
    assert.deepEqual(await ask(alone), [{ n: 0 }], query);
    assert.deepEqual(await ask(setting), order, query);
    await assert.rejects(ask('FROM left_over'), { name: 'ValueError' }, query);
  }
});

test('queries at the same time, and one that is left in the middle, do not meet', async () => {
  const source = (i: number) => sqlSource(`SELECT range + ${i} AS id FROM range(20000)`);
  const all = Array.from({ length: 6 }, async (_, i) => {
    const rows = (await readAll(source(i), here)) as { id: number }[];
    assert.deepEqual([rows.length, rows[0]!.id], [20_000, i]);
  });
  const left = openFile((await planFiles(source(9), { cwd: here, slots: 2 }))[0]!);
  await left.next();
  await left.close();
  await Promise.all(all);
});

test('what is wrong is said: the query, the file, the package', async () => {
  await assert.rejects(readAll(sqlSource('SELECT oops'), here), {
    name: 'ValueError',
    message: /^The query failed: .*oops/s,
  });
  const source = parquetSource(fileURLToPath(import.meta.url));
  await assert.rejects(readAll(source, here), { name: 'ExchangeError', message: /duckdb\.test\.js cannot be read: / });
});

test('without DuckDB, what to do is said', (t) => {
  const program = process.argv[1];
  t.after(() => {
    process.argv[1] = program!;
  });
  process.argv[1] = join(root, 'program.js');
  assert.throws(() => findDuckdb(root), {
    name: 'EngineError',
    message: /DuckDB, which is not installed: npm install @duckdb\/node-api/,
  });
});

test('wrong arguments are refused at once', () => {
  assert.throws(() => sqlSource(1 as unknown as string), TypeError);
  assert.throws(() => sqlSource(' '), RangeError);
  assert.throws(() => sqlSource('SELECT 1', { bigint: 1 as unknown as boolean }), TypeError);
  assert.throws(() => parquetSource('a', { columns: 'a' as unknown as string[] }), TypeError);
  assert.throws(() => parquetSource('a', { columns: [] }), RangeError);
});
