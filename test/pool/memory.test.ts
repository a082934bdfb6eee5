import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from './script.js';

interface Streamed {
  readonly done: number;
  readonly sum: number;
  readonly seconds: number;
  readonly samples: readonly { readonly done: number; readonly heapMb: number; readonly rssMb: number }[];
}

/** Room for what a garbage collector, and an allocator, leave lying around. Ten million results, were they kept, would take more than either. */
const heapSlackMb = 50;
const slackMb = 250;

async function streams(count: number, kind: string, how: string): Promise<Streamed> {
  const { code, stdout, stderr } = await run('stream', [`${count}`, kind, how], {
    boundMs: 300_000,
    nodeArgs: ['--expose-gc'],
  });
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as Streamed;
  assert.equal(result.done, count);
  assert.equal(result.sum, (count * (count + 1)) / 2);
  const [first, ...rest] = result.samples;
  for (const { done, heapMb, rssMb } of rest) {
    assert.ok(
      heapMb <= first!.heapMb + heapSlackMb,
      `heap of ${heapMb} MB after ${done} items, ${first!.heapMb} MB at first`,
    );
    assert.ok(
      rssMb <= first!.rssMb + slackMb,
      `memory of ${rssMb} MB after ${done} items, ${first!.rssMb} MB at first`,
    );
  }
  return result;
}

describe('streams of any length take a bounded amount of memory', { timeout: 900_000 }, () => {
  test('10 million items', async (t) => {
    const { seconds, samples } = await streams(10_000_000, 'threads', 'sync');
    t.diagnostic(`${seconds.toFixed(1)} s; ${samples[0]?.rssMb} MB at first, ${samples.at(-1)?.rssMb} MB at last`);
  });

  test('a million of an async input, on processes', async (t) => {
    const { seconds } = await streams(1_000_000, 'processes', 'async');
    t.diagnostic(`${seconds.toFixed(1)} s`);
  });
});
