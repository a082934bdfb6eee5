/** Rows that a loop takes one by one do not pile up in memory that the collector knows nothing of. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Dataset, local } from 'sheaf';

const engine = local({ workers: 1 });
after(() => engine.close());

/** How much shared memory the worker has made since it first ran this; counted by a stand-in for its class. */
function sharedSoFar(): number {
  const world = globalThis as typeof globalThis & { sharedMade?: number };
  if (world.sharedMade === undefined) {
    world.sharedMade = 0;
    world.SharedArrayBuffer = new Proxy(SharedArrayBuffer, {
      construct(target, args: [number]) {
        world.sharedMade!++;
        return new target(...args);
      },
    });
  }
  return world.sharedMade;
}

test('a loop over rows is given no shared memory, which is not weighed by the collector', async () => {
  const partitions = 20;
  const rows = Dataset.range(0, partitions, 1, { engine, partitions }).map(() => sharedSoFar());
  const made: number[] = [];
  for await (const count of rows) made.push(count);
  assert.deepEqual(made, new Array(partitions).fill(0));
  // The counter counts: what stages exchange is shared.
  await rows
    .map((count) => [count, 1] as const)
    .groupByKey()
    .count();
  assert.ok((await rows.collect()).some((count) => count > 0));
});
