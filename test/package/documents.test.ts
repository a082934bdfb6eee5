import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

for (const [document, least] of [
  ['README.md', 5],
  ['docs/dataset.md', 8],
] as const) {
  const examples = [...readFileSync(document, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
  test(`${document} has examples`, () => {
    assert.ok(examples.length >= least);
  });
  for (const [i, code] of examples.entries()) {
    test(`example ${i + 1} of ${document} prints what it says`, () => printsWhatItSays(code));
  }
}

/** Runs it with the project as its folder. */
function printsWhatItSays(code: string): void {
  // In the project, so that it finds the library by its name.
  const folder = mkdtempSync(join('build', 'readme-'));
  try {
    writeFileSync(join(folder, 'example.mjs'), code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'example.mjs')], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.deepEqual(stdout.trimEnd().split('\n'), expectedOutput(code));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Comments after `console.log(…);`, and lines that are nothing but a comment. */
function expectedOutput(code: string): string[] {
  return code.split('\n').flatMap((line) => {
    const [, expected] = /console\.log\(.*\); \/\/ (.*)$/.exec(line) ?? /^\/\/ (.*)$/.exec(line) ?? [];
    return expected === undefined ? [] : [expected];
  });
}
