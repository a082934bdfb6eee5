import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { Folder } from '../cli/command.js';

const page = readFileSync('docs/observing.md', 'utf8');
const folder = new Folder();
after(() => folder.remove());

test('the options it lists are those that there are', () => {
  const { stdout } = folder.sheaf(['run', '--help']);
  for (const option of ['--engine', '--workers', '--isolation', '--memory', '--progress', '--dashboard', '--events']) {
    assert.ok(stdout.includes(option), option);
    assert.ok(page.includes(`\`${option}`), option);
  }
});

test('the kinds of events it lists are those that there are', () => {
  const kinds = [...readFileSync('src/observe/events.ts', 'utf8').matchAll(/readonly kind: '([a-z-]+)'/g)].map(
    ([, kind]) => kind!,
  );
  assert.deepEqual(
    kinds.filter((kind) => !page.includes(`\`${kind}\``)),
    [],
  );
});
