import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('right uses compile and wrong ones do not', () => {
  // Every line that must not compile stands under `@ts-expect-error`, which is an error itself where the line compiles.
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'test/types'],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(stdout + stderr, '');
});
