/** What a view says in words and numbers of its own: rates, times left, and why a task waits. */
import type { RunView } from './view.js';
import type { JobView, TaskView } from './view-types.js';

/** Rows finished a second, of late while it goes on, over all its time when it has ended. */
export function rateOf(job: JobView, now: number): number {
  const finished = job.done + job.failed;
  if (job.ended !== undefined) return (finished * 1000) / Math.max(1, job.ended - job.started);
  const [time, count] = job.samples[0]!;
  return now <= time ? 0 : Math.max(0, ((finished - count) * 1000) / (now - time));
}

/** ms that are left, if it goes on like that; `undefined` where nobody can say. */
export function leftOf(job: JobView, now: number): number | undefined {
  const total = job.total ?? partitionsOf(job)?.all;
  const finished = job.total === undefined ? partitionsOf(job)?.done : job.done + job.failed;
  if (total === undefined || finished === undefined || job.ended !== undefined) return undefined;
  if (job.total !== undefined) {
    const rate = rateOf(job, now);
    return rate === 0 ? undefined : ((total - finished) / rate) * 1000;
  }
  return finished === 0 ? undefined : ((now - job.started) / finished) * (total - finished);
}

/** Share of a job that is done, 0 to 1; `undefined` where its length is not known. */
export function shareOf(job: JobView): number | undefined {
  if (job.outcome === 'done') return 1;
  if (job.total !== undefined) return job.total === 0 ? 1 : Math.min(1, (job.done + job.failed) / job.total);
  const partitions = partitionsOf(job);
  return partitions === undefined || partitions.all === 0 ? undefined : partitions.done / partitions.all;
}

/** Partitions of all its stages so far; `undefined` where it has none. */
export function partitionsOf({ stages }: JobView): { done: number; all: number } | undefined {
  if (stages.length === 0) return undefined;
  return stages.reduce(
    ({ done, all }, stage) => ({
      done: done + (stage.ended === undefined ? Math.min(stage.done, stage.partitions) : stage.partitions),
      all: all + stage.partitions,
    }),
    { done: 0, all: 0 },
  );
}

/** What a task under way does, or what it waits for. */
export function whyWaits(view: RunView, task: TaskView): string {
  const engine = view.engines.get(task.engine);
  if (task.worker >= 0) {
    const worker = view.workers[task.worker]!;
    if (worker.ready === undefined) return `worker ${worker.worker}, which has it, is starting`;
    const place = worker.held.indexOf(task.task);
    if (place <= 0) return `runs on worker ${worker.worker}`;
    return `behind ${place === 1 ? 'one task' : `${place} tasks`} on worker ${worker.worker}; an idle worker may take it`;
  }
  const live = view.workers.filter((worker) => worker.engine === task.engine && worker.ended === undefined);
  if (!live.some((worker) => worker.ready !== undefined)) return 'no worker is up yet';
  const idle = live.filter((worker) => worker.ready !== undefined && worker.held.length === 0).length;
  let before = 0;
  for (const other of view.tasks.values()) if (other.worker < 0 && other.task < task.task) before++;
  const ahead = before === 0 ? 'it is next' : `${before} ${before === 1 ? 'task is' : 'tasks are'} before it`;
  if (idle === 0) return `all ${live.length} workers are busy; ${ahead}`;
  const starting = live.length - live.filter((worker) => worker.ready !== undefined).length;
  if (starting > 0 && live.length < (engine?.slots ?? 0)) return `workers are starting; ${ahead}`;
  return `a worker is about to get it; ${ahead}`;
}
