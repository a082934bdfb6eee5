/** What pools cost while nothing is to be done, and afterwards. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needsProc, run } from './script.js';

interface Memory {
  readonly heapMb: number;
  readonly rssMb: number;
}

async function told<T>(what: string, kind: string): Promise<T> {
  const { code, stdout, stderr } = await run('rest', [what, kind], { boundMs: 240_000, nodeArgs: ['--expose-gc'] });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

/** Room for what the collector and the allocator leave lying around: one more piece of a hundred each would be more. */
function assertFlat({ first, last }: { first: Memory; last: Memory }, heapMb: number, rssMb: number): void {
  assert.ok(last.heapMb <= first.heapMb + heapMb, `heap: ${first.heapMb} MB, then ${last.heapMb} MB`);
  assert.ok(last.rssMb <= first.rssMb + rssMb, `memory: ${first.rssMb} MB, then ${last.rssMb} MB`);
}

describe('pools at rest', { timeout: 900_000 }, () => {
  for (const kind of ['threads', 'processes']) {
    test(`do nothing: no thread of the program or its workers wakes up (${kind})`, { skip: needsProc }, async (t) => {
      const wakes = await told<number>('idle', kind);
      t.diagnostic(`${wakes} in a second`);
      // The program's own timer, and a thread of V8 or two.
      assert.ok(wakes <= 5, `${wakes} in a second`);
    });
  }

  test('leave memory as it is, when a hundred are opened and closed', async (t) => {
    const memory = await told<{ first: Memory; last: Memory }>('pools', 'threads');
    t.diagnostic(JSON.stringify(memory));
    assertFlat(memory, 10, 150);
  });

  test('hold no shared buffer of a job that is over: done, failed, or left', async () => {
    const { made, held } = await told<{ made: number; held: number }>('buffers', 'threads');
    assert.ok(made > 0);
    assert.equal(held, 0, `${held} of ${made} are held`);
  });
});
