import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { openSink } from '../../src/files/sink.js';
import type { SinkSpec } from '../../src/files/sink-spec.js';
import { csvSource, jsonSource, parquetSource, textSource } from '../../src/files/source.js';
import { discard, prepareTarget, publish, type Target, type TargetOptions } from '../../src/files/target.js';
import { folder, partitionsOf, put, readAll } from './support.js';

// Before the hook that takes the folder away.
after(() => {
  if (mounted) spawnSync('umount', [small]);
});
const root = folder();
let count = 0;

// A disk that is full soon.
const small = join(root, 'small');
mkdirSync(small);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'sheaf-test', small]).status === 0;

// The library looks for DuckDB from where the program is.
const here = fileURLToPath(new URL('.', import.meta.url));

function target(
  format: SinkSpec['format'],
  dir: string,
  partitions: number,
  more: Partial<TargetOptions> = {},
): Target {
  return format === 'parquet'
    ? prepareTarget(format, join(root, dir), { cwd: here, partitions, ...more })
    : prepareTarget(format, dir, { cwd: root, partitions, ...more });
}

/** Writes partitions as a job does, each with the rows of one. */
async function write(target: Target, partitions: readonly (readonly unknown[])[]): Promise<string[]> {
  const written = [];
  for (const [partition, rows] of partitions.entries()) {
    const sink = openSink(structuredClone(target.spec), partition);
    for (let i = 0; i < rows.length; i += 3) await sink.write(rows.slice(i, i + 3));
    written.push(await sink.commit());
  }
  return publish(target, written);
}

/** Every name under a folder, hidden ones too. */
function namesUnder(dir: string): string[] {
  return readdirSync(join(root, dir), { recursive: true }).map(String).sort();
}

test('lines that have been written are read again, partition by partition', async () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '\ufeff', '\ra', ' '),
  );
  const text = line.filter((line) => !line.includes('\n') && !line.endsWith('\r'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(text, { maxLength: 10 }), { minLength: 1, maxLength: 12 }),
      async (partitions) => {
        const dir = `lines-${count++}`;
        await write(target('text', dir, partitions.length), partitions);
        assert.deepEqual(
          namesUnder(dir),
          partitions.map((_, i) => `part-${String(i).padStart(5, '0')}.txt`),
        );
        const found = await partitionsOf(textSource(`${dir}/*`), root, 1);
        assert.deepEqual(found.flat(), partitions.flat());
      },
    ),
    { numRuns: 100 },
  );
});

test('values of JSON that have been written are read again', async () => {
  const value = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(value, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      async (partitions) => {
        const dir = `json-${count++}`;
        await write(target('json', dir, partitions.length), partitions);
        assert.deepEqual(await readAll(jsonSource(dir), root, 2), partitions.flat());
      },
    ),
    { numRuns: 100 },
  );
});

test('rows of CSV that have been written are read again, and every other one is refused', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', ',', '\r', '\n', '\ufeff', ' ', '1', '00501'),
  );
  const row = fc.record({ a: fc.oneof(text, fc.constant(null)), 'b "\n': fc.double({ noNaN: true }) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), async (partitions) => {
      const dir = `csv-${count++}`;
      await write(target('csv', dir, partitions.length), partitions);
      // There is no empty string, and no zero below 0.
      const expected = partitions.flat().map((row) => ({ a: row.a === '' ? null : row.a, 'b "\n': row['b "\n'] + 0 }));
      const source = csvSource(dir, { columns: expected.length > 0 ? { a: 'string' } : {} });
      assert.deepEqual(await readAll(source, root, 3), expected);
    }),
    { numRuns: 100 },
  );
});

test('columns of CSV: given, of arrays, of one, and other ones in a later row or partition', async () => {
  const columns = ['k', 'n'];
  await write(target('csv', 'given', 2, { columns }), [[['x', 1], ['y']], [{ n: 2, k: 'z', more: 3 }]]);
  assert.equal(readFileSync(join(root, 'given/part-00000.csv'), 'utf8'), 'k,n\nx,1\ny,\n');
  assert.equal(readFileSync(join(root, 'given/part-00001.csv'), 'utf8'), 'k,n\nz,2\n');
  await write(target('csv', 'one', 1), [[{ a: null }, { a: new Date(0) }, { a: true }, { a: 5n }]]);
  assert.equal(readFileSync(join(root, 'one/part-00000.csv'), 'utf8'), 'a\n""\n1970-01-01T00:00:00.000Z\ntrue\n5\n');
  const other = target('csv', 'other', 2);
  await assert.rejects(write(other, [[{ a: 1 }], [{ b: 1 }]]), {
    name: 'ValueError',
    message: /columns a, but partition 1 has b/,
  });
  assert.ok(!existsSync(join(root, 'other')));
  for (const [rows, words] of [
    [[{ a: 1 }, { a: 1, b: 2 }], /^Row 1 of partition 0, .*"b", which the first row has not/],
    [[[1, 2]], /name the columns/],
    [[{ a: {} }], /column "a" is an object, which CSV cannot hold/],
    [[{}], /no properties/],
    [['text'], /no object/],
    [[{ a: '\ud800' }], /surrogate/],
  ] as const) {
    const refused = target('csv', `refused-${count++}`, 1);
    await assert.rejects(write(refused, [rows]), { name: 'ValueError', message: words });
    discard(refused);
  }
});

test('what JSON cannot say is refused', async () => {
  const refused = target('json', 'refused-json', 1);
  for (const row of [undefined, 5n, () => 1]) {
    await assert.rejects(write(refused, [[0, row]]), {
      name: 'ValueError',
      index: 1,
      message: /^Row 1 of partition 0/,
    });
  }
  const kept = [{ a: {} }, { at: new Date(0), text: '{}' }, [{}], { toJSON: () => ({}) }, new Uint8Array(0)];
  for (const [path, row] of [
    ['', new Map([[1, 2]])],
    ['.a', { a: new Set() }],
    ['.list[1].found', { list: [{}, { found: /x/ }] }],
    ['[0]', [new TypeError('lost')]],
    ['.bytes', { bytes: new ArrayBuffer(2) }],
  ] as const) {
    const words = `holds at ${path}`;
    await assert.rejects(
      write(refused, [[...kept, row]]),
      (error: { name: string; index: number; path: string; message: string }) => {
        assert.deepEqual([error.name, error.index, error.path], ['ValueError', kept.length, path]);
        assert.ok(path === '' || error.message.includes(words), error.message);
        return true;
      },
    );
  }
  discard(refused);
});

test('rows of Parquet that have been written are read again', async () => {
  const date = fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') });
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value);
  const text = fc.string({ unit: 'grapheme' });
  const plain = { noNullPrototype: true };
  const row = fc.record({
    text: maybe(text),
    number: maybe(fc.double()),
    int: fc.integer(),
    bigint: maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    boolean: maybe(fc.boolean()),
    date: maybe(date),
    bytes: maybe(fc.uint8Array()),
    list: maybe(fc.array(maybe(fc.double()))),
    deep: maybe(fc.record({ x: fc.array(fc.record({ y: maybe(text) }, plain)), '"z': fc.double() }, plain)),
  });
  const number = (value: bigint | null) => {
    return value === null || !Number.isSafeInteger(Number(value)) ? value : Number(value);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(row, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 }),
      async (partitions) => {
        const dir = `parquet-${count++}`;
        await write(target('parquet', dir, partitions.length), partitions);
        const expected = partitions.flat().map((row) => ({ ...row, bigint: number(row.bigint) }));
        assert.deepEqual(await readAll(parquetSource(join(root, dir)), here, 2), expected);
      },
    ),
    { numRuns: 8 },
  );
});

test('columns of Parquet grow with the rows, and what does not go together is refused', async () => {
  const rows = [
    { a: null },
    { a: 1 },
    { a: 2 },
    { a: 2n ** 60n },
    { b: [null] },
    { b: ['x'] },
    { c: { d: 1 } },
    { c: { e: 'f' } },
  ];
  const names = await write(target('parquet', 'grown', 2), [rows, []]);
  assert.deepEqual(names, ['part-00000.parquet']);
  const c = { d: null, e: null };
  assert.deepEqual(await readAll(parquetSource(join(root, 'grown')), here), [
    { a: null, b: null, c: null },
    { a: 1, b: null, c: null },
    { a: 2, b: null, c: null },
    { a: 2n ** 60n, b: null, c: null },
    { a: null, b: [null], c: null },
    { a: null, b: ['x'], c: null },
    { a: null, b: null, c: { ...c, d: 1 } },
    { a: null, b: null, c: { ...c, e: 'f' } },
  ]);
  for (const [rows, words] of [
    [
      [{ a: 1 }, { a: 'x' }],
      /^Row 1 of partition 0, an object, cannot be written: column "a" is "x", but before it was DOUBLE/,
    ],
    [[{ a: 1.5 }, { a: 1n }], /column "a" is 1n/],
    [[{ a: 2n ** 64n }], /Parquet cannot hold/],
    [[{ a: new Map() }], /Parquet cannot hold/],
    [[{ a: [1, 'x'] }], /Parquet cannot hold/],
    [[1], /no object/],
  ] as const) {
    const refused = target('parquet', `refused-${count++}`, 1);
    const sink = openSink(refused.spec, 0);
    await assert.rejects(async () => sink.write([...rows]), { name: 'ValueError', message: words });
    await sink.abort();
    assert.deepEqual(readdirSync(join(refused.spec.staging, 'writing')), []);
    discard(refused);
  }
});

test('numbers in names are as long as the last one', async () => {
  const { spec } = target('text', 'many', 1_000_001);
  const sink = openSink(spec, 7);
  assert.equal((await sink.commit()).name, 'part-0000007.txt');
});

test('rows that would come back as others are refused with their place', () => {
  const { spec } = target('text', 'refused', 1);
  for (const [row, words] of [
    ['a\nb', /newline/],
    ['a\r', /carriage return/],
    ['\ud800', /surrogate/],
    [{ a: 1 }, /no text/],
    [undefined, /no text/],
  ] as const) {
    const sink = openSink(spec, 3);
    assert.throws(
      () => sink.write(['fine', row]),
      (error: Error & { index?: number }) => {
        assert.equal(error.name, 'ValueError');
        assert.equal(error.index, 1);
        assert.match(error.message, /^Row 1 of partition 3, /);
        assert.match(error.message, words);
        return true;
      },
    );
  }
});

test('nothing is seen before the end, and nothing but the target afterwards', async () => {
  mkdirSync(join(root, 'quiet'));
  const made = target('text', 'quiet/deep/out', 2);
  const visible = () => namesUnder('quiet').filter((name) => !name.split('/').some((part) => part.startsWith('.')));
  const sinks = [0, 1].map((partition) => openSink(made.spec, partition));
  const again = openSink(made.spec, 0); // a second attempt, while the first goes on
  const lost = openSink(made.spec, 1); // an attempt that neither commits nor aborts
  for (const sink of [...sinks, again, lost]) await sink.write(['x'.repeat(2 << 20)]);
  assert.deepEqual(visible(), ['deep']);
  const written = [await sinks[0]!.commit(), await sinks[1]!.commit(), await again.commit()];
  assert.deepEqual(visible(), ['deep']);
  publish(made, written.slice(1));
  assert.deepEqual(namesUnder('quiet'), ['deep', 'deep/out', 'deep/out/part-00000.txt', 'deep/out/part-00001.txt']);
  assert.equal(readFileSync(join(root, 'quiet/deep/out/part-00000.txt')).length, (2 << 20) + 1);
});

test('what is discarded is gone, with the folders that were made for it', async () => {
  mkdirSync(join(root, 'gone'));
  const made = target('text', 'gone/a/b/out', 2);
  const sink = openSink(made.spec, 0);
  await sink.write(['x']);
  await sink.commit();
  const aborted = openSink(made.spec, 1);
  await aborted.write(['x']);
  await aborted.abort();
  discard(made);
  assert.deepEqual(namesUnder('gone'), []);
});

test('a target that exists is refused, unless it is to be overwritten: then files of an earlier write are replaced', async () => {
  await write(target('text', 'twice', 3), [['a'], ['b'], ['c']]);
  put(root, { 'twice/notes.md': 'mine' });
  assert.throws(() => target('text', 'twice', 1), { name: 'ExchangeError', message: /^twice exists already/ });
  const second = target('text', 'twice', 1, { overwrite: true });
  assert.equal(readFileSync(join(root, 'twice/part-00002.txt'), 'utf8'), 'c\n');
  await write(second, [['d']]);
  assert.deepEqual(namesUnder('twice'), ['notes.md', 'part-00000.txt']);
  assert.equal(readFileSync(join(root, 'twice/part-00000.txt'), 'utf8'), 'd\n');
  put(root, { 'a-file': '' });
  assert.throws(() => target('text', 'a-file', 1, { overwrite: true }), {
    name: 'ExchangeError',
    message: /^a-file cannot be written/,
  });
});

test('an overwrite that fails leaves what was there', async () => {
  await write(target('text', 'kept', 2), [['a'], ['b']]);
  const second = target('text', 'kept', 2, { overwrite: true });
  const sink = openSink(second.spec, 0);
  await sink.write(['c']);
  const written = await sink.commit();
  assert.throws(() => publish(second, [written, { ...written, name: 'part-00001.txt' }]), { name: 'ExchangeError' });
  assert.deepEqual(namesUnder('kept'), ['part-00000.txt', 'part-00001.txt']);
  assert.equal(readFileSync(join(root, 'kept/part-00000.txt'), 'utf8'), 'a\n');
});

test('an overwrite that was killed while it moved files is undone or completed by the next one', async () => {
  const ended = spawnSync(process.execPath, ['--version']).pid;
  for (const { until, expected } of [
    { until: 'some of the old ones are aside', expected: ['a\n', 'b\n'] },
    { until: 'some of the new ones are there', expected: ['c\n', 'd\n'] },
  ]) {
    const at = join(root, until);
    await write(target('text', until, 2), [['a'], ['b']]);
    const killed = target('text', until, 2, { overwrite: true });
    for (const [partition, row] of ['c', 'd'].entries()) {
      const sink = openSink(killed.spec, partition);
      await sink.write([row]);
      await sink.commit();
    }
    const staging = killed.spec.staging.replace(`-${process.pid}-`, `-${ended}-`);
    renameSync(killed.spec.staging, staging);
    renameSync(join(at, 'part-00000.txt'), join(staging, 'writing', 'part-00000.txt'));
    if (until.includes('new')) {
      renameSync(join(at, 'part-00001.txt'), join(staging, 'writing', 'part-00001.txt'));
      renameSync(join(staging, 'whole'), join(staging, 'moving'));
      renameSync(join(staging, 'moving', 'part-00001.txt'), join(at, 'part-00001.txt'));
    }
    discard(target('text', until, 2, { overwrite: true }));
    assert.deepEqual(namesUnder(until), ['part-00000.txt', 'part-00001.txt']);
    const found = namesUnder(until).map((name) => readFileSync(join(at, name), 'utf8'));
    assert.deepEqual(found, expected);
  }
});

test('what only looks like a folder of a write that was killed stays', () => {
  const ended = spawnSync(process.execPath, ['--version']).pid;
  const { spec } = target('text', 'theirs', 1);
  const staging = spec.staging.replace(`-${process.pid}-`, `-${ended}-`);
  const theirs = staging.replace(/[^-]+$/, 'notes');
  mkdirSync(staging);
  mkdirSync(theirs);
  discard(target('text', 'theirs', 1));
  assert.deepEqual([existsSync(staging), existsSync(theirs), existsSync(spec.staging)], [false, true, true]);
});

test('a full disk is one error that names the target, and leaves nothing', {
  skip: mounted ? false : 'mounting a small file system needs rights that are not given here',
}, async () => {
  for (const format of ['text', 'json', 'csv', 'parquet'] as const) {
    const made = target(format, 'small/out', 2);
    const sink = openSink(made.spec, 0);
    const failed = async () => {
      for (let i = 0; i < 100; i++) {
        const text = `${i}`.padEnd(100_000, randomUUID());
        await sink.write([format === 'text' ? text : { text }]);
      }
      await sink.commit();
    };
    await assert.rejects(failed, {
      name: 'ExchangeError',
      message: /small\/out cannot be written: its disk is full\. Make room there, or write to another place/,
    });
    await sink.abort();
    discard(made);
    assert.deepEqual(readdirSync(small), []);
  }
  assert.ok(!existsSync(join(small, 'out')));
});
