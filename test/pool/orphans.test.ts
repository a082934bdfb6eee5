import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { childrenOf, isRunning, needsProc, start, until } from './script.js';

describe('worker processes end by themselves when the program is gone', { timeout: 180_000, skip: needsProc }, () => {
  for (const what of ['idle', 'wait', 'loop']) {
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
      test(`${what}, ${signal}`, async () => {
        const program = start('orphans', [what]);
        await program.line('pids ');
        await program.line('looping 1');
        await program.line('looping 2');
        const workers = childrenOf(program.pid);
        assert.equal(workers.length, 2);
        process.kill(program.pid, signal);
        const ended = await program.ended;
        assert.equal(ended.signal, signal);
        await until(
          () => !workers.some(isRunning),
          () => `processes ${workers.filter(isRunning)} are still there`,
        );
      });
    }
  }
});
