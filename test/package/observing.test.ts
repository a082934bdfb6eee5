import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { cleanEnvironment, Folder } from '../cli/command.js';

const page = readFileSync('docs/observing.md', 'utf8');
const folder = new Folder();
after(() => folder.remove());

// `await using` is of later versions: what it stands for is the same.
const older = (code: string): string => code.replace(/await using/g, 'const');

for (const [i, [, code = '']] of [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].entries()) {
  test(`example ${i + 1} of docs/observing.md prints what it says`, () => {
    const name = `example-${i}.mjs`;
    folder.file(name, older(code));
    const { status, stdout, stderr } = spawnSync(process.execPath, [name], {
      cwd: folder.path,
      encoding: 'utf8',
      timeout: 60_000,
      env: cleanEnvironment(),
    });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    const expected = [...code.matchAll(/^\/\/ (.*)$|^console\.log\(.*\); \/\/ (.*)$/gm)].map(
      ([, alone, behind]) => alone ?? behind,
    );
    assert.deepEqual(stdout.trimEnd().split('\n'), expected);
  });
}

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
