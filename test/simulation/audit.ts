/** Looks through the whole state of the scheduler for contradictions. What `step` keeps up to date is counted here anew. */
import assert from 'node:assert/strict';
import type { Heap, Heaped } from '../../src/schedule/heap.js';
import { isWaiting, longestOf } from '../../src/schedule/queue.js';
import type { Granted, Queue, State, TaskRange, Worker } from '../../src/schedule/state.js';
import { hasRoom } from '../../src/schedule/workers.js';

/** Throws if the state contradicts itself, or if something could be granted that was not. */
export function audit(state: State): void {
  auditWorkers(state);
  auditHeaps(state);
  auditQueues(state);
  auditJobs(state);
}

function auditWorkers(state: State): void {
  const ring = ringOf(state);
  const workers = [...state.workers.values()];
  assert.deepEqual(new Set(ring), new Set(workers.filter((one) => one.open)), 'the ring is made of the open workers');
  assert.equal(ring.length, state.open);
  assert.equal(workers.filter((one) => one.idle).length, state.idle);
  let asked = 0;
  for (const worker of workers) {
    const { id, load, unknown, revocable, running, idle, open } = worker;
    const tasks = [...tasksOf(worker)];
    const begun = running === undefined ? 0 : tasks.indexOf(running) + 1;
    const expected = tasks.map((one) => one.submission.expectedUs);
    const sum = expected.reduce<number>((total, one) => total + (one ?? 0), 0);
    assert.ok(Math.abs(load - sum) <= 1e-6 * (1 + sum), `load of worker ${id} is ${load}, not ${sum}`);
    assert.equal(unknown, expected.filter((one) => one === undefined).length, `unknown of worker ${id}`);
    assert.equal(revocable, tasks.filter((one) => one.revocable).length, `revocable of worker ${id}`);
    assert.equal(worker.count, tasks.length, `count of worker ${id}`);
    for (const [place, task] of tasks.entries()) assert.equal(task.begun, place < begun, `what worker ${id} has begun`);
    assert.ok(!tasks.slice(0, begun).some((one) => one.revocable), `begun tasks of worker ${id}`);
    assert.ok(!tasks.slice(begun).some((one) => one.startedAt !== undefined), `started tasks of worker ${id}`);
    assert.ok(begun > 0 || tasks.length === 0 || worker.replaced, `begun of worker ${id}`);
    assert.equal(idle, open && tasks.length === 0, `idle of worker ${id}`);
    assert.equal(worker.places[0]! >= 0, hasRoom(state, worker), `worker ${id} in the heap of free workers`);
    assert.equal(
      worker.places[1]! >= 0,
      revocable > 0 && !worker.replaced,
      `worker ${id} in the heap of laden workers`,
    );
    assert.equal(worker.places[2]! >= 0, worker.watched !== undefined, `worker ${id} in the heap of deadlines`);
    for (const task of tasks) assert.equal(state.granted.get(task.task), task);
    if (worker.view !== undefined) {
      const queued = worker.queues.reduce((total, one) => total + one.count, 0);
      const shown = { id, granted: tasks.length, queued, expectedUs: load, total: worker.total };
      assert.deepEqual(worker.view, shown, 'what policies see');
    }
    asked += tasks.filter((one) => one.asked === 'idle').length;
  }
  assert.equal(state.revokes, asked, 'revokes for idle workers');
  const held = workers.reduce((sum, one) => sum + one.count, 0);
  assert.equal(state.granted.size, held, 'granted tasks are those that workers have');
}

function* tasksOf(worker: Worker): Generator<Granted> {
  for (let one = worker.first; one !== undefined; one = one.behind) {
    assert.equal(one.behind?.ahead ?? one, one.behind === undefined ? worker.last : one);
    yield one;
  }
}

function ringOf(state: State): Worker[] {
  const ring: Worker[] = [];
  for (let worker = state.ring; worker !== undefined; worker = worker.next === state.ring ? undefined : worker.next) {
    assert.equal(worker.next.previous, worker);
    ring.push(worker);
  }
  return ring;
}

function auditHeaps(state: State): void {
  for (const heap of [state.free, state.laden, state.deadlines]) auditHeap(heap);
  for (const lane of state.lanes) {
    for (const queue of lane.changed)
      assert.ok(lane.queues.has(queue), 'the queue of a worker that is gone is forgotten');
    longestOf(lane);
    auditHeap(lane.longest);
    for (const queue of [lane.shared, ...lane.queues]) auditHeap(queue.buckets);
  }
}

function auditHeap<T extends Heaped>({ items, slot, before }: Heap<T>): void {
  for (const [place, item] of items.entries()) {
    assert.equal(item.places[slot], place, 'the place of an item');
    if (place > 0) assert.ok(!before(item, items[(place - 1) >> 1]!), 'the order of a heap');
  }
}

function auditQueues(state: State): void {
  const waiting = new Set<number>();
  for (const lane of state.lanes) {
    for (const queue of [lane.shared, ...lane.queues]) {
      const ranges = rangesOf(queue);
      assert.equal(
        queue.count,
        ranges.reduce((sum, one) => sum + one.count, 0),
        'the count of a queue',
      );
      if (queue.owner !== undefined) {
        assert.ok(queue.owner.open && queue.owner.queues.includes(queue), 'a queue of an open worker');
        const listed = queue.count > 0 && lane.policy.steal !== false;
        assert.ok(lane.policy.steal === false || queue.rank === queue.count, 'the rank of a queue');
        assert.equal(queue.places[0]! >= 0, listed, 'a queue among the longest');
      }
      for (const { submission, from, step, count } of ranges) {
        for (let i = 0; i < count; i++) {
          const task = from + i * step;
          if (!isWaiting(submission, task)) continue;
          assert.ok(!waiting.has(task), `task ${task} waits twice`);
          waiting.add(task);
        }
      }
      const idle = queue.owner === undefined ? state.idle : Number(queue.owner.idle);
      const live = ranges.some((one) => hasWaiting(one));
      assert.ok(idle === 0 || !live, 'a worker is idle while a task waits in a queue of its own or of all');
    }
  }
  for (const { waiting: count, ranges } of state.submissions) {
    assert.ok(count > 0 || ranges === undefined, 'a submission of which none waits is in no queue');
  }
  const counted = state.submissions.reduce((sum, one) => sum + (one.left > 0 ? one.waiting : 0), 0);
  assert.equal(waiting.size, counted, 'each waiting task is in a queue');
}

function hasWaiting({ submission, from, step, count }: TaskRange): boolean {
  for (let i = 0; i < count; i++) if (isWaiting(submission, from + i * step)) return true;
  return false;
}

function rangesOf(queue: Queue): TaskRange[] {
  const ranges: TaskRange[] = [];
  for (const bucket of queue.bucketOf.values()) {
    for (let range = bucket.first; range !== undefined; range = range.next) {
      assert.equal(range.next?.previous ?? range, range.next === undefined ? bucket.last : range);
      assert.equal(range.submission.priority, bucket.priority);
      ranges.push(range);
    }
  }
  return ranges;
}

function auditJobs(state: State): void {
  let live = 0;
  for (const job of state.jobs.values()) {
    assert.notEqual(job.firstSubmission, undefined, 'a job without work is forgotten');
    for (let one = job.firstSubmission; one !== undefined; one = one.next) live++;
    for (let one = job.granted; one !== undefined; one = one.next) assert.equal(state.granted.get(one.task), one);
  }
  assert.equal(live, state.submissions.length - state.finished, 'submissions of jobs');
  const ofLanes = state.lanes.reduce((sum, lane) => sum + lane.live, 0);
  assert.equal(live, ofLanes, 'submissions of lanes');
}
