import type { EventHub } from '../../observe/hub.js';
import type { FromWorker } from '../../worker/protocol.js';
import type { JobSpec, Waiting } from '../engine.js';
import { named } from '../told.js';
import { goesOn } from './task-end.js';
import type { WorkerHandle } from './worker-handle.js';

/**
 * A task of `worker` asks for more rows. Where there are none, it gets no answer, and ends when its calls are over.
 *
 * @param again does the same once more
 */
export function giveMore(
  worker: WorkerHandle,
  { task, rows, runUs }: Extract<FromWorker, { kind: 'asks' }>,
  waiting: (job: JobSpec) => Waiting,
  events: EventHub,
  again: () => void,
): void {
  const entry = worker.holds.get(task);
  if (entry === undefined || !goesOn(entry)) return;
  const more = entry.task.more?.(rows, runUs, waiting(entry.task.job), again);
  if (more === undefined) return;
  entry.grown = true;
  if (events.active) {
    const { rows: count } = more.input;
    events.emit({
      kind: 'task-progressed',
      ...named(entry.task),
      worker: worker.id,
      rows: 0,
      back: 0,
      more: count,
    });
  }
  try {
    worker.channel.send({ kind: 'more', task, ...more });
  } catch {
    // Rows that did not come are missing at the end; as another task they are refused for the same reason.
  }
}
