/** Where no cluster can be started, its tests say why they are skipped; where they must not be, they fail. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** A test file of a cluster, on a machine without `unshare`. */
function outcome(required: string | undefined): readonly [status: number | null, said: string] {
  const { NODE_TEST_CONTEXT, SHEAF_TEST_NAMESPACE, SHEAF_TEST_RAY, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--test-reporter=tap', fileURLToPath(new URL('./tls.test.js', import.meta.url))],
    { encoding: 'utf8', timeout: 60_000, env: { ...env, PATH: '', ...(required && { SHEAF_TEST_RAY: required }) } },
  );
  return [status, stdout + stderr];
}

test('skipped with a reason, unless they must not be', () => {
  const [status, said] = outcome(undefined);
  assert.equal(status, 0, said);
  assert.match(said, /ok 1 - a cluster that talks TLS # SKIP no namespace can be made here/);
  const [code, why] = outcome('required');
  assert.notEqual(code, 0);
  assert.match(why, /must not be skipped here: no namespace can be made here/);
});
