/**
 * The scheduler under seeded scenarios with a virtual clock: workers that die, straggle and join, cancels, time-outs, messages that are
 * late or lost. `SHEAF_SEED=7` runs seed 7 alone and prints its event log; `SHEAF_SEEDS=100000` runs that many seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Run, simulate } from './simulate.js';

const seeds = Number(process.env.SHEAF_SEEDS ?? 2000);
const only = process.env.SHEAF_SEED;

if (only !== undefined) {
  test(`seed ${only}`, () => {
    console.log(simulate(Number(only), (line) => console.log(line)));
  });
} else {
  test(`${seeds} seeds`, (context) => {
    const total: Record<string, number> = {};
    for (let seed = 0; seed < seeds; seed++) {
      const { steps, ends } = runSeed(seed);
      for (const [end, count] of Object.entries({ ...ends, steps })) total[end] = (total[end] ?? 0) + count;
    }
    context.diagnostic(JSON.stringify(total));
    // A simulation in which nothing goes wrong proves nothing.
    for (const end of ['done', 'cancelled', 'timeout', 'worker-lost', 'refused']) assert.ok(total[end]! > 0, end);
  });

  test('the same seed gives the same run', () => {
    for (let seed = 0; seed < seeds; seed += 40) assert.deepEqual(runSeed(seed), runSeed(seed));
  });
}

function runSeed(seed: number): Run {
  try {
    return simulate(seed);
  } catch (error) {
    const replay = `SHEAF_SEED=${seed} node --test ${fileURLToPath(import.meta.url)}`;
    throw new Error(`Seed ${seed} fails. For its event log: ${replay}\n${(error as Error).message}`, { cause: error });
  }
}
