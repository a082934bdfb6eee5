/** Queues of ranges of tasks: by priority, first come first served within one, every operation O(log n) at most. */
import { Heap } from './heap.js';
import type { Bucket, Lane, Queue, Submission, TaskRange, Worker } from './state.js';
import type { TaskId } from './types.js';

/** An empty queue of a lane, for one worker or for all. */
export function createQueue(lane: Lane, owner: Worker | undefined): Queue {
  const buckets = new Heap<Bucket>(0, (a, b) => a.priority > b.priority);
  return { lane, owner, count: 0, buckets, bucketOf: new Map(), places: [-1], rank: 0, ranked: true };
}

/** Order of queues for those that take from the longest. */
export function longerBefore(a: Queue, b: Queue): boolean {
  return a.rank !== b.rank ? a.rank > b.rank : a.owner!.id < b.owner!.id;
}

/** The longest queue of a lane's workers. It is told only when it is asked for: many changes make none between two questions. */
export function longestOf(lane: Lane): Queue | undefined {
  for (let queue = lane.changed.pop(); queue !== undefined; queue = lane.changed.pop()) {
    queue.ranked = true;
    queue.rank = queue.count;
    if (queue.count > 0) lane.longest.update(queue);
    else lane.longest.remove(queue);
  }
  return lane.longest.top();
}

/** Whether a task of a submission waits in some queue. */
export function isWaiting(submission: Submission, task: TaskId): boolean {
  if (submission.out === undefined) return submission.waiting === 1;
  const at = task - submission.from;
  return (submission.out[at >>> 5]! & (1 << (at & 31))) === 0;
}

/** Puts tasks `from`, `from + step`, … at the end of a queue. */
export function append(queue: Queue, submission: Submission, from: TaskId, step: number, count: number): void {
  const bucket = bucketFor(queue, submission.priority);
  const { last } = bucket;
  if (last !== undefined && last.submission === submission && continues(last, from, step, count)) {
    last.step = from - lastOf(last);
    last.count += count;
  } else {
    const range = createRange(queue, bucket, submission, from, step, count);
    range.previous = last;
    if (last === undefined) bucket.first = range;
    else last.next = range;
    bucket.last = range;
  }
  addCount(queue, count);
}

/** Whether these tasks, which are newer, and those of a range are one range. A single one goes with any step. */
function continues(range: TaskRange, from: TaskId, step: number, count: number): boolean {
  const gap = from - lastOf(range);
  return (range.count === 1 || range.step === gap) && (count === 1 || step === gap);
}

/** Puts one task at the front of a queue. */
export function prepend(queue: Queue, submission: Submission, task: TaskId): void {
  const bucket = bucketFor(queue, submission.priority);
  const first = bucket.first;
  if (first !== undefined && first.submission === submission && first.step === 1 && first.from === task + 1) {
    first.from = task;
    first.count++;
  } else {
    const range = createRange(queue, bucket, submission, task, 1, 1);
    range.next = first;
    if (first === undefined) bucket.last = range;
    else first.previous = range;
    bucket.first = range;
  }
  addCount(queue, 1);
}

/** The range whose `from` is the next task of a queue. Drops cancelled tasks on its way. */
export function front(queue: Queue): TaskRange | undefined {
  while (queue.count > 0) {
    const bucket = queue.buckets.top()!;
    const range = bucket.first;
    if (range === undefined) dropBucket(queue, bucket);
    else if (isWaiting(range.submission, range.from)) return range;
    else dropFront(range);
  }
  return undefined;
}

/** The range whose last task is the last one of a queue's largest priority. Drops cancelled tasks on its way. */
export function back(queue: Queue): TaskRange | undefined {
  while (queue.count > 0) {
    const bucket = queue.buckets.top()!;
    const range = bucket.last;
    if (range === undefined) dropBucket(queue, bucket);
    else if (isWaiting(range.submission, lastOf(range))) return range;
    else dropBack(range);
  }
  return undefined;
}

/** The last task of a range. */
export function lastOf(range: TaskRange): TaskId {
  return range.from + (range.count - 1) * range.step;
}

/** Takes the first task out of a range. */
export function dropFront(range: TaskRange): void {
  if (range.count === 1) {
    detach(range);
    return;
  }
  range.from += range.step;
  range.count--;
  addCount(range.queue, -1);
}

/** Takes the last task out of a range. */
export function dropBack(range: TaskRange): void {
  if (range.count === 1) {
    detach(range);
    return;
  }
  range.count--;
  addCount(range.queue, -1);
}

/** Takes a whole range out of its queue and its submission. */
export function detach(range: TaskRange): void {
  const { queue, bucket, submission, next, previous } = range;
  if (previous === undefined) bucket.first = next;
  else previous.next = next;
  if (next === undefined) bucket.last = previous;
  else next.previous = previous;
  range.next = range.previous = undefined;
  unlinkOfSubmission(range, submission);
  addCount(queue, -range.count);
  // The bucket of an empty queue is kept: the next task often has the same priority.
  if (bucket.first === undefined && queue.count > 0) dropBucket(queue, bucket);
}

/** Moves all that waits in one queue to the front of another, in its order. */
export function moveToFront(from: Queue, to: Queue): void {
  for (;;) {
    const range = back(from);
    if (range === undefined) return;
    const { submission, step, count } = range;
    const first = range.from;
    detach(range);
    const bucket = bucketFor(to, submission.priority);
    const moved = createRange(to, bucket, submission, first, step, count);
    moved.next = bucket.first;
    if (bucket.first === undefined) bucket.last = moved;
    else bucket.first.previous = moved;
    bucket.first = moved;
    addCount(to, count);
  }
}

function createRange(
  queue: Queue,
  bucket: Bucket,
  submission: Submission,
  from: TaskId,
  step: number,
  count: number,
): TaskRange {
  const range: TaskRange = {
    submission,
    queue,
    bucket,
    from,
    step,
    count,
    next: undefined,
    previous: undefined,
    nextOfSubmission: submission.ranges,
    previousOfSubmission: undefined,
  };
  if (submission.ranges !== undefined) submission.ranges.previousOfSubmission = range;
  submission.ranges = range;
  return range;
}

function unlinkOfSubmission(range: TaskRange, submission: Submission): void {
  const { nextOfSubmission, previousOfSubmission } = range;
  if (previousOfSubmission === undefined) submission.ranges = nextOfSubmission;
  else previousOfSubmission.nextOfSubmission = nextOfSubmission;
  if (nextOfSubmission !== undefined) nextOfSubmission.previousOfSubmission = previousOfSubmission;
  range.nextOfSubmission = range.previousOfSubmission = undefined;
}

function bucketFor(queue: Queue, priority: number): Bucket {
  const known = queue.bucketOf.get(priority);
  if (known !== undefined) return known;
  const bucket: Bucket = { priority, first: undefined, last: undefined, places: [-1] };
  queue.bucketOf.set(priority, bucket);
  queue.buckets.update(bucket);
  return bucket;
}

function dropBucket(queue: Queue, bucket: Bucket): void {
  queue.buckets.remove(bucket);
  queue.bucketOf.delete(bucket.priority);
}

function addCount(queue: Queue, change: number): void {
  queue.count += change;
  const { owner, lane } = queue;
  if (owner === undefined) return;
  if (owner.view !== undefined) owner.view.queued += change;
  if (lane.policy.steal === false || !queue.ranked) return;
  queue.ranked = false;
  lane.changed.push(queue);
}
