import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Kind, kinds } from './engines.js';
import { run } from './script.js';

/** What each way of using a pool prints before the program ends by itself. */
const printed: Readonly<Record<string, readonly string[]>> = {
  'never used': [],
  'idle after map': ['[2,4,6]'],
  'idle after run': ['2'],
  closed: ['[2,4,6]', '"closed"'],
  terminated: ['"CancelledError"', '"terminated"'],
  'cancelled while it waits for ever': ['"CancelledError"'],
  'terminated while it asks its signal': ['"CancelledError"', '"terminated"'],
  'pending map': ['[2,3]'],
  'pending run': ['2'],
  'pending stream': ['2', '3'],
  'pending settled': ['[{"status":"fulfilled","value":2}]'],
  'pending retry': ['"failed on 1 1"'],
  'pending close': ['[2,3]', '"closed"'],
  'left stream': ['"left"'],
  'never awaited': [],
  'after work that was refused at once': ['"ValueError"'],
  'two pools': ['[[1],[2]]'],
};

/** Those that only workers apart from the program can do. */
const apart: Readonly<Record<string, readonly string[]>> = {
  'after a lost worker': ['["rejected","fulfilled"]'],
  'after a time-out': ['"TimeoutError"'],
};

describe('a program that uses a pool ends when it has nothing more to do, and not before', { timeout: 300_000 }, () => {
  for (const kind of kinds) {
    for (const [how, lines] of Object.entries(kind === 'inline' ? printed : { ...printed, ...apart })) {
      test(`${kind}: ${how}`, async () => ends(how, lines, kind));
    }
  }

  const topLevel = { 'top-level map': ['[2,4,6]'], 'top-level run': ['2'], 'top-level pending': ['6', '[2,3]'] };
  for (const [how, lines] of Object.entries(topLevel)) test(how, async () => ends(how, lines));
});

async function ends(how: string, lines: readonly string[], kind?: Kind): Promise<void> {
  const { code, signal, stdout, stderr } = await run('ends', kind === undefined ? [how] : [how, kind]);
  // Two jobs at once may be done in either order.
  assert.deepEqual(stdout.split('\n').slice(0, -1).sort(), [...lines].sort(), stderr);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
}

describe('a program that is ended ends, whatever its pools do', { timeout: 120_000 }, () => {
  for (const kind of ['threads', 'processes'] as const) {
    test(`${kind}: process.exit()`, async () => {
      const { code, stdout } = await run('ends', ['process.exit with work pending', kind]);
      assert.deepEqual({ code, stdout }, { code: 0, stdout: '"exits"\n' });
    });

    test(`${kind}: an uncaught error`, async () => {
      const { code, stdout, stderr } = await run('ends', ['uncaught error with work pending', kind]);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
      assert.match(stderr, /Error: uncaught/);
    });
  }
});
