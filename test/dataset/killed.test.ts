/** A program that is killed while it writes: what is there under its final name is whole, and the next run does the work. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openGate, until } from '../contract/gates.js';
import { run, start } from '../pool/script.js';

const isHidden = (path: string): boolean => path.split('/').some((name) => name.startsWith('.'));

for (const isolation of ['thread', 'process']) {
  for (const before of ['no folder', 'an earlier write']) {
    test(`kill -9 while ${isolation === 'thread' ? 'threads' : 'processes'} write where there is ${before}`, async () => {
      const root = mkdtempSync(join(tmpdir(), 'sheaf-killed-'));
      const target = join(root, 'out');
      const names = (): string[] => readdirSync(root, { recursive: true, encoding: 'utf8' });
      const rows = (): string[] =>
        existsSync(target)
          ? readdirSync(target)
              .filter((name) => !name.startsWith('.'))
              .sort()
              .map((name) => readFileSync(join(target, name), 'utf8'))
          : [];
      const rowsOf = (word: string): string[] => Array.from({ length: 6 }, (_, i) => `${word} ${i}\n`);
      const open = join(root, '.open');
      openGate(open);
      if (before === 'an earlier write') await run('write', [target, open, isolation, 'early']);
      const expected = rows();
      assert.deepEqual(expected, before === 'an earlier write' ? rowsOf('early') : []);

      const killed = start('write', [target, join(root, '.shut'), isolation, 'killed']);
      await until(() => names().filter((name) => name.includes('/whole/')).length >= 3, 'some files to be whole');
      killed.child.kill('SIGKILL');
      await killed.ended;
      assert.deepEqual(rows(), expected);
      const visible = names().filter((name) => !isHidden(name));
      assert.equal(visible.length, before === 'an earlier write' ? 7 : 0, `${visible}`);

      assert.equal((await run('write', [target, open, isolation, 'second'])).stdout, '6\n');
      assert.deepEqual(rows(), rowsOf('second'));
      // And what the killed one left is gone.
      assert.deepEqual(names().filter(isHidden), ['.open']);
      rmSync(root, { recursive: true });
    });
  }
}
