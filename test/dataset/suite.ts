/**
 * The contract suite of datasets: what every operator and action gives, on every engine, with rows exchanged in memory, by files, and with
 * hardly any memory, compared with plain arrays.
 */
import { after, before, describe } from 'node:test';
import type { Engine, LocalOptions } from 'sheaf';
import { actionCases } from './cases/actions.js';
import { errorCases } from './cases/errors.js';
import { joinCases } from './cases/joins.js';
import { keyedCases } from './cases/keyed.js';
import { narrowCases } from './cases/narrow.js';
import { planCases } from './cases/plans.js';
import { sortCases } from './cases/sorts.js';
import { spillCases } from './cases/spills.js';
import { valueCases } from './cases/values.js';

export type EngineOptions = Pick<LocalOptions, 'workers' | 'memory' | 'exchange' | 'scratch'>;

/** What the cases know of the engine they run on. */
export interface Subject {
  /** Its rows go through memory. */
  readonly plain: Engine;
  /** Its rows go through files. */
  readonly file: Engine;
  /** Both, in turn. */
  readonly engines: readonly Engine[];
  /** A new engine, which the case closes. */
  open(options?: EngineOptions): Engine;
  /** `false`, or the reason why a task cannot be ended. */
  readonly interrupts: false | string;
  /** How many runs of a property are worth their time. */
  readonly runs: number;
}

const timeout = 120_000;

export function testDataset(
  name: string,
  make: (options: EngineOptions) => Engine,
  { runs, interrupts = false }: { runs: number; interrupts?: string | false },
): void {
  describe(`datasets on ${name}`, { timeout: 8 * timeout }, () => {
    let plain: Engine;
    let file: Engine;
    const subject: Subject = {
      get plain() {
        return plain;
      },
      get file() {
        return file;
      },
      get engines() {
        return [plain, file];
      },
      open: (options = {}) => make(options),
      interrupts,
      runs,
    };
    before(() => {
      plain = make({ workers: 2 });
      file = make({ workers: 2, exchange: 'file' });
    });
    after(async () => {
      await Promise.all([plain.close(), file.close()]);
    });
    const groups = {
      'narrow operators': narrowCases,
      'operators by key': keyedCases,
      joins: joinCases,
      sorts: sortCases,
      actions: actionCases,
      'plans at random': planCases,
      values: valueCases,
      'hardly any memory': spillCases,
      errors: errorCases,
    };
    for (const [group, cases] of Object.entries(groups)) describe(group, { timeout }, () => cases(subject));
  });
}
