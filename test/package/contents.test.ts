import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { installedPackages, pack } from './packed.js';

const packed = pack();
after(() => packed.remove());

test('the package holds the library, its types and its papers, and nothing else', () => {
  const expected = [
    /^package\.json$/,
    /^README\.md$/,
    /^LICENSE$/,
    /^CHANGELOG\.md$/,
    /^dist\/(index|whole|ray|cli)\.js$/,
    /^dist\/texts\/\w+\.js$/,
    /^dist\/python\/\w+\.py$/,
    /^dist\/LICENSE-[a-z]+\.txt$/,
    /^dist\/chunks\/[\w-]+\.js$/,
    /^dist\/.*\.d\.ts$/,
  ];
  assert.deepEqual(
    packed.files.filter((file) => !expected.some((pattern) => pattern.test(file))),
    [],
  );
  for (const file of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/ray.js',
    'dist/ray.d.ts',
  ]) {
    assert.ok(packed.files.includes(file), file);
  }
});

test('every chunk is loaded by another, every declaration reached from the entry', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(
      /(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g,
    )) {
      const target = new URL(specifier!, `file:///${file}`).pathname.slice(1);
      visit(file.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target);
    }
  };
  for (const entry of ['index.js', 'index.d.ts', 'whole.js', 'ray.js', 'ray.d.ts', 'cli.js']) visit(`dist/${entry}`);
  assert.deepEqual(
    packed.files.filter((file) => /^dist\/.*\.[jt]s$/.test(file) && !reached.has(file)),
    [],
  );
});

test('it is small', () => {
  assert.ok(packed.unpackedBytes < 1_600_000, `${packed.unpackedBytes} bytes`);
});

test('until there is work, it loads little of Node', () => {
  const program = `
    const before = new Set(process.moduleLoadList);
    const { Pool } = await import('sheaf');
    new Pool();
    const more = process.moduleLoadList.filter((name) => !before.has(name));
    console.log(JSON.stringify(more.filter((name) => /^NativeModule (child_process|crypto|inspector|net|perf_hooks|v8|worker_threads)$/.test(name))));`;
  const directory = packed.project('frugal', { 'main.mjs': program });
  const { stdout, stderr } = spawnSync(process.execPath, ['main.mjs'], { cwd: directory, encoding: 'utf8' });
  assert.equal(stdout, '[]\n', stderr);
});

test('an error of its own that nobody catches is told in lines that can be read', () => {
  const program = `
    import { Pool } from 'sheaf';
    const captured = new WeakMap();
    await new Pool({ workers: 1 }).run(() => captured);`;
  const directory = packed.project('uncaught', { 'main.mjs': program });
  const { stderr } = spawnSync(process.execPath, ['main.mjs'], { cwd: directory, encoding: 'utf8' });
  assert.match(stderr, /CaptureError: This function cannot be sent/);
  assert.deepEqual(
    stderr.split('\n').filter((line) => line.length > 300),
    [],
  );
});

test('installing it brings nothing else', () => {
  assert.deepEqual(installedPackages(packed.project('bare', {})), ['sheaf']);
});

test('publint finds nothing', async () => {
  const tarball = readFileSync(packed.tarball);
  const { messages } = await publint({
    pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) },
    strict: true,
  });
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  );
});

test('types resolve under every module setting', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(packed.tarball)));
  assert.ok(analysis.types, 'has types');
  // An ES module package seen from CommonJS: reached by `import()`, or by `require` where Node has it for ES modules.
  const problems = analysis.problems.filter((problem) => problem.kind !== 'CJSResolvesToESM');
  assert.deepEqual(problems, []);
});
