/** A run in numbers, in the text format that Prometheus reads. */
import type { RunView } from '../observe/view.js';
import type { WorkerView } from '../observe/view-types.js';

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [labels: Labels, value: number];

/** All metrics. Names are stable; a release says when one changes. */
export function metricsOf(view: RunView): string {
  const { totals, jobs, workers, tasks } = view;
  const live = workers.filter((worker) => worker.ended === undefined && worker.worker >= 0);
  const running = [...jobs.values()].filter((job) => job.ended === undefined);
  const sent = [...tasks.values()].filter((task) => task.worker >= 0).length;
  return [
    metric('sheaf_jobs_started_total', 'counter', 'Jobs that have started.', [[{}, jobs.size]]),
    metric('sheaf_jobs_running', 'gauge', 'Jobs that go on.', [[{}, running.length]]),
    metric('sheaf_tasks_total', 'counter', 'Tasks that are over, by how they ended.', byOutcome(totals.tasks)),
    metric('sheaf_tasks_waiting', 'gauge', 'Tasks that wait for a worker.', [[{}, tasks.size - sent]]),
    metric('sheaf_tasks_at_workers', 'gauge', 'Tasks that a worker has.', [[{}, sent]]),
    metric('sheaf_task_seconds_total', 'counter', 'Time in which workers ran tasks.', [[{}, totals.busyMs / 1000]]),
    metric('sheaf_rows_done_total', 'counter', 'Rows that have succeeded.', [[{}, totals.rowsDone]]),
    metric('sheaf_rows_failed_total', 'counter', 'Rows that have failed for good.', [[{}, totals.rowsFailed]]),
    metric('sheaf_rows_retried_total', 'counter', 'Failures of rows that were tried again.', [[{}, totals.retries]]),
    metric('sheaf_workers', 'gauge', 'Workers that are up or starting.', [[{}, live.length]]),
    metric('sheaf_workers_lost_total', 'counter', 'Workers that ended without having been told to.', [
      [{}, totals.workersLost],
    ]),
    metric('sheaf_tasks_moved_total', 'counter', 'Tasks taken back for an idle worker.', [[{}, totals.moved]]),
    metric('sheaf_exchanged_rows_total', 'counter', 'Rows written to exchanges.', [[{}, totals.exchangedRows]]),
    metric('sheaf_exchanged_bytes_total', 'counter', 'Bytes written to exchanges.', [[{}, totals.exchangedBytes]]),
    metric('sheaf_spilled_bytes_total', 'counter', 'Bytes that went from memory to files.', [
      [{}, totals.spilledBytes],
    ]),
    metric('sheaf_partitions_recomputed_total', 'counter', 'Partitions that were made again.', [
      [{}, totals.recomputed],
    ]),
    metric('sheaf_worker_memory_bytes', 'gauge', 'Memory of a worker; -1 is the driver.', latest(workers, 'memory')),
    metric(
      'sheaf_worker_utilization',
      'gauge',
      'Share of the time in which its event loop was busy.',
      latest(workers, 'utilization'),
    ),
    metric(
      'sheaf_worker_event_loop_delay_seconds',
      'gauge',
      'How long a message waited for its event loop.',
      latest(workers, 'delayMs').map(([labels, ms]) => [labels, ms / 1000]),
    ),
  ].join('');
}

function byOutcome(tasks: Readonly<Record<string, number>>): Sample[] {
  const list = Object.entries(tasks).map(([outcome, n]): Sample => [{ outcome }, n]);
  return list.length === 0 ? [[{ outcome: 'done' }, 0]] : list;
}

function latest(workers: readonly WorkerView[], what: 'memory' | 'utilization' | 'delayMs'): Sample[] {
  return workers
    .filter((worker) => worker.ended === undefined && worker.measured.time.length > 0)
    .map(({ engine, worker, measured }) => [{ engine, worker }, measured[what].at(-1)!]);
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const list = Object.entries(labels).map(([key, text]) => `${key}="${String(text)}"`);
    return `${name}${list.length === 0 ? '' : `{${list.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
