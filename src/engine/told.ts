/** Tells of tasks, the same for every engine. */
import type { EventHub } from '../observe/hub.js';
import { eventTime } from '../observe/hub.js';
import type { Task, TaskEnd } from './engine.js';

/** The calling thread, which may take part in a map, in events. */
export const callingThread = -1;

let jobs = 0;
let tasks = 0;

/** A number for a job. */
export function nextJobId(): number {
  return jobs++;
}

/** A number that names a task in events. */
export function nextTaskId(): number {
  return tasks++;
}

/** What names a task in its events. */
export function named(task: Task): { job: number; task: number; stage?: number; partition?: number; attempt: number } {
  const { job, id, partition, attempt } = task;
  return {
    job: job.id,
    ...(job.stage === undefined ? {} : { stage: job.stage }),
    ...(partition === undefined ? {} : { partition }),
    task: id,
    attempt,
  };
}

/**
 * Tells that a task was submitted, and how it ends, when that is said through what this returns. For engines to put between themselves
 * and who submitted the task, where somebody listens.
 *
 * @param endedAt when it ended, on the clock of `performance.now()`, where that is known better than by when it is said
 * @param here it runs on the calling thread
 */
export function toldTask(
  events: EventHub,
  task: Task,
  resolve: (end: TaskEnd) => void,
  endedAt?: () => number | undefined,
  here?: boolean,
): (end: TaskEnd) => void {
  const { rows, firstIndex, expectedUs, cause } = task;
  events.emit({
    kind: 'task-submitted',
    ...named(task),
    rows,
    firstIndex,
    ...(expectedUs === undefined ? {} : { expectedUs: Math.round(expectedUs) }),
    ...(cause === undefined ? {} : { cause }),
  });
  if (here) events.emit({ kind: 'task-sent', ...named(task), worker: callingThread });
  let isOver = false;
  return (end) => {
    if (!isOver) tellEnd(events, task, end, endedAt?.() ?? performance.now(), here === true);
    isOver = true;
    resolve(end);
  };
}

function tellEnd(events: EventHub, task: Task, end: TaskEnd, endedAt: number, here: boolean): void {
  const stats = 'stats' in end ? end.stats : undefined;
  const worker = here ? callingThread : (stats?.worker ?? ('worker' in end ? end.worker : undefined));
  const at = eventTime(endedAt);
  events.emit({
    kind: 'task-ended',
    ...named(task),
    ...(worker === undefined ? {} : { worker }),
    outcome: end.kind,
    rows: 'output' in end ? end.output.rows : 0,
    failures: end.kind === 'done' ? end.failures.length : end.kind === 'threw' ? 1 : 0,
    ...(stats === undefined ? {} : { startedAt: at - stats.runUs / 1000, endedAt: at }),
    ...(end.kind === 'worker-lost' ? { cause: end.exit } : {}),
  });
}
