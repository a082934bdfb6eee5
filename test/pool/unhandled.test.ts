import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from './script.js';

describe('an error that nobody looks at is an unhandled rejection', { timeout: 120_000 }, () => {
  for (const how of ['map', 'run', 'top-level map', 'top-level run', 'input that throws', 'with one handler']) {
    test(how, async () => {
      const alone = await run('unhandled', [how]);
      assert.equal(alone.code, 1);
      assert.match(alone.stderr, /RangeError: nobody looks/);
      assert.match(alone.stderr, /scripts\/unhandled\.[jt]s:\d+/, 'with the place');
      const listened = await run('unhandled', [how, 'listen']);
      assert.deepEqual(listened, { code: 0, signal: null, stdout: 'unhandled nobody looks\n', stderr: '' });
    });
  }
});

describe('of a function that is refused, Node prints the line with the call', { timeout: 120_000 }, () => {
  for (const how of ['map', 'run', 'top-level map', 'top-level run', 'setup', 'operator', 'action', 'source']) {
    test(how, async () => {
      const { code, stderr } = await run('unhandled', [`refused ${how}`]);
      assert.equal(code, 1);
      const [place, line] = stderr.split('\n');
      assert.match(place!, /scripts\/unhandled\.[jt]s:\d+$/);
      assert.match(line!, new RegExp(`refused ${how}.: \\(\\) => `), stderr);
      const [, first] = /CaptureError: .*\n +at (.*)/.exec(stderr) ?? [];
      assert.match(first ?? '', /scripts\/unhandled\.[jt]s:\d+:\d+/, stderr);
    });
  }
});

describe('one that somebody looks at is not', { timeout: 120_000 }, () => {
  for (const how of ['caught', 'settled', 'caught late', 'iterated', 'iterator left', 'cancelled by hand']) {
    test(how, async () => {
      const ended = await run('unhandled', [how]);
      assert.deepEqual(ended, { code: 0, signal: null, stdout: 'seen\n', stderr: '' });
    });
  }

  test('settled items are outcomes', async () => {
    const ended = await run('unhandled', ['settled item']);
    assert.deepEqual(ended, { code: 0, signal: null, stdout: '', stderr: '' });
  });
});
