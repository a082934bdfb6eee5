import { CancelledError } from '../errors.js';
import { eventError, type Told } from '../observe/events.js';
import type { MapRun } from './map.js';

/** The event that says how a job ended. */
export function jobEnded(
  job: number,
  failure: { readonly error: unknown } | undefined,
  rows: { readonly done: number; readonly failed: number },
): Told {
  const { done, failed } = rows;
  if (failure === undefined) return { kind: 'job-ended', job, outcome: 'done', done, failed };
  const { error } = failure;
  const outcome = error instanceof CancelledError ? 'cancelled' : 'failed';
  return { kind: 'job-ended', job, outcome, done, failed, cause: eventError(error) };
}

export function mapStarted({ spec, total }: MapRun): Told {
  return {
    kind: 'job-started',
    job: spec.job.id,
    label: spec.label,
    of: 'map',
    ...(total === undefined ? {} : { total }),
  };
}

export function mapEnded(
  { spec }: MapRun,
  done: number,
  failed: number,
  failure: { readonly error: unknown } | undefined,
): Told {
  return jobEnded(spec.job.id, failure, { done, failed });
}
