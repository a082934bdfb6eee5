/**
 * A map from its input to its results, over the scheduler and simulated workers, in virtual time. `SHEAF_SEED=7` runs seed 7 alone and
 * prints its event log; `SHEAF_SEEDS=10000` runs that many seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type MapRunEnds, simulateMap } from './simulate-map.js';

const seeds = Number(process.env.SHEAF_SEEDS ?? 2000);
const only = process.env.SHEAF_SEED;

if (only !== undefined) {
  test(`seed ${only}`, async () => {
    console.log(await simulateMap(Number(only), (line) => console.log(line)));
  });
} else {
  test(`${seeds} seeds`, async (context) => {
    const total: Record<string, number> = {};
    for (let seed = 0; seed < seeds; seed++) {
      for (const [end, count] of Object.entries(await runSeed(seed))) total[end] = (total[end] ?? 0) + count;
    }
    context.diagnostic(JSON.stringify(total));
    // A simulation in which nothing goes wrong proves nothing.
    for (const end of ['done', 'all done', 'CancelledError', 'WorkerLostError', 'TimeoutError', 'RangeError']) {
      assert.ok(total[end]! > 0, end);
    }
  });
}

async function runSeed(seed: number): Promise<MapRunEnds> {
  try {
    return await simulateMap(seed);
  } catch (error) {
    const replay = `SHEAF_SEED=${seed} node --test ${fileURLToPath(import.meta.url)}`;
    throw new Error(`Seed ${seed} fails. For its event log: ${replay}\n${(error as Error).message}`, { cause: error });
  }
}
