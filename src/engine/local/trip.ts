import type { WorkerEnd } from '../../worker/protocol.js';
import type { Entry } from './entry.js';
import type { WorkerHandle } from './worker-handle.js';

/** Taken for it before it was measured, in µs. */
const guessUs = 2000;
/** A machine that is busy makes every trip look long. */
const mostUs = 5000;
/** A worker that has just started does everything for the first time. */
const coldTasks = 4;

/**
 * What a message takes to a worker that is far away, and back: the time of tasks that went to a worker which had nothing else, less what
 * they ran for. Half of it is the newest, since the way gets longer and shorter with what else the cluster does.
 */
export class Trip {
  us = guessUs;
  readonly #seen = new WeakMap<WorkerHandle, number>();

  /** A task is about to go to a worker. */
  sent(worker: WorkerHandle, entry: Entry): void {
    const seen = this.#seen.get(worker) ?? 0;
    this.#seen.set(worker, seen + 1);
    entry.sentAt = worker.holds.size === 0 && seen >= coldTasks ? performance.now() : undefined;
  }

  ended({ sentAt }: Entry, end: WorkerEnd): void {
    if (sentAt === undefined || end.kind !== 'done') return;
    const us = (performance.now() - sentAt) * 1000 - end.runUs;
    this.us = Math.min((this.us + Math.max(us, 0)) / 2, mostUs);
  }
}
