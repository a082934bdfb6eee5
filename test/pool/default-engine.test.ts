import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from './script.js';

/** Lines that the script prints with `SHEAF_ENGINE` set so. The last is of a pool that names its engine. */
async function linesWith(engine: string | undefined): Promise<string[]> {
  const { code, stdout, stderr } = await run('default-engine', [], { env: { SHEAF_ENGINE: engine } });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout.split('\n').slice(0, -1);
}

describe('SHEAF_ENGINE', { timeout: 60_000 }, () => {
  const thread = 'thread of this process';
  const nested = '1 nested';
  for (const name of [undefined, '', 'local']) {
    test(`${name === undefined ? 'not set' : `'${name}'`}: threads of this machine`, async () => {
      assert.deepEqual(await linesWith(name), [thread, thread, thread, nested, thread, thread]);
    });
  }

  test('inline: the calling thread', async () => {
    const here = 'main thread of this process';
    assert.deepEqual(await linesWith('inline'), [here, here, here, nested, here, thread]);
  });

  test('one that there is not: an EngineError that names it', async () => {
    for (const name of ['nonsense', 'LOCAL', 'local:2']) {
      const lines = await linesWith(name);
      for (const line of lines.slice(0, 5))
        assert.match(line, new RegExp(`^EngineError: .*SHEAF_ENGINE=${name}.*local`));
      assert.equal(lines[5], thread);
    }
  });

  test('ray: what keeps it from starting is an EngineError that says what to do', async () => {
    const [line] = await linesWith('ray:ray://head:10001');
    assert.match(line ?? '', /^EngineError: SHEAF_ENGINE=ray:ray:.*host:6379.*local/);
    const { stdout } = await run('default-engine', [], {
      env: { SHEAF_ENGINE: 'ray', SHEAF_PYTHON: './no-such-python' },
    });
    assert.match(stdout, /^EngineError: Python could not be started .*SHEAF_PYTHON/);
  });
});
