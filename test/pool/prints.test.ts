import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from './script.js';

describe('what threads print is printed by the program', { timeout: 180_000 }, () => {
  // More than the listeners that Node takes for a leak.
  for (const workers of [1, 12]) {
    test(`of ${workers}: all of it, in each output, though the program ends at once`, async () => {
      const { code, signal, stdout, stderr } = await run('prints', [String(workers)]);
      const tasks = Array.from({ length: 4 * workers }, (_, i) => i);
      const sorted = (text: string): string[] => text.split('\n').slice(0, -1).sort();
      assert.deepEqual(sorted(stderr), tasks.map((i) => `err ${i}`).sort());
      assert.deepEqual(sorted(stdout), tasks.map((i) => `out ${i} ${'x'.repeat(i === 0 ? 400_000 : i)}`).sort());
      assert.deepEqual({ code, signal }, { code: 0, signal: null });
    });
  }
});
