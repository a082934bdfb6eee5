/** Tells of the workers of this machine. */

import type { WorkerExit } from '../../errors.js';
import type { Told, WorkerKind } from '../../observe/events.js';
import type { EventHub } from '../../observe/hub.js';
import { setTimeout } from '../../timers.js';
import { utilization } from '../../worker/measure.js';
import { callingThread, named } from '../told.js';
import type { Entry } from './entry.js';
import type { WorkerHandle } from './worker-handle.js';

/** What there is, for a listener that comes now. */
export function* presentEvents(is: WorkerKind, slots: number, crews: Iterable<Iterable<WorkerHandle>>): Iterable<Told> {
  yield { kind: 'engine-opened', workers: is, slots, pid: process.pid, node: process.versions.node };
  for (const crew of crews) {
    for (const worker of crew) {
      yield workerStarted(worker, is);
      if (worker.ready) yield { kind: 'worker-ready', worker: worker.id };
    }
  }
}

export function workerStarted(worker: WorkerHandle, is: WorkerKind): Told {
  const { id, replaces, channel } = worker;
  return {
    kind: 'worker-started',
    worker: id,
    is,
    ...(channel.pid === undefined ? {} : { pid: channel.pid }),
    ...(replaces === undefined ? {} : { cause: { replaces } }),
  };
}

export function tellWorkerEnded(events: EventHub, worker: WorkerHandle, exit: WorkerExit): void {
  const expected = worker.leaving && worker.holds.size === 0;
  events.emit({ kind: 'worker-ended', worker: worker.id, cause: exit, expected, tasks: worker.holds.size });
}

export function tellMove(events: EventHub, kind: 'task-sent' | 'task-moved', entry: Entry, worker: number): void {
  events.emit({ kind, ...named(entry.task), worker });
}

let driverAsked = 0;

/** How the driver's own thread is: how late a timer comes is how long a message waits. */
export function tellDriver(events: EventHub): void {
  const { rss } = process.memoryUsage();
  const share = utilization();
  const asked = ++driverAsked;
  const sent = performance.now();
  setTimeout(() => {
    if (asked !== driverAsked || !events.active) return;
    const delayMs = Math.max(0, performance.now() - sent - 1);
    events.emit({ kind: 'worker-measured', worker: callingThread, memory: rss, utilization: share, delayMs });
  }, 1).unref();
}

/** Ends that come in one message happened one after the other, the last of them now. */
export function placeEnds(ends: readonly { readonly task: number }[], holds: Map<number, Entry>, now: number): void {
  let at = now;
  for (let i = ends.length - 1; i >= 0; i--) {
    const end = ends[i] as { readonly task: number; readonly runUs?: number };
    const entry = holds.get(end.task);
    if (entry !== undefined) entry.endedAt = at;
    at -= (end.runUs ?? 0) / 1000;
  }
}
