/**
 * The cost of an event grows neither with the number of tasks nor (beyond a logarithm) with that of workers. Cost is counted, not timed:
 * the engine counts how often each block of the scheduler's code is entered.
 */
import assert from 'node:assert/strict';
import { Session } from 'node:inspector';
import { test } from 'node:test';
import type { AllocationName } from '../../src/schedule/policy.js';
import type { State } from '../../src/schedule/state.js';
import type { Command, Event, ScheduleOptions } from '../../src/schedule/types.js';

interface Scheduler {
  createState(options: ScheduleOptions): State;
  step(state: State, event: Event): readonly Command[];
}

const session = new Session();
session.connect();
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
// Blocks are counted in code that is loaded from now on.
const scheduler: Scheduler = await import('../../src/schedule/step.js');

const POLICIES: readonly AllocationName[] = ['round-robin', 'least-loaded', 'work-stealing', 'locality'];

/** As many tasks as come for each submission, and whether their time is known. */
const SHAPES = [
  { together: 1, expectedUs: undefined },
  { together: 1, expectedUs: 100 },
  { together: 1000, expectedUs: 100 },
] as const;

for (const allocation of POLICIES) {
  for (const shape of SHAPES) {
    const cost = (tasks: number, workers: number) => blocksPerTask(allocation, shape, tasks, workers);
    test(`${allocation}, ${shape.together} together, ${shape.expectedUs ?? 'unknown'} µs`, (context) => {
      const few = cost(1000, 10);
      const tasks = cost(20_000, 10);
      const workers = cost(20_000, 5000);
      context.diagnostic(`blocks entered for a task: ${[few, tasks, workers].map(Math.round).join(' · ')}`);
      assert.ok(tasks <= few * 1.2, `${few} blocks for each of 1,000 tasks, ${tasks} for each of 20,000`);
      // A binary tree of 5,000 is 3.7 times as high as one of 10.
      assert.ok(workers <= tasks * 3.7, `${tasks} blocks for a task with 10 workers, ${workers} with 5,000`);
    });
  }
}

/** Submits all, then lets workers end what they have, in turn, until nothing is left. */
function blocksPerTask(
  allocation: AllocationName,
  { together, expectedUs }: (typeof SHAPES)[number],
  tasks: number,
  workers: number,
): number {
  const state = scheduler.createState({ allocation, graceMs: 1000, aheadMax: 4 });
  let held: [worker: number, task: number][] = [];
  let ended = 0;
  const send = (event: Event) => {
    for (const command of scheduler.step(state, event)) {
      if (command.kind === 'revoke') continue;
      assert.equal(command.kind, 'grant');
      const { worker, from, to } = command as Command & { kind: 'grant' };
      for (let task = from; task < to; task++) held.push([worker, task]);
    }
  };
  for (let worker = 0; worker < workers; worker++) send({ kind: 'worker-joined', worker, now: 0 });
  blocksEntered();
  for (let from = 0; from < tasks; from += together) {
    send({ kind: 'submitted', from, to: from + together, job: from % 7, priority: 0, expectedUs, now: 0 });
  }
  while (held.length > 0) {
    const now = held;
    held = [];
    for (const [worker, task] of now) {
      send({ kind: 'ended', worker, task, now: 0 });
      ended++;
    }
  }
  assert.equal(ended, tasks);
  return blocksEntered() / tasks;
}

/** Since the last call. */
function blocksEntered(): number {
  let sum = 0;
  const { result } = post('Profiler.takePreciseCoverage') as Coverage;
  for (const { url, functions } of result) {
    if (!url.includes('/src/schedule/')) continue;
    for (const { ranges } of functions) for (const { count } of ranges) sum += count;
  }
  return sum;
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/** The profiler answers at once. */
function post(method: string, params?: object): unknown {
  let answer: unknown;
  session.post(method, params, (error, result) => {
    if (error !== null) throw error;
    answer = result;
  });
  return answer;
}
