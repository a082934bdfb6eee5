import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { childrenOf, hasProc, isRunning, run, start, until } from './script.js';

const posix = process.platform === 'win32' ? 'this system has no signals to send' : false;

/** As a terminal does: to the program and all that it has started. */
function interrupt(pid: number, signal: NodeJS.Signals): void {
  process.kill(-pid, signal);
}

describe('signals are the program’s own', { timeout: 180_000, skip: posix }, () => {
  for (const kind of ['threads', 'processes'] as const) {
    test(`${kind}: Sheaf listens to none`, async () => {
      assert.deepEqual(await run('signals', [kind, 'listeners']), {
        code: 0,
        signal: null,
        stdout: 'true\n',
        stderr: '',
      });
    });

    test(`${kind}: the program’s handlers get each signal once, and its work goes on`, async () => {
      const program = start('signals', [kind, 'handlers']);
      await program.line('ready');
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(program.pid, signal);
      const ended = await program.ended;
      assert.deepEqual(ended, {
        code: 0,
        signal: null,
        stdout: 'ready\n["SIGHUP","SIGINT","SIGTERM"]\n[1,2]\n',
        stderr: '',
      });
    });

    test(`${kind}: an interrupt from a terminal reaches the workers too, and a program that closes its pool loses nothing`, async () => {
      const program = start('signals', [kind, 'closes'], { detached: true });
      await program.line('ready');
      interrupt(program.pid, 'SIGINT');
      const ended = await program.ended;
      assert.deepEqual(ended, { code: 7, signal: null, stdout: 'ready\n[1,2,3,4]\n', stderr: '' });
    });

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      test(`${kind}: ${signal} ends a program without handlers, and leaves nothing`, async () => {
        const scratch = mkdtempSync(join(tmpdir(), 'sheaf-test-'));
        const program = start('signals', [kind, 'loops'], { detached: true, env: { TMPDIR: scratch } });
        await program.line('looping 1');
        await program.line('looping 2');
        const workers = hasProc ? childrenOf(program.pid) : [];
        assert.equal(workers.length, kind === 'processes' && hasProc ? 2 : 0);
        interrupt(program.pid, signal);
        const ended = await program.ended;
        assert.equal(ended.signal, signal);
        await until(
          () => !workers.some(isRunning),
          () => `processes ${workers.filter(isRunning)} are still there`,
        );
        assert.deepEqual(readdirSync(scratch), []);
        rmdirSync(scratch);
      });
    }
  }
});
