import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { BadRow } from '../../src/files/batches.js';
import { scanCsv } from '../../src/files/csv/scan.js';
import { planFiles } from '../../src/files/plan.js';
import { csvSource } from '../../src/files/source.js';
import { datasetOf } from './csv-reference.js';
import { folder, put, random, readAll } from './support.js';

const root = folder();
let count = 0;

const asking = { onBadRow: 0 };
const hooks = {
  onBadRow: ({ line, text, error }: BadRow) => ({
    bad: [
      line,
      text,
      /(fields?), but|(behind)|(no end)/
        .exec(error.message)!
        .slice(1)
        .find(Boolean)!
        .replace(/field$/, 'fields'),
    ],
  }),
};

const value = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-0',
    '00501',
    '1.50',
    '1e3',
    'NaN',
    'Infinity',
    '.5',
    '0.000001',
    '0.0000001',
    '123456789012345678',
  ),
  fc.integer().map(String),
  fc.double().map(String),
  fc.string({ unit: fc.constantFrom('a', 'é', '𝄞', '"', ',', '\n', '\r\n', '\r', ' ', '1') }),
);

/** A value as a file may have it: in quotes where it must be, and sometimes where it need not. */
const field = fc.tuple(value, fc.boolean()).map(([value, quoted]) => {
  return quoted || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
});

const table = fc.integer({ min: 1, max: 4 }).chain((columns) => {
  const row = fc.array(field, { minLength: columns, maxLength: columns }).map((fields) => fields.join(',') || '""');
  const end = fc.constantFrom('\n', '\r\n');
  const header = Array.from({ length: columns }, (_, i) => `c${i}`).join(',');
  return fc
    .tuple(fc.constantFrom('', '\ufeff'), fc.array(fc.tuple(row, end), { maxLength: 20 }), fc.boolean())
    .map(([bom, rows, open]) => {
      const text = `${bom}${header}\n${rows.flat().join('')}`;
      return open ? text.replace(/\r?\n$/, '') : text;
    });
});

const partitions = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined });

test('any table is what a slow reading of it says, in any number of partitions', async () => {
  await fc.assert(
    fc.asyncProperty(table, partitions, async (text, partitions) => {
      put(root, { [`table-${count}.csv`]: text });
      assert.deepEqual(await readAll(csvSource(`table-${count++}.csv`), root, partitions), datasetOf([text]).rows);
    }),
    { numRuns: 500 },
  );
});

test('any characters at all are rows and bad rows in their places, in any number of partitions and packed', async () => {
  const characters = fc.array(fc.constantFrom('"', '"', ',', '\n', '\r\n', '\r', 'a', '1', 'é'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(characters, partitions, async (characters, partitions) => {
      const text = `c0,c1\n${characters.join('')}`;
      const name = `any-${count++}`;
      put(root, { [`${name}.csv`]: text, [`${name}.csv.gz`]: gzipSync(text) });
      const { rows } = datasetOf([text]);
      assert.deepEqual(await readAll(csvSource(`${name}.csv`, asking), root, partitions, hooks), rows);
      assert.deepEqual(await readAll(csvSource(`${name}.csv.gz`, asking), root, partitions, hooks), rows);
      const skipped = await readAll(csvSource(`${name}.csv`, { onBadRow: 'skip' }), root, partitions);
      assert.deepEqual(
        skipped,
        rows.filter((row) => !('bad' in (row as object))),
      );
    }),
    { numRuns: 500 },
  );
});

/** A file of several windows, whose quotes hold what looks like rows. */
function large(seed: number, longest: number): string {
  const next = random(seed);
  const rows = ['id,text,n'];
  for (let size = 0; size < 1 << 20; ) {
    const lines = Math.floor(longest ** next());
    const looks = next() < 0.5 ? '7,x,8\n' : '9,"",3\n';
    const text = next() < 0.3 ? `"${looks.repeat(lines).replaceAll('"', '""')}"` : next() < 0.1 ? 'a"b' : 'plain é';
    const row = `${rows.length},${text},${next() < 0.0002 ? '1.0' : rows.length / 8}`;
    rows.push(row);
    size += row.length;
  }
  return rows.join('\n');
}

for (const [seed, longest] of [
  [1, 10],
  [2, 30_000],
] as const) {
  test(`large files whose quoted fields have up to ${longest} lines of rows`, async () => {
    const text = large(seed, longest);
    put(root, { [`large-${seed}.csv`]: text });
    const { rows } = datasetOf([text]);
    for (const partitions of [1, 2, 5, 40]) {
      const found = await readAll(csvSource(`large-${seed}.csv`), root, partitions);
      assert.equal(found.length, rows.length);
      assert.deepEqual(found, rows);
    }
  });
}

test('most looks are right at once, and each range is looked at by whoever is asked to', async () => {
  put(root, { 'looks.csv': large(1, 10) });
  let looks = 0;
  const source = csvSource('looks.csv');
  const scan = (tasks: Parameters<NonNullable<Parameters<typeof planFiles>[1]['scan']>>[0]) => {
    looks += tasks.length;
    return Promise.all(tasks.map((task) => scanCsv(structuredClone(task))));
  };
  await planFiles(source, { cwd: root, slots: 2, partitions: 10, scan });
  assert.equal(looks, 10);
});

test('a number is one only if every value reads back, in all files together', async () => {
  const zips = Array.from({ length: 1000 }, (_, i) => `${10_000 + i},${i}`).join('\n');
  put(root, {
    'zip/a.csv': `zip,n\n${zips}`,
    'zip/b.csv': 'n,zip\n1,00501\n',
    'zip/c.csv': '',
    'zip/d.csv': 'zip,n\n',
  });
  const rows = await readAll(csvSource('zip/*.csv'), root, 7);
  assert.equal(rows.length, 1001);
  assert.deepEqual(rows[0], { zip: '10000', n: 0 });
  assert.deepEqual(rows.at(-1), { zip: '00501', n: 1 });
  assert.deepEqual(Object.keys(rows.at(-1) as object), ['zip', 'n']);
});

test('columns say what a column is, and rows whose values are not so are bad rows', async () => {
  const text = 'a,b,c,d\n1,9007199254740993,TRUE,2020-01-02\n"2x",3,true,"x"\n , 4,true,2020\n5,,false,\nx,1,true,2020';
  put(root, { 'types.csv': text });
  const columns = { a: 'number', b: 'bigint', c: 'boolean', d: 'date' } as const;
  for (const partitions of [1, 3]) {
    const source = csvSource('types.csv', { columns, onBadRow: 0 });
    const bad: unknown[] = [];
    const rows = await readAll(source, root, partitions, {
      onBadRow: ({ line, text, error }) => {
        bad.push([line, text, error.message]);
        return line === 4 ? 'instead' : undefined;
      },
    });
    assert.deepEqual(rows, [
      { a: 1, b: 9007199254740993n, c: true, d: new Date('2020-01-02') },
      'instead',
      { a: 5, b: null, c: false, d: null },
    ]);
    assert.deepEqual(bad, [
      [3, '"2x",3,true,"x"', 'column "a" has "2x", which is no number'],
      [4, ' , 4,true,2020', 'column "a" has " ", which is no number'],
      [6, 'x,1,true,2020', 'column "a" has "x", which is no number'],
    ]);
  }
});

test('a bad row fails with its file and line', async () => {
  put(root, { 'bad/b.csv': 'a,b\n1,"x\ny"\n1,2,3\n' });
  await assert.rejects(readAll(csvSource('bad/*'), root, 2), {
    name: 'ValueError',
    path: 'bad/b.csv:4',
    message: /^bad\/b\.csv, line 4: this row cannot be read: it has 3 fields, but the header has 2 \(it is "1,2,3"\)/,
  });
});

test('names of columns may be any text', async () => {
  put(root, { 'names.csv': '__proto__,"a ""b""\nc",constructor,\n1,2,3,4\n' });
  const [row] = (await readAll(csvSource('names.csv'), root)) as object[];
  assert.deepEqual(Object.entries(row!), [
    ['__proto__', 1],
    ['a "b"\nc', 2],
    ['constructor', 3],
    ['', 4],
  ]);
});

test('headers that do not fit are refused before any row is read', async () => {
  put(root, { 'twice.csv': 'a,b,a\n', 'fit/a.csv': 'a,b\n', 'fit/b.csv': 'a,c\n', 'open.csv': '"a,b\n1' });
  const plan = (name: string, options = {}) => planFiles(csvSource(name, options), { cwd: root, slots: 2 });
  await assert.rejects(plan('twice.csv'), { name: 'ValueError', message: /two columns of the name "a"/ });
  await assert.rejects(plan('fit/*'), {
    name: 'ValueError',
    message: /^fit\/b\.csv has no column "b", other than fit\/a\.csv/,
  });
  await assert.rejects(plan('open.csv'), { name: 'ValueError', message: /header/ });
  await assert.rejects(plan('fit/a.csv', { columns: { z: 'string' } }), {
    name: 'ValueError',
    message: /no such column; it has "a", "b"/,
  });
});

test('wrong options are refused at once', () => {
  for (const wrong of [
    { columns: 1 },
    { columns: ['a'] },
    { columns: { a: 'text' } },
    { onBadRow: 'keep' },
    { delimiter: 1 },
  ]) {
    assert.throws(() => csvSource('a', wrong as object), TypeError);
  }
  for (const delimiter of ['', ',,', '"', '\n', 'é']) assert.throws(() => csvSource('a', { delimiter }), RangeError);
});

test('another delimiter', async () => {
  put(root, { 'tabs.tsv': 'a\tb\n1,5\t"x\ty"\n' });
  assert.deepEqual(await readAll(csvSource('tabs.tsv', { delimiter: '\t' }), root), [{ a: '1,5', b: 'x\ty' }]);
});
