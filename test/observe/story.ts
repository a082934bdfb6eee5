import assert from 'node:assert/strict';
import type { SheafEvent } from 'sheaf';

type Of<K extends SheafEvent['kind']> = Extract<SheafEvent, { kind: K }>;

export function ofKind<K extends SheafEvent['kind']>(events: readonly SheafEvent[], kind: K): Of<K>[] {
  return events.filter((event): event is Of<K> => event.kind === kind);
}

/** What must hold of all events of an engine that has closed, whatever ran there. */
export function checkStory(events: readonly SheafEvent[]): void {
  assert.equal(events[0]?.kind, 'engine-opened');
  assert.equal(events.at(-1)?.kind, 'engine-closed');
  assert.deepEqual(JSON.parse(JSON.stringify(events)), events, 'events are what JSON can hold');
  const workers = new Set<number>([-1]);
  const jobs = new Set<number>();
  const tasks = new Map<number, { job: number; worker: number | undefined; ended: boolean; left: number }>();
  let time = 0;
  for (const event of events) {
    assert.ok(event.time >= time, `time goes back at ${JSON.stringify(event)}`);
    time = event.time;
    const text = JSON.stringify(event);
    switch (event.kind) {
      case 'worker-started':
        assert.ok(!workers.has(event.worker), text);
        workers.add(event.worker);
        break;
      case 'job-started':
        assert.ok(!jobs.has(event.job), `${text}: it goes on already`);
        jobs.add(event.job);
        break;
      case 'job-ended':
        assert.ok(jobs.delete(event.job), `${text}: it has not started`);
        break;
      case 'task-submitted':
        assert.ok(jobs.has(event.job), `${text}: of no job`);
        assert.ok(!tasks.has(event.task), `${text}: submitted twice`);
        tasks.set(event.task, { job: event.job, worker: undefined, ended: false, left: event.rows });
        break;
      case 'task-sent': {
        const task = tasks.get(event.task);
        assert.ok(task !== undefined && !task.ended && task.worker === undefined, text);
        assert.ok(workers.has(event.worker), `${text}: to no worker`);
        task.worker = event.worker;
        break;
      }
      case 'task-moved': {
        const task = tasks.get(event.task);
        assert.equal(task?.worker, event.worker, text);
        task!.worker = undefined;
        break;
      }
      case 'task-progressed': {
        const task = tasks.get(event.task);
        assert.ok(task !== undefined && !task.ended, text);
        task.left -= event.rows + event.back;
        assert.ok(task.left >= 0, text);
        break;
      }
      case 'task-ended': {
        const task = tasks.get(event.task);
        assert.ok(task !== undefined && !task.ended, `${text}: ended twice, or never submitted`);
        if (event.worker !== undefined) assert.equal(task.worker, event.worker, text);
        if (event.outcome === 'done') assert.equal(event.rows + event.failures, task.left, text);
        if (event.startedAt !== undefined) assert.ok(event.startedAt <= event.endedAt!, text);
        task.ended = true;
        break;
      }
    }
  }
  for (const [task, { ended }] of tasks) assert.ok(ended, `task ${task} has not ended`);
  assert.deepEqual([...jobs], [], 'jobs that have not ended');
}

/** Rows that succeeded, by the events of tasks and by those of jobs: the same. */
export function rowsDone(events: readonly SheafEvent[]): { tasks: number; jobs: number } {
  const tasks = [...ofKind(events, 'task-ended'), ...ofKind(events, 'task-progressed')];
  return {
    tasks: tasks.reduce((sum, event) => sum + event.rows, 0),
    jobs: ofKind(events, 'job-ended').reduce((sum, event) => sum + event.done, 0),
  };
}
