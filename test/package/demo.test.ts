import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('the demo gets the same answers from the pool as from the loop, and words from a dataset', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['examples/demo.mjs'], {
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, CI: '' },
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /plain loop {2}[\d.]+ s\npool\.map {4}[\d.]+ s/);
  assert.match(
    stdout,
    /The same 500 answers, [\d.]+ times as fast\.\nOf the 440 texts that no sample is made of, 135 are/,
  );
  assert.match(stdout, /^ {2}adventure {8}marine, valley$/m);
  assert.match(stdout, /^ {2}news {13}yesterday, jury, chairman, library$/m);
});
