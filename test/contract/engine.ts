/**
 * The contract suite: what a pool promises on every engine, written once, through the public interface only. An engine's own test
 * file names it, says how to make it, and declares where it honestly differs; those cases are skipped with that reason.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { type Engine, Pool, type PoolOptions } from 'sheaf';
import { aloneCases } from './cases/alone.js';
import { cancelCases } from './cases/cancel.js';
import { errorCases } from './cases/errors.js';
import { growingCases } from './cases/growing.js';
import { iterationCases } from './cases/iteration.js';
import { jobCases } from './cases/job.js';
import { keepingTimeCases } from './cases/keeping-time.js';
import { largeCases } from './cases/large.js';
import { latenessCases } from './cases/lateness.js';
import { lifecycleCases } from './cases/lifecycle.js';
import { lossCases } from './cases/loss.js';
import { mapCases } from './cases/map.js';
import { optionCases } from './cases/options.js';
import { retryCases } from './cases/retries.js';
import { runCases } from './cases/run.js';
import { timeoutCases } from './cases/timeouts.js';
import { valueCases } from './cases/values.js';
import { workerCases } from './cases/workers.js';
import type { EngineOptions, EngineTraits, Subject } from './subject.js';

/** How long one case may take, on a busy machine. */
const timeout = 60_000;

/**
 * Runs every case on an engine.
 *
 * @param make gives the options of a pool that runs on it, or the engine itself; a new one at each call
 * @param only these groups of cases; all by default
 */
export function testEngine(
  name: string,
  make: (options: EngineOptions) => PoolOptions | Engine,
  traits: EngineTraits,
  only?: readonly string[],
): void {
  describe(name, { timeout: 20 * timeout }, () => {
    const scratch = mkdtempSync(join(tmpdir(), 'sheaf-test-'));
    after(() => rmSync(scratch, { recursive: true, force: true }));
    let paths = 0;
    const subject: Subject = {
      traits,
      open: ({ setup, allocation, ...options } = {}) => {
        const made = make(options);
        return new Pool({ ...(isEngine(made) ? { engine: made } : made), setup, allocation });
      },
      engine: () => {
        const made = make({});
        return isEngine(made) ? made : made.engine;
      },
      path: () => join(scratch, `${paths++}`),
    };
    const groups = {
      map: mapCases,
      'map options': optionCases,
      job: jobCases,
      iteration: iterationCases,
      run: runCases,
      'single calls': aloneCases,
      lateness: latenessCases,
      'keeping time': keepingTimeCases,
      values: valueCases,
      errors: errorCases,
      retries: retryCases,
      large: largeCases,
      growing: growingCases,
      'time-outs': timeoutCases,
      cancelling: cancelCases,
      workers: workerCases,
      'lost workers': lossCases,
      'open and closed': lifecycleCases,
    };
    for (const [group, cases] of Object.entries(groups))
      if (only?.includes(group) !== false) describe(group, { timeout: 4 * timeout }, () => cases(subject));
  });
}

function isEngine(made: PoolOptions | Engine): made is Engine {
  return 'submit' in made;
}
