/** Spans of jobs, stages and attempts: see `observe/tracing.ts`. */
import type { JobSpec, Task, TaskEnd } from '../engine/engine.js';
import { startTrace, type Trace } from '../observe/tracing.js';

/** Reason of a job's signal when it has gone well. */
export const wentWell = 'done';

/** The span of a job, or of a stage of one, which ends with it. */
export function jobTrace(job: JobSpec, label: string): () => Trace | undefined {
  const isStage = job.stage !== undefined;
  const trace = startTrace(`${isStage ? 'stage' : 'map'} ${label}`, {
    'sheaf.job': job.id,
    'sheaf.label': label,
    ...(job.stage === undefined ? {} : { 'sheaf.stage': job.stage }),
  });
  if (trace !== undefined) {
    const end = (): void => trace.end({}, job.signal.reason === wentWell ? undefined : { error: job.signal.reason });
    job.signal.addEventListener('abort', end, { once: true });
  }
  return () => trace;
}

export function attemptAttributes({ id, rows, attempt, firstIndex }: Task): Record<string, number> {
  return { 'sheaf.task': id, 'sheaf.rows': rows, 'sheaf.attempt': attempt, 'sheaf.index': firstIndex };
}

export function endAttempt(attempt: Trace, end: TaskEnd): void {
  const worker = 'stats' in end ? end.stats.worker : 'worker' in end ? end.worker : -1;
  const isWell = end.kind === 'done' && end.failures.length === 0;
  attempt.end(
    { 'sheaf.worker': worker, 'sheaf.outcome': end.kind },
    isWell ? undefined : { error: end.kind === 'done' ? 'rows have failed' : end.kind },
  );
}
