import { describeExit, EngineError, type WorkerExit } from '../../errors.js';
import { endsRowsAlone } from '../../worker/ends-alone.js';
import type { WorkerEnd } from '../../worker/protocol.js';
import type { RowFailure, TaskEnd } from '../engine.js';
import type { Entry } from './entry.js';

/** What a worker's word means for the one who submitted the task, where it may have been asked to stop. */
export function taskEndOf(entry: Entry, end: WorkerEnd, worker: number): TaskEnd {
  // However it ended after it was asked to stop: it is what it was asked for.
  if (entry.interrupted === 'cancelled') return { kind: 'cancelled' };
  if (entry.interrupted === 'timeout' && entry.late === undefined) return { kind: 'timed-out', row: entry.row, worker };
  const said = saidEnd(end, worker);
  return said.kind === 'done' ? { ...said, failures: withLate(entry, said.failures) } : said;
}

/** Says of rows that failed which were late. */
export function withLate({ late }: Entry, failures: readonly RowFailure[]): readonly RowFailure[] {
  return late === undefined ? failures : failures.map((failure) => ({ ...failure, late: late.has(failure.row) }));
}

/** A task was interrupted: the row that alone is to end, where the others go on. */
export function lateRow(entry: Entry): number | undefined {
  const { job, onError } = entry.task;
  const { concurrency, timeoutMs } = job;
  if (entry.interrupted !== 'timeout') return undefined;
  if (!endsRowsAlone({ job: { concurrency, timed: timeoutMs !== undefined }, onError })) return undefined;
  entry.late ??= new Set();
  entry.late.add(entry.row);
  return entry.row;
}

/** What its worker tells of a task still counts. */
export function goesOn(entry: Entry): boolean {
  return entry.interrupted === undefined || (entry.interrupted === 'timeout' && entry.late !== undefined);
}

/** A worker's word as it is. */
export function saidEnd(end: WorkerEnd, worker: number): TaskEnd {
  switch (end.kind) {
    case 'done':
      return { kind: 'done', output: end.output, failures: end.failures, stats: { worker, runUs: end.runUs } };
    case 'threw': {
      const failure = { row: end.row, thrown: end.thrown };
      return { kind: 'threw', output: end.output, failure, stats: { worker, runUs: end.runUs } };
    }
    case 'unprepared':
      return { kind: 'unprepared', thrown: end.thrown, worker };
    case 'dropped':
      return { kind: 'cancelled' };
  }
}

/** How a task is over of which the scheduler says so, not its worker. */
export function reportedEnd(entry: Entry, end: 'cancelled' | 'worker-lost' | 'timed-out'): TaskEnd {
  const { worker } = entry;
  if (end === 'cancelled') return { kind: 'cancelled' };
  if (end === 'timed-out') return { kind: 'timed-out', row: entry.row, worker: worker?.id ?? -1 };
  const exit = worker?.exit ?? { how: 'exited' };
  return { kind: 'worker-lost', blame: worker?.blame(entry) ?? 'none', exit, worker: worker?.id ?? -1 };
}

/** The error for work whose workers do not start. */
export function failureOf(exit: WorkerExit): EngineError {
  return new EngineError(`Workers do not start: ${describeExit(exit)}. Check resourceLimits, memory and NODE_OPTIONS.`);
}
