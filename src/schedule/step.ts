/**
 * The scheduler: `step(state, event)` takes note of what happened and answers with what is to be done. Deterministic; it has no clock, no
 * timer and no randomness. The cost of an event grows neither with the number of tasks nor, beyond a logarithm, with that of workers.
 */
import { cancelJob, cancelTask } from './cancel.js';
import { command } from './commands.js';
import { checkTimes, markStarted } from './deadlines.js';
import { dispatch } from './dispatch.js';
import { loseWorker, release } from './grants.js';
import { createLane } from './lanes.js';
import { isWaiting } from './queue.js';
import { answerRevoke } from './revokes.js';
import { type Granted, type State, type Worker, workerHeaps } from './state.js';
import { impossible, storyOf } from './story.js';
import { setOver, submissionOf } from './submissions.js';
import { submit } from './submit.js';
import type { Command, Event, ScheduleOptions, TaskId, WorkerId } from './types.js';
import { addWorker } from './workers.js';

/** Most events are answered with nothing or with one command. */
const NOTHING: readonly Command[] = [];

/** A scheduler without workers and tasks. Throws a `TypeError` if the allocation is none. */
export function createState(options: ScheduleOptions): State {
  const { allocation, aheadUs = 2000, oneAhead = false, aheadMax = 64, graceMs } = options;
  const { maxTasksPerWorker = Number.POSITIVE_INFINITY } = options;
  const main = createLane(allocation);
  return {
    aheadUs,
    oneAhead,
    aheadMax,
    graceMs,
    maxTasksPerWorker,
    workers: new Map(),
    ring: undefined,
    open: 0,
    idle: 0,
    ...workerHeaps(),
    revokes: 0,
    main,
    lanes: [main],
    laneOf: new Map([[allocation, main]]),
    submissions: [],
    finished: 0,
    jobs: new Map(),
    granted: new Map(),
    nextTask: 0,
    lastWorker: -1,
    wakeAt: Number.POSITIVE_INFINITY,
    now: 0,
    touched: [],
    touches: 0,
    views: undefined,
    commands: NOTHING,
  };
}

/** Takes note of an event, changing `state`, and says what is to be done. Throws at what cannot be; the state is then not to be used any more. */
export function step(state: State, event: Event): readonly Command[] {
  state.commands = NOTHING;
  state.now = event.now;
  apply(state, event);
  dispatch(state);
  const next = state.deadlines.top()?.deadline ?? Number.POSITIVE_INFINITY;
  if (next < state.wakeAt) {
    state.wakeAt = next;
    command(state, { kind: 'wake', at: next });
  }
  return state.commands;
}

function apply(state: State, event: Event): void {
  switch (event.kind) {
    case 'worker-joined':
      if (event.worker <= state.lastWorker) throw impossible(event, `Worker ${state.lastWorker} has joined already.`);
      addWorker(state, event.worker);
      return;
    case 'worker-lost': {
      const worker = workerOf(state, event);
      if (worker !== undefined) loseWorker(state, worker);
      return;
    }
    case 'submitted':
      submit(state, event);
      return;
    case 'started': {
      const granted = grantedOf(state, event);
      if (granted !== undefined) markStarted(state, granted);
      return;
    }
    case 'ended': {
      const granted = grantedOf(state, event);
      if (granted !== undefined) endTask(state, granted);
      return;
    }
    case 'revoked':
    case 'kept': {
      const granted = grantedOf(state, event);
      if (granted !== undefined) answerRevoke(state, granted, event);
      return;
    }
    case 'cancelled':
      cancelJob(state, event.job);
      return;
    case 'cancelled-task':
      if (event.task >= state.nextTask) throw impossible(event, storyOf(state, event.task));
      cancelTask(state, event.task);
      return;
    case 'tick':
      checkTimes(state);
      return;
  }
}

function endTask(state: State, granted: Granted): void {
  const { submission } = granted;
  release(state, granted);
  setOver(state, submission);
}

/** The worker that says something; `undefined` if it is lost already. */
function workerOf(state: State, event: Event & { worker: WorkerId }): Worker | undefined {
  if (event.worker > state.lastWorker) throw impossible(event, `Worker ${event.worker} has never joined.`);
  return state.workers.get(event.worker);
}

/** The task about which a worker says something; `undefined` if the worker is lost or the task over already. */
function grantedOf(state: State, event: Event & { worker: WorkerId; task: TaskId }): Granted | undefined {
  const { task } = event;
  const worker = workerOf(state, event);
  if (worker === undefined) return undefined;
  if (worker.first?.task === task) return worker.first;
  const granted = state.granted.get(task);
  if (granted?.worker === worker) return granted;
  const submission = submissionOf(state, task);
  const waits = submission !== undefined && isWaiting(submission, task);
  if (granted !== undefined || waits || task >= state.nextTask) throw impossible(event, storyOf(state, task));
  return undefined;
}
