import type { CsvScan, CsvScanTask } from '../files/csv/scan.js';
import { stageFunction } from '../stage/portable.js';
import type { Look, Looked } from '../stage/spec.js';
import { runTasks, type TasksSpec } from './tasks.js';

/** Looks at ranges of CSV, on all workers. */
export async function lookAtCsv(
  of: Pick<TasksSpec<Look>, 'engine' | 'job' | 'caller' | 'signal' | 'timeoutMs'>,
  ranges: readonly CsvScanTask[],
): Promise<CsvScan[]> {
  const name = 'a first look at CSV';
  const fn = stageFunction({ name, look: 'csv' }, of.engine.sharesMemory);
  const seen: CsvScan[] = [];
  const tasks = ranges.map((task, place): Look => ({ place, task }));
  await runTasks<Look, Looked>({ ...of, stage: undefined, name, fn, tasks, words: () => name }, (looked) => {
    seen[looked.place] = looked.seen;
  }).over;
  return seen;
}
