import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { BadRow } from '../../src/files/batches.js';
import { jsonSource } from '../../src/files/source.js';
import { folder, partitionsOf, put, random, readAll } from './support.js';

const root = folder();
let count = 0;

const asking = { onBadRow: 0 };
const hooks = { onBadRow: ({ line, text }: BadRow) => ({ bad: [line, text] }) };

const value = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const space = fc.constantFrom('', '', '', ' ', '\t', '\n', '\r\n', '\n\n');
const partitions = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined });

/** Values as a file may have them one behind the other: on a line, or over several. */
const written = fc.tuple(value, fc.constantFrom(0, 0, 1, 2, '\t'), fc.constantFrom('\n', '\r\n'), space);

test('any values one behind the other, on a line or over several, in any number of partitions, plain and packed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(written, { maxLength: 12 }),
      partitions,
      fc.boolean(),
      async (values, partitions, bom) => {
        const parts = values.map(([value, indent, end, space]) => JSON.stringify(value, null, indent) + end + space);
        const text = (bom ? '\ufeff' : '') + parts.join('');
        const name = `values-${count++}`;
        const expected = values.map(([value]) => value);
        put(root, { [`${name}.jsonl`]: text, [`${name}.ndjson.gz`]: gzipSync(text), [`${name}.json`]: text });
        assert.deepEqual(await readAll(jsonSource(`${name}.jsonl`), root, partitions), expected);
        assert.deepEqual(await readAll(jsonSource(`${name}.ndjson.gz`), root, partitions), expected);
        // Of one array alone nobody can tell that it is a row.
        const only = expected.length === 1 && Array.isArray(expected[0]) ? expected[0] : expected;
        assert.deepEqual(await readAll(jsonSource(`${name}.json`), root, partitions), only);
      },
    ),
    { numRuns: 400 },
  );
});

test('the elements of any array, however it is written', async () => {
  const indent = fc.constantFrom(0, 1, '\t');
  await fc.assert(
    fc.asyncProperty(
      fc.array(value),
      partitions,
      indent,
      space,
      space,
      async (values, partitions, indent, before, behind) => {
        const text = before + JSON.stringify(values, null, indent) + behind;
        const name = `array-${count++}`;
        put(root, { [`${name}.json`]: text, [`${name}.json.gz`]: gzipSync(`\ufeff${text}`) });
        assert.deepEqual(await readAll(jsonSource(`${name}.json`), root, partitions), values);
        assert.deepEqual(await readAll(jsonSource(`${name}.json.gz`), root, partitions), values);
      },
    ),
    { numRuns: 300 },
  );
});

const badLines = ['oops', '{"a":', '{"a":1', '[1,2', '"abc', '{"a":1}}', '{"a":1},', "{'a':1}", '{"a":1} oops', ','];

test('bad lines between good ones are found with their lines, in any number of partitions', async () => {
  const good = fc.dictionary(fc.string(), value).map((value) => JSON.stringify(value));
  const line = fc.tuple(good, fc.option(fc.constantFrom(...badLines)), fc.constantFrom('', '', '\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), partitions, async (lines, partitions) => {
      const expected: unknown[] = [];
      let text = '';
      for (const [good, bad, blank] of lines) {
        expected.push(JSON.parse(good));
        text += `${good}\n${blank}`;
        if (bad === null) continue;
        expected.push({ bad: [text.split('\n').length, bad] });
        text += `${bad}\n`;
      }
      const name = `bad-${count++}.json`;
      put(root, { [name]: text });
      assert.deepEqual(await readAll(jsonSource(name, asking), root, partitions, hooks), expected);
      const skipped = await readAll(jsonSource(name, { onBadRow: 'skip' }), root, partitions);
      assert.deepEqual(
        skipped,
        lines.map(([good]) => JSON.parse(good)),
      );
    }),
    { numRuns: 400 },
  );
});

test('bad values of several lines are bad as a whole', async () => {
  const text = '{\n "a": 1\n}\n{\n "b": oops,\n "c": [\n  1\n ]\n}\n{\n "d": 2\n}\n';
  put(root, { 'whole.json': text });
  for (const partitions of [1, 2, 3, 9]) {
    assert.deepEqual(await readAll(jsonSource('whole.json', asking), root, partitions, hooks), [
      { a: 1 },
      { bad: [4, '{\n "b": oops,\n "c": [\n  1\n ]\n}'] },
      { d: 2 },
    ]);
  }
});

test('bad elements of arrays, and what is wrong with arrays themselves', async () => {
  for (const [text, expected] of [
    ['[1,\noops,\n{"a":}, 2]', [1, { bad: [2, 'oops'] }, { bad: [3, '{"a":}'] }, 2]],
    ['[1,,2,]', [1, { bad: [1, ''] }, 2, { bad: [1, ''] }]],
    ['[1,\n2', [1, { bad: [2, '2'] }]],
    ['[1}', [{ bad: [1, '1}'] }]],
    ['[', [{ bad: [1, ''] }]],
    [' \n[ \n] \n', []],
    ['  ', []],
  ] as const) {
    put(root, { 'wrong.json': text });
    assert.deepEqual(await readAll(jsonSource('wrong.json', asking), root, undefined, hooks), expected, text);
  }
});

/** Says where many rows differ, without showing them all. */
function assertSameRows(found: readonly unknown[], rows: readonly unknown[]): void {
  const first = rows.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(found[i]));
  if (first >= 0) assert.deepEqual(found[first], rows[first], `row ${first}`);
  assert.equal(found.length, rows.length);
}

/** Of several MiB: longer than what is looked at to tell an array from values. */
function large(seed: number): unknown[] {
  const next = random(seed);
  return Array.from({ length: 8000 }, (_, id) => ({
    id,
    text: 'é"\\[{,'.repeat(Math.floor(60 ** next())),
    list: [id, { deep: [[]] }],
    ...(next() < 0.001 ? { long: 'x'.repeat(300_000) } : {}),
  }));
}

for (const [name, write] of [
  ['lines', (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')],
  ['values of several lines', (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row, null, 1)}\n`).join('')],
  ['an array', (rows: unknown[]) => JSON.stringify(rows)],
  ['an array over several lines', (rows: unknown[]) => JSON.stringify(rows, null, 1)],
] as const) {
  test(`a large file of ${name}`, async () => {
    const rows = large(5);
    const file = `large-${name.replaceAll(' ', '-')}.json`;
    put(root, { [file]: write(rows), [`${file}.gz`]: gzipSync(write(rows), { level: 1 }) });
    for (const partitions of [undefined, 2, 30]) {
      const found = await partitionsOf(jsonSource(file), root, partitions);
      assertSameRows(found.flat(), rows);
      const used = found.filter((rows) => rows.length > 0).length;
      if (name.includes('array')) assert.equal(used, 1);
      else if (partitions === 30) assert.ok(used > 15, `${used} of 30 partitions have rows`);
    }
    assertSameRows(await readAll(jsonSource(`${file}.gz`), root), rows);
  });
}

test('values behind a large array are bad, and a bad row in a large file has its line', async () => {
  const rows = large(6);
  const array = JSON.stringify(rows, null, 1);
  put(root, {
    'behind.json': `${array}\n\n[1]\n`,
    'line.jsonl': `${rows.map((row) => `${JSON.stringify(row)}\n`).join('')}oops\n{}`,
  });
  const found = await readAll(jsonSource('behind.json', asking), root, undefined, hooks);
  assert.deepEqual(found.at(-1), { bad: [array.split('\n').length + 2, '[1]'] });
  await assert.rejects(readAll(jsonSource('line.jsonl'), root, 7), {
    name: 'ValueError',
    path: 'line.jsonl:8001',
    message: /^line\.jsonl, line 8001: this row cannot be read: .*\(it is "oops"\)/,
  });
});

test('wrong options are refused at once', () => {
  assert.throws(() => jsonSource('a', { onBadRow: (() => 1) as unknown as number }), TypeError);
});

test('a thousand small files are a few partitions, whatever is in them', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
  const packed = (name: string): boolean => name.endsWith('7');
  put(root, Object.fromEntries(names.map((name, i) => [`${name}.json${packed(name) ? '.gz' : ''}`, file(name, i)])));
  const found = await partitionsOf(jsonSource('many/*'), root);
  assert.ok(found.length < 5, `${found.length} partitions`);
  assert.deepEqual(
    found.flat(),
    names.map((_, i) => ({ i })),
  );

  function file(name: string, i: number): string | Uint8Array {
    const text = i % 2 === 0 ? `[{"i":${i}}]` : `{"i":${i}}`;
    return packed(name) ? gzipSync(text) : text;
  }
});
