import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { alternatives, glob } from '../../src/files/glob.js';
import { findFiles, planFiles } from '../../src/files/plan.js';
import { textSource } from '../../src/files/source.js';
import type { TextTask } from '../../src/files/task.js';
import { folder, put } from './support.js';

const root = folder();
const files = [
  ...['a.txt', 'b.txt', 'ab.txt', 'a-b.txt', '.hidden.txt', 'é.txt', 'a]b', 'x{y', '-'],
  ...['d/a.txt', 'd/e/a.txt', 'd/e/f/b.txt', 'd/.e/a.txt', 'dd/a.txt', 'a b/c d.txt'],
];
put(root, Object.fromEntries(files.map((name) => [name, ''])));
symlinkSync('d', join(root, 'link'));
symlinkSync('../a.txt', join(root, 'd/to-a.txt'));
symlinkSync('nowhere', join(root, 'broken.txt'));

const namesOf = (pattern: string) => [...new Set(glob(pattern, root).map(({ name }) => name))].sort();

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

const bash = spawnSync('bash', ['-c', 'shopt -s globstar'], { cwd: root }).status === 0;

test('any pattern means what it means to a shell', { skip: bash ? false : 'needs bash 4 or later' }, () => {
  const part = fc.oneof(
    fc.constantFrom(
      '**',
      '*',
      '*.txt',
      'd',
      'e',
      'a.txt',
      '?',
      '.*',
      '[ab]*',
      '[!a]*',
      '[a-d]?*',
      '*]*',
      '{a,b}.txt',
      'd{,d}',
    ),
    fc.constantFrom(
      '{d,link}',
      'x{y',
      '*{b,é}.txt',
      '\\a*',
      '[-a]*',
      'a\\ b',
      '.',
      'link',
      '{a,{b,ab}}.txt',
      '*[.]txt',
    ),
  );
  const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const patterns = [...new Set(fc.sample(pattern, { numRuns: 1500, seed: 7 }))];
  // `{a,b}` is taken apart by hand: a shell keeps alternatives that match nothing. What is matched is listed if it is a file.
  const script = `shopt -s globstar nullglob extglob; export LC_ALL=C.UTF-8
    while IFS= read -r pattern; do
      eval "names=($(printf '%s' "$pattern" | sed 's/ /\\\\ /g; s/\\\\\\\\ /\\\\ /g'))"
      for name in "\${names[@]}"; do [ -f "$name" ] && printf '%s\\t' "$name"; done
      printf '\\n'
    done`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], {
    cwd: root,
    input: `${patterns.join('\n')}\n`,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const lines = stdout.split('\n');
  let matched = 0;
  for (const [i, pattern] of patterns.entries()) {
    const expected = [...new Set(lines[i]!.split('\t').filter(Boolean))].sort();
    // A folder's own name stands for its files, which it does not to a shell.
    if (isFolder(join(root, pattern))) continue;
    const found = namesOf(pattern);
    // One file by two ways is there once.
    const once = new Set(expected.map((name) => join(root, name)));
    assert.equal(found.length, once.size, `${pattern}: ${found} instead of ${expected}`);
    for (const name of found) assert.ok(expected.includes(name), `${pattern} finds ${name}`);
    matched += found.length;
  }
  assert.ok(matched > 300, `${matched} files were found`);
});

test('braces', () => {
  assert.deepEqual(alternatives('a{b,c{d,e}}f'), ['abf', 'acdf', 'acef']);
  assert.deepEqual(alternatives('{a,b}{c,d}'), ['ac', 'ad', 'bc', 'bd']);
  for (const plain of ['{a}', '{}', 'a{b', 'a}b', '\\{a,b}']) assert.deepEqual(alternatives(plain), [plain]);
});

test('what is there by that name is taken, whatever its characters are', () => {
  put(root, { 'odd/[x]*.txt': '', 'odd/x.txt': '' });
  assert.deepEqual(namesOf('odd/[x]*.txt'), ['odd/[x]*.txt']);
  assert.deepEqual(namesOf('odd/[x].*'), ['odd/x.txt']);
});

test('a folder means the files in it, but for hidden ones', () => {
  put(root, { 'out/part-1': '', 'out/.part-2': '', 'out/deep/part-3': '' });
  assert.deepEqual(namesOf('out'), ['out/part-1']);
});

test('files of several patterns come in the order of their paths, each once', async () => {
  assert.deepEqual(
    findFiles(['d/**', '*.txt', 'a.txt'], root).map(({ name }) => name),
    ['a-b.txt', 'a.txt', 'ab.txt', 'b.txt', 'd/a.txt', 'd/e/a.txt', 'd/e/f/b.txt', 'd/to-a.txt', 'é.txt'],
  );
  const absolute = (await planFiles(textSource(join(root, 'd/*.txt')), { cwd: '/', slots: 1 })) as TextTask[];
  assert.deepEqual(
    absolute.flatMap(({ pieces }) => pieces.map(({ name }) => name)),
    [join(root, 'd/a.txt'), join(root, 'd/to-a.txt')],
  );
});

test('a pattern that matches nothing is an error that names it', async () => {
  const source = textSource(['a.txt', 'nothing/**/*.csv']);
  await assert.rejects(planFiles(source, { cwd: root, slots: 1 }), {
    name: 'ValueError',
    message: /^No file matches "nothing\/\*\*\/\*\.csv"/,
  });
});

test('a folder that may not be read is an error, for files there would be missing', {
  skip: process.getuid?.() === 0 ? 'the superuser may read everything' : false,
}, () => {
  put(root, { 'secret/a.txt': '' });
  chmodSync(join(root, 'secret'), 0);
  assert.throws(() => glob('**/*.txt', root), { name: 'ExchangeError', message: /EACCES/ });
  chmodSync(join(root, 'secret'), 0o700);
});
