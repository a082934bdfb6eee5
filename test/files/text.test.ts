import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { openLines } from '../../src/files/lines.js';
import { planFiles } from '../../src/files/plan.js';
import { textSource } from '../../src/files/source.js';
import type { FilePiece, TextTask } from '../../src/files/task.js';
import { folder, partitionsOf, put, random, readAll, rowsOf } from './support.js';

const root = folder();

/** What is meant: decode all of it, then cut it into lines. */
function linesOf(content: Uint8Array): string[] {
  const lines = new TextDecoder().decode(content).split('\n');
  const last = lines.pop()!;
  return [...lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)), ...(last === '' ? [] : [last])];
}

/** Bytes in which everything happens that matters: line ends of each kind, letters of 1 to 4 bytes, marks, and halves of letters. */
const content = fc
  .array(
    fc.constantFrom(
      ...['\n', '\n', '\r\n', '\r', 'a', 'bc', 'é', '€', '𝄞', '\ufeff', ' '].map((text) => Buffer.from(text)),
      ...[[0xff], [0xe2, 0x82], [0x80], [0xf0, 0x9d]].map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 40 },
  )
  .chain((parts) => fc.boolean().map((bom) => Buffer.concat([...(bom ? [Buffer.from('\ufeff')] : []), ...parts])));

test('any content cut anywhere gives the lines of the whole', async () => {
  let count = 0;
  const cuts = fc.array(fc.nat(200), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(content, cuts, async (bytes, cuts) => {
      const name = `cut-${count++}`;
      put(root, { [name]: bytes });
      const bounds = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const found: unknown[] = [];
      for (let i = 0; i + 1 < bounds.length; i++)
        found.push(...(await rowsOf(range(name, bytes, bounds[i]!, bounds[i + 1]!))));
      assert.deepEqual(found, linesOf(bytes));
    }),
    { numRuns: 500 },
  );
});

function range(name: string, bytes: Uint8Array, from: number, to: number): TextTask {
  const piece: FilePiece = { file: join(root, name), name, from, to, size: bytes.length, packing: 'none' };
  return { format: 'text', pieces: [piece], bytes: to - from, withPath: false };
}

test('any files in any number of partitions give all lines in the order of the paths, plain and packed', async () => {
  let count = 0;
  const files = fc.array(fc.record({ content, packed: fc.boolean() }), { minLength: 1, maxLength: 5 });
  const partitions = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(files, partitions, async (files, partitions) => {
      const dir = `many-${count++}`;
      const named = files.map((file, i) => ({ ...file, name: `${dir}/${i}${file.packed ? '.gz' : '.txt'}` }));
      for (const { name, content, packed } of named) put(root, { [name]: packed ? zlib.gzipSync(content) : content });
      const source = textSource(`${dir}/*`, { withPath: true });
      const found = await partitionsOf(source, root, partitions);
      if (partitions !== undefined) assert.equal(found.length, partitions);
      assert.deepEqual(
        found.flat(),
        named.flatMap(({ name, content }) => linesOf(content).map((line) => [name, line])),
      );
    }),
    { numRuns: 200 },
  );
});

/** Larger than what is read at once, with lines that are larger than that too. */
function large(seed: number, letters: readonly string[], longest: number): Buffer {
  const next = random(seed);
  const lines: string[] = [];
  for (let size = 0; size < 3 << 20; ) {
    const length = Math.floor(longest ** next());
    const line = letters[Math.floor(next() * letters.length)]!.repeat(length) + (next() < 0.3 ? '\r\n' : '\n');
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join('').slice(0, -1));
}

for (const [name, letters, longest] of [
  ['short', ['a', 'é', '€', '\r'], 50],
  ['long', ['a', 'é', '𝄞'], 600_000],
  ['ascii', ['a', 'bc'], 3000],
] as const) {
  test(`large files of ${name} lines, plain and packed, in few and in many partitions`, async () => {
    const bytes = large(name.length, letters, longest);
    put(root, { [`large-${name}.txt`]: bytes, [`large-${name}.gz`]: zlib.gzipSync(bytes) });
    const expected = linesOf(bytes);
    for (const partitions of [undefined, 1, 2, 7, 100]) {
      assert.deepEqual(await readAll(textSource(`large-${name}.txt`), root, partitions), expected);
    }
    assert.deepEqual(await readAll(textSource(`large-${name}.gz`), root), expected);
  });
}

test('lines as bytes are the same lines', async () => {
  const bytes = large(7, ['a', 'é', '\r', ''], 2000);
  put(root, { 'raw.txt': bytes });
  const tasks = await planFiles(textSource('raw.txt'), { cwd: root, partitions: 5, slots: 2 });
  const found: string[] = [];
  for (const task of tasks) {
    const lines = openLines(task as TextTask);
    for (let some = await lines.next(); some !== undefined; some = await lines.next()) {
      for (let i = 0; i < some.count; i++) found.push(some.bytes.toString('utf8', some.starts[i], some.ends[i]));
    }
    lines.close();
  }
  assert.deepEqual(found, linesOf(bytes));
});

test('zstd is read where Node can, and else refused before any row is read', async () => {
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer };
  const bytes = large(9, ['a', 'é'], 500);
  put(root, { 'packed.zst': zstdCompressSync?.(bytes) ?? bytes });
  const source = textSource('packed.zst');
  if (zstdCompressSync !== undefined) assert.deepEqual(await readAll(source, root), linesOf(bytes));
  else {
    await assert.rejects(planFiles(source, { cwd: root, slots: 1 }), {
      name: 'ExchangeError',
      message: /^packed\.zst is packed with zstd, which Node [\d.]+ cannot read\. Node 22\.15 and later can/,
    });
  }
});

test('a packed file that ends too early is an error that names it', async () => {
  const packed = zlib.gzipSync(Buffer.from('some line\n'.repeat(1000)));
  put(root, { 'short.gz': packed.subarray(0, packed.length - 12) });
  await assert.rejects(readAll(textSource('short.gz'), root), {
    name: 'ExchangeError',
    message: /^short\.gz cannot be unpacked: /,
  });
});

test('a file that has become shorter since the plan is an error that names it', async () => {
  put(root, { 'changed.txt': 'a\nb\nc\n' });
  const [task] = await planFiles(textSource('changed.txt'), { cwd: root, slots: 2 });
  put(root, { 'changed.txt': 'a\n' });
  await assert.rejects(rowsOf(task!), { name: 'ExchangeError', message: /changed\.txt has become shorter/ });
});

test('wrong arguments are refused at once', () => {
  for (const wrong of [undefined, null, 1, {}, ['a', 1]]) {
    assert.throws(() => textSource(wrong as unknown as string), TypeError);
  }
  for (const wrong of ['', [], [''], 'a\0b']) assert.throws(() => textSource(wrong), RangeError);
  assert.throws(() => textSource('a', { withPath: 1 as unknown as boolean }), TypeError);
});
