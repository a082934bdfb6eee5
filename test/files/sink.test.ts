import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openSink } from '../../src/files/sink.js';
import type { SinkSpec } from '../../src/files/sink-spec.js';
import { textSource } from '../../src/files/source.js';
import { discard, prepareTarget, publish, type Target } from '../../src/files/target.js';
import { folder, partitionsOf, put } from './support.js';

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

function target(format: SinkSpec['format'], dir: string, partitions: number, overwrite = false): Target {
  return prepareTarget(format, dir, { cwd: root, partitions, overwrite });
}

/** Writes partitions as a job does, each with the rows of one. */
async function write(target: Target, partitions: readonly (readonly unknown[])[]): Promise<void> {
  const written = [];
  for (const [partition, rows] of partitions.entries()) {
    const sink = openSink(structuredClone(target.spec), partition);
    for (let i = 0; i < rows.length; i += 3) await sink.write(rows.slice(i, i + 3));
    written.push(await sink.commit());
  }
  publish(target, written);
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
  const second = target('text', 'twice', 1, true);
  assert.equal(readFileSync(join(root, 'twice/part-00002.txt'), 'utf8'), 'c\n');
  await write(second, [['d']]);
  assert.deepEqual(namesUnder('twice'), ['notes.md', 'part-00000.txt']);
  assert.equal(readFileSync(join(root, 'twice/part-00000.txt'), 'utf8'), 'd\n');
  put(root, { 'a-file': '' });
  assert.throws(() => target('text', 'a-file', 1, true), {
    name: 'ExchangeError',
    message: /^a-file cannot be written/,
  });
});

test('an overwrite that fails leaves what was there', async () => {
  await write(target('text', 'kept', 2), [['a'], ['b']]);
  const second = target('text', 'kept', 2, true);
  const sink = openSink(second.spec, 0);
  await sink.write(['c']);
  const written = await sink.commit();
  assert.throws(() => publish(second, [written, { ...written, name: 'part-00001.txt' }]), { name: 'ExchangeError' });
  assert.deepEqual(namesUnder('kept'), ['part-00000.txt', 'part-00001.txt']);
  assert.equal(readFileSync(join(root, 'kept/part-00000.txt'), 'utf8'), 'a\n');
});

test('a full disk is one error that names the target, and leaves nothing', {
  skip: mounted ? false : 'mounting a small file system needs rights that are not given here',
}, async () => {
  const made = target('text', 'small/out', 2);
  const sink = openSink(made.spec, 0);
  const failed = async () => {
    for (let i = 0; i < 100; i++) await sink.write(['x'.repeat(100_000)]);
    await sink.commit();
  };
  await assert.rejects(failed, {
    name: 'ExchangeError',
    message: /^small\/out cannot be written: its disk is full\. Make room there, or write to another place/,
  });
  await sink.abort();
  discard(made);
  assert.deepEqual(readdirSync(small), []);
  assert.ok(!existsSync(join(small, 'out')));
});
