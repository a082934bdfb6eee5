import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync, inflateSync } from 'node:zlib';
import { cleanEnvironment, cli } from '../cli/command.js';

// Each program compares its answers with those of a plain loop or of DuckDB, and ends with an error where they differ. What is looked for
// in its output is what only the comparison's own end prints, or figures of the data.
const examples: Readonly<Record<string, readonly RegExp[]>> = {
  'cities.mjs': [/^Europe +543 million in 62467 cities, London the largest$/m, /^The same as from a plain loop\.$/m],
  'flights.mjs': [/^1341 airports and months/m, /^All 5364 figures are DuckDB's\.$/m],
  // The figures of these two were found by programs in another language, too.
  'kmeans.mjs': [
    /^ {2}from Paris {9}to 46\.0°, 5\.8°: 51575 cities$/m,
    /^ {2}from Sydney {8}to -31\.8°, 146\.9°: 4270 cities$/m,
    /^The points were made once and read from the cache in each pass/m,
  ],
  'pagerank.mjs': [/^ {2}ATL 18\.06$/m, /^Each pass read routes and ranks from the cache/m],
  'server.ts': [/^While they are made by a pool:$/m, /^With every worker busy for good, \/health answered/m],
  'spam.mjs': [/^146 bodies are there more than once; 207 e-mails are copies\.$/m, /^Every list and every count/m],
  'words.mjs': [/^ {2}the {2}69971$/m, /^Every count and every list of texts is that of a plain loop\.$/m],
};
// With more to be said about them, below.
const own = [
  'assets.ts',
  'backfill.ts',
  'checkpoint.mjs',
  'log-analysis.ts',
  'monte-carlo.ts',
  'spelling.ts',
  'thumbnails.ts',
];
// Tested with the demo's own test, and by each that uses them.
const others = ['brown.mjs', 'demo.mjs', 'png.ts', 'spam-assassin.mjs', 'tsconfig.json'];

for (const [name, expected] of Object.entries(examples)) {
  test(`${name} gets the answers that it compares with`, () => {
    const output = run(name);
    for (const line of expected) assert.match(output, line);
  });
}

test('checkpoint.mjs begins with what a run before has left', () => {
  inFolder((folder) => {
    const first = run('checkpoint.mjs', folder);
    assert.match(first, /^Made what is in /);
    const second = run('checkpoint.mjs', folder);
    assert.equal(second, first.replace('Made', 'Began with'));
    assert.match(second, /los angeles/);
  });
});

test('backfill.ts, killed in its midst, goes on where it was, and comes to what a run in one go comes to', () => {
  inFolder((folder) => {
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    assert.match(run('backfill.ts', whole), /^0 of 500 are there.*Every file is what a plain loop makes\.\n$/s);

    // Killed, with its workers at work, as soon as it has told of so many.
    const killer = join(folder, 'killer.mjs');
    writeFileSync(
      killer,
      `const { write } = process.stdout;
      process.stdout.write = function (text, ...more) {
        const result = write.call(this, text, ...more);
        if (String(text).startsWith('150 of')) process.kill(process.pid, 'SIGKILL');
        return result;
      };`,
    );
    const killed = start('backfill.ts', [broken], { NODE_OPTIONS: `--import=${pathToFileURL(killer)}` });
    assert.equal(killed.status, 128 + 9, killed.stderr);
    const inodes = (): Map<string, number> =>
      new Map(readdirSync(broken).map((name) => [name, statSync(join(broken, name)).ino]));
    const before = [...inodes()].filter(([name]) => name.endsWith('.json'));
    assert.ok(before.length >= 150 && before.length < 500, `${before.length} were made`);
    writeFileSync(join(broken, 'ca01.json.1.unfinished'), '{"text":');

    const resumed = run('backfill.ts', broken);
    assert.ok(
      resumed.startsWith(`${before.length} of 500 are there, ${500 - before.length} are to be made.\n`),
      resumed,
    );
    const after = inodes();
    for (const [name, inode] of before) assert.equal(after.get(name), inode, `${name} was made again`);
    const contents = (of: string) => readdirSync(of).map((name) => [name, readFileSync(join(of, name), 'utf8')]);
    assert.deepEqual(contents(broken), contents(whole));
  });
});

test('thumbnails.ts writes PNG files', () => {
  inFolder((folder) => {
    assert.match(
      run('thumbnails.ts', '4', folder),
      /^Every pixel is that of a run without workers, and of the drawing\.$/m,
    );
    const small = readdirSync(folder).filter((name) => name.startsWith('small-'));
    assert.deepEqual(small, ['small-0.png', 'small-1.png', 'small-2.png', 'small-3.png']);
    for (const name of small) {
      const file = readFileSync(join(folder, name));
      assert.equal(file.toString('latin1', 1, 8), 'PNG\r\n\x1a\n');
      // Signature; IHDR: size, depth, colours; then IDAT, of rows that each begin with their filter.
      assert.deepEqual(
        [file.readUInt32BE(16), file.readUInt32BE(20), ...file.subarray(24, 29)],
        [150, 100, 8, 2, 0, 0, 0],
      );
      assert.equal(file.toString('latin1', 37, 41), 'IDAT');
      assert.equal(inflateSync(file.subarray(41, 41 + file.readUInt32BE(33))).length, 100 * (1 + 3 * 150));
    }
  });
});

test('assets.ts: what the manifest names is what was read', () => {
  inFolder((folder) => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    mkdirSync(from);
    const texts = { 'a.css': 'p { margin: 0 }', 'b.js': 'let x = 1;\n'.repeat(2000), 'c.js': '' };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(from, name), text);
    assert.match(run('assets.ts', from, to), /^3 files: 0\.02 MB.*^Every file is there three times/ms);
    const manifest: Record<string, string> = JSON.parse(readFileSync(join(to, 'manifest.json'), 'utf8'));
    // Of the empty text SHA-256 is known to begin so.
    assert.equal(manifest['c.js'], 'c.e3b0c44298.js');
    const read = Object.entries(manifest).map(([file, name]) => [
      file,
      brotliDecompressSync(readFileSync(join(to, `${name}.br`))).toString(),
    ]);
    assert.deepEqual(Object.fromEntries(read), texts);
  });
  assert.match(run('assets.ts'), /^\d\d files: .*^Every file is there three times/ms);
});

test('monte-carlo.ts: what it takes for exact is the mean of what the option pays', () => {
  const output = run('monte-carlo.ts', '1000000');
  assert.match(output, /^The same to the last digit on one thread, and on three workers\.$/m);
  const [mean, error] = /^1000000 futures: (\S+) ± (\S+)$/m.exec(output)!.slice(1).map(Number);
  const exact = Number(/^Black and Scholes: (\S+)$/m.exec(output)![1]);
  let sum = 0;
  const step = 1e-4;
  for (let x = -8; x < 8; x += step) {
    const pays = Math.max(0, 100 * Math.exp(0.03 - 0.02 + 0.2 * x) - 105);
    sum += pays * Math.exp(-0.03 - (x * x) / 2) * step;
  }
  assert.ok(Math.abs(exact - sum / Math.sqrt(2 * Math.PI)) < 1e-4, String(exact));
  assert.ok(Math.abs(mean! - exact) < error! && error! < 0.03);
});

test('spelling.ts is right as often as it can be', () => {
  const output = run('spelling.ts', '45');
  assert.match(output, /^Of 20 of them the answer was sought by distance, too: it is the same\.$/m);
  const [one, two] = [...output.matchAll(/^ {2}of (?:one edit|two edits) +(\S+) %$/gm)].map(([, share]) =>
    Number(share),
  );
  assert.ok(one! > 80 && two! > 50, output);
});

test('log-analysis.ts counts every line', () => {
  const output = run('log-analysis.ts', '50000');
  assert.match(output, /^Every figure is that of a plain loop\.$/m);
  const statuses = [...output.matchAll(/^[2-5]\d\d {2}(\d+)$/gm)].map(([, n]) => Number(n));
  assert.equal(
    statuses.reduce((a, b) => a + b, 0),
    50_000,
  );
  assert.equal([...output.matchAll(/ p50 \d+ ms, p95 \d+ ms, p99 \d+ ms$/gm)].length, 5);
});

test('every example is run, and the README names it', () => {
  const files = readdirSync('examples');
  assert.deepEqual(files, [...Object.keys(examples), ...own, ...others].sort());
  const readme = readFileSync('README.md', 'utf8');
  for (const name of [...Object.keys(examples), ...own]) assert.ok(readme.includes(`examples/${name}`), name);
});

function inFolder(fn: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sheaf-examples-'));
  try {
    fn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Its standard output, where all went well. */
function run(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = start(name, args);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}

/** As people start it: those with types by `sheaf run`. */
function start(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const before = name.endsWith('.ts') ? [cli, 'run'] : [];
  return spawnSync(process.execPath, [...before, join('examples', name), ...args], {
    encoding: 'utf8',
    timeout: 300_000,
    env: cleanEnvironment(env),
  });
}
