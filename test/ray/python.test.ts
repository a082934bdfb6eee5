/** The Python side by itself: its tests, which need no Ray, and its lint. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const sources = resolve('src/engine/ray/python');
const tests = resolve('test/ray/python');
const isRequired = process.env.SHEAF_TEST_RAY === 'required';
const rules = ['check', '--isolated', '--no-cache', '--target-version=py310', '--line-length=140'];
const select = '--select=E,F,W,I,B,UP,ANN,RUF,SIM,PIE';
/** Any of all is what Ray's own types come to, and names of modules that only a worker has are looked up there. */
const ignore = '--ignore=ANN401';

const hasPython =
  spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))'], { timeout: 30_000 }).status === 0;

test('its own tests pass', { skip: !hasPython && !isRequired && 'there is no python3 of 3.10 or later' }, () => {
  const { status, stderr } = spawnSync('python3', ['-B', '-m', 'unittest', 'discover', '-s', tests], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, SHEAF_PYTHON_SOURCES: sources },
  });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /Ran \d\d tests/);
});

test("it uses Ray's public interface only, and reads nothing that was pickled", () => {
  for (const name of readdirSync(sources).filter((one) => one.endsWith('.py'))) {
    const text = readFileSync(join(sources, name), 'utf8');
    assert.doesNotMatch(text, /\bray\._(?!_version__)|\bray\.internal|\b_private\b|_raylet/, name);
    assert.doesNotMatch(text, /pickle\.(loads?|dumps?|Unpickler|Pickler)/, name);
  }
});

test('its lint finds nothing', { skip: !isRequired && !hasPython && 'there is no python3' }, (t) => {
  const install = spawnSync(process.execPath, ['scripts/ray-python.mjs', '--lint'], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (install.status !== 0 && !isRequired) return t.skip(install.stderr.trim());
  assert.equal(install.status, 0, install.stderr);
  const ruff = join(dirname(install.stdout.trim()), 'ruff');
  assert.ok(existsSync(ruff));
  for (const args of [
    [...rules, select, ignore],
    ['format', '--isolated', '--no-cache', '--line-length=120', '--check'],
  ]) {
    const { status, stdout, stderr } = spawnSync(ruff, [...args, sources, tests], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(status, 0, stdout + stderr);
  }
});
