/** Workers: the ring of the open ones, what they have, and where they stand in the heaps. */

import type { WorkerView } from './policy.js';
import { createQueue, longestOf, moveToFront } from './queue.js';
import type { Granted, Lane, Queue, State, Worker } from './state.js';
import type { WorkerId } from './types.js';

/** A new worker, last in the ring. */
export function addWorker(state: State, id: WorkerId): Worker {
  const worker = {
    id,
    places: [-1, -1, -1],
    open: true,
    replaced: false,
    first: undefined,
    last: undefined,
    count: 0,
    running: undefined,
    load: 0,
    unknown: 0,
    total: 0,
    revocable: 0,
    queues: [],
    watched: undefined,
    deadline: Number.POSITIVE_INFINITY,
    idle: false,
    touched: false,
    view: undefined,
  } as unknown as Worker;
  const first = state.ring;
  worker.next = first ?? worker;
  worker.previous = first?.previous ?? worker;
  worker.previous.next = worker;
  worker.next.previous = worker;
  state.ring = first ?? worker;
  state.open++;
  state.views = undefined;
  state.workers.set(id, worker);
  state.lastWorker = id;
  refresh(state, worker);
  touch(state, worker);
  return worker;
}

/** Grants this worker nothing from now on. What waits for it is anybody's: it goes to the front of the shared queues. */
export function closeWorker(state: State, worker: Worker): void {
  if (!worker.open) return;
  worker.open = false;
  const { next, previous } = worker;
  for (const lane of state.lanes) {
    if (lane.turn === worker) lane.turn = next === worker ? undefined : next;
  }
  if (state.ring === worker) state.ring = next === worker ? undefined : next;
  previous.next = next;
  next.previous = previous;
  state.open--;
  state.views = undefined;
  for (const queue of worker.queues) {
    moveToFront(queue, queue.lane.shared);
    queue.lane.queues.delete(queue);
    longestOf(queue.lane);
  }
  worker.queues.length = 0;
  refresh(state, worker);
}

/** The worker's own queue in a lane, into which the caller is about to put work. */
export function ownQueue(state: State, lane: Lane, worker: Worker): Queue {
  touch(state, worker);
  for (const queue of worker.queues) if (queue.lane === lane) return queue;
  const queue = createQueue(lane, worker);
  worker.queues.push(queue);
  lane.queues.add(queue);
  return queue;
}

/** Notes that the worker may have got something to do. */
export function touch(state: State, worker: Worker): void {
  if (worker.touched) return;
  worker.touched = true;
  state.touched[state.touches++] = worker;
}

/** Notes that a task, and all that its worker was granted before it, has begun: it cannot be taken back any more. */
export function begin(granted: Granted): void {
  const { worker } = granted;
  while (!granted.begun) {
    const next = worker.running === undefined ? worker.first! : worker.running.behind!;
    next.begun = true;
    setRevocable(next, false);
    worker.running = next;
  }
}

/** Notes whether a task can be taken back for an idle worker. */
export function setRevocable(granted: Granted, revocable: boolean): void {
  if (granted.revocable === revocable) return;
  granted.revocable = revocable;
  granted.worker.revocable += revocable ? 1 : -1;
}

/** Sets by when the worker's running task has to end; `undefined` for no bound. */
export function watch(state: State, worker: Worker, granted: Granted | undefined, deadline: number): void {
  if (granted === undefined && worker.watched === undefined) return;
  worker.watched = granted;
  worker.deadline = deadline;
  if (granted === undefined) state.deadlines.remove(worker);
  else state.deadlines.update(worker);
}

/** Finds the worker's places in the heaps anew, after something about it has changed. */
export function refresh(state: State, worker: Worker): void {
  const idle = worker.open && worker.count === 0;
  if (idle !== worker.idle) {
    worker.idle = idle;
    state.idle += idle ? 1 : -1;
  }
  if (hasRoom(state, worker)) state.free.update(worker);
  else state.free.remove(worker);
  if (worker.revocable > 0 && !worker.replaced) state.laden.update(worker);
  else state.laden.remove(worker);
  if (worker.view !== undefined) updateView(worker, worker.view);
}

/** Whether the worker can be granted a task: it is idle, or what it has is known to be short (and then the task must be as well). */
export function hasRoom(state: State, worker: Worker): boolean {
  if (!worker.open) return false;
  const { count } = worker;
  if (count === 0) return true;
  if (worker.unknown > 0 || count > state.aheadMax) return false;
  return worker.load < state.aheadUs || (count === 1 && state.oneAhead);
}

/** The open workers as user policies see them. Frozen, since the same list is shown again. */
export function openViews(state: State): readonly WorkerView[] {
  if (state.views !== undefined) return state.views;
  const views: WorkerView[] = [];
  let worker = state.ring;
  for (let i = 0; i < state.open; i++) {
    views.push(viewOf(worker!));
    worker = worker!.next;
  }
  state.views = Object.freeze(views);
  return state.views;
}

/** A worker as user policies see it, kept up to date from now on. */
export function viewOf(worker: Worker): WorkerView {
  if (worker.view === undefined) {
    worker.view = { id: worker.id, granted: 0, queued: queuedFor(worker), expectedUs: 0, total: 0 };
    updateView(worker, worker.view);
  }
  return worker.view;
}

function updateView(worker: Worker, view: NonNullable<Worker['view']>): void {
  view.granted = worker.count;
  view.expectedUs = worker.load;
  view.total = worker.total;
}

/** How many tasks wait in the worker's own queues. */
export function queuedFor(worker: Worker): number {
  return worker.queues.reduce((sum, queue) => sum + queue.count, 0);
}
