import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

// Each program compares its answers with those of a plain loop or of DuckDB, and ends with an error where they differ. What is looked for
// in its output is what only the comparison's own end prints, or figures of the data.
const examples: Readonly<Record<string, readonly RegExp[]>> = {
  'cities.mjs': [/^Europe +543 million in 62467 cities, London the largest$/m, /^The same as from a plain loop\.$/m],
  'flights.mjs': [/^1341 airports and months/m, /^All 5364 figures are DuckDB's\.$/m],
  'kmeans.mjs': [/^The points were made once and read from the cache in each pass/m],
  'pagerank.mjs': [/^ {2}ATL 18\.06$/m, /^Each pass read routes and ranks from the cache/m],
  'spam.mjs': [/^146 bodies are there more than once; 207 e-mails are copies\.$/m, /^Every list and every count/m],
  'words.mjs': [/^ {2}the {2}69971$/m, /^Every count and every list of texts is that of a plain loop\.$/m],
};
// Tested with the demo's own test, and by each that uses them.
const others = ['brown.mjs', 'checkpoint.mjs', 'demo.mjs', 'spam-assassin.mjs'];

for (const [name, expected] of Object.entries(examples)) {
  test(`${name} gets the answers that it compares with`, () => {
    const output = run(name);
    for (const line of expected) assert.match(output, line);
  });
}

test('checkpoint.mjs begins with what a run before has left', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sheaf-checkpoint-'));
  try {
    const first = run('checkpoint.mjs', folder);
    assert.match(first, /^Made what is in /);
    const second = run('checkpoint.mjs', folder);
    assert.equal(second, first.replace('Made', 'Began with'));
    assert.match(second, /los angeles/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every example is run, and the README names it', () => {
  const files = readdirSync('examples');
  assert.deepEqual(files, [...Object.keys(examples), ...others].sort());
  const readme = readFileSync('README.md', 'utf8');
  for (const name of Object.keys(examples)) assert.ok(readme.includes(`examples/${name}`), name);
});

function run(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join('examples', name), ...args], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}
