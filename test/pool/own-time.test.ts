/** Programs, and tests of them, put timers of their own in the place of Node's: what a pool waits for comes all the same. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds } from './engines.js';
import { run } from './script.js';

describe('a program whose timers never ring has its answers from a pool', { timeout: 240_000 }, () => {
  for (const kind of kinds) {
    test(kind, async () => {
      const { code, stdout, stderr } = await run('own-time', [kind]);
      const late = kind === 'inline' ? [] : ['"TimeoutError"'];
      assert.deepEqual(stdout.trimEnd().split('\n'), ['[2,3]', '4', '"no 1"', ...late, '"closed"'], stderr);
      assert.equal(code, 0);
    });
  }
});
