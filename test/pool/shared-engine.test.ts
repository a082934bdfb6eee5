import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, local, Pool } from 'sheaf';

/** A call that nothing ever answers, but that sees when it is cancelled. */
const endless = (isEndless: boolean): unknown => (isEndless ? new Promise(() => {}) : 1);

const bounded = { timeout: 60_000 };

test('terminate() of one pool ends its single call, and the worker is there for the other pool', bounded, async () => {
  const engine = local({ workers: 1, graceMs: 50 });
  const [one, two] = [new Pool({ engine }), new Pool({ engine })];
  assert.equal(await one.run(endless, [false]), 1);
  const stopped = assert.rejects(one.run(endless, [true]), CancelledError);
  await one.terminate();
  await stopped;
  assert.equal(await two.run((x: number) => x + 1, [1]), 2);
  await two.close();
});
