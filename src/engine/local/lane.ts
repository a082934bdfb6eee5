import type { JobSpec, QuickCall } from '../engine.js';
import type { WorkerHandle } from './worker-handle.js';

/**
 * The way of single calls of a job to a worker: found once, it is taken again as long as nothing else happens. One call at a time is on it, and
 * is no task so far.
 */
export interface Lane {
  readonly worker: WorkerHandle;
  readonly job: JobSpec;
  /** The job's number with the worker. */
  readonly number: number;
  call: QuickCall | undefined;
  /** The call's number, as of a task. */
  id: number;
  claim: number;
}
