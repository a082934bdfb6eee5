/** Submissions and jobs: what was submitted and is not over. */
import { dropLane, laneFor } from './lanes.js';
import { detach } from './queue.js';
import type { Granted, Job, State, Submission } from './state.js';
import type { JobId, Submitted, TaskId, WorkerId } from './types.js';

/** Below this many, submissions that are over are not swept out. */
const SWEEP_MIN = 64;

/** Up to this many tasks, alike ones that come one by one are one submission however few of them are left. */
const JOINED_MIN = 512;

const NOBODY: readonly WorkerId[] = [];

/** Takes note of submitted tasks, which wait, but nowhere yet. Where they are like those before them, these are the same submission. */
export function addSubmission(state: State, event: Submitted): Submission {
  const { from, to, priority, timeoutMs, prefer = NOBODY, now } = event;
  const expectedUs = event.expectedUs! >= 0 ? event.expectedUs : undefined;
  const lane = laneFor(state, event.allocation);
  const job = jobFor(state, event.job);
  state.nextTask = to;
  const last = state.submissions.at(-1);
  if (
    last !== undefined &&
    last.job === job &&
    last.lane === lane &&
    last.priority === priority &&
    last.expectedUs === expectedUs &&
    last.timeoutMs === timeoutMs &&
    (last.prefer === prefer || last.prefer.length + prefer.length === 0) &&
    canGrow(last, from, to)
  ) {
    extend(last, to);
    return last;
  }
  const submission: Submission = {
    from,
    to,
    job,
    lane,
    priority,
    expectedUs,
    timeoutMs,
    prefer,
    at: now,
    waiting: to - from,
    left: to - from,
    out: to - from === 1 ? undefined : new Uint32Array((to - from + 31) >>> 5),
    ranges: undefined,
    next: undefined,
    previous: job.lastSubmission,
  };
  if (job.lastSubmission === undefined) job.firstSubmission = submission;
  else job.lastSubmission.next = submission;
  job.lastSubmission = submission;
  lane.live++;
  state.submissions.push(submission);
  return submission;
}

/** Whether further tasks may be of the same submission. One to which tasks never cease to come must not keep those that are over for ever. */
function canGrow({ from, to, left }: Submission, next: TaskId, end: TaskId): boolean {
  const size = end - from;
  return to === next && left > 0 && (size <= JOINED_MIN || size <= left * 2);
}

function extend(submission: Submission, to: TaskId): void {
  const { from, out, waiting } = submission;
  const added = to - submission.to;
  const words = (to - from + 31) >>> 5;
  if (out === undefined || words > out.length) {
    submission.out = new Uint32Array(Math.max(words, 2 * (out?.length ?? 0)));
    if (out !== undefined) submission.out.set(out);
    else if (waiting === 0) submission.out[0] = 1;
  }
  submission.to = to;
  submission.waiting += added;
  submission.left += added;
}

/** The submission of a task; `undefined` if all of it is over, or if there never was one. */
export function submissionOf(state: State, task: TaskId): Submission | undefined {
  let low = 0;
  let high = state.submissions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (state.submissions[middle]!.to <= task) low = middle + 1;
    else high = middle;
  }
  const found = state.submissions[low];
  return found !== undefined && found.from <= task && found.left > 0 ? found : undefined;
}

/** Notes that a task, neither waiting nor granted any more, is over. */
export function setOver(state: State, submission: Submission): void {
  submission.left--;
  if (submission.left > 0) return;
  const { job, lane, next, previous } = submission;
  if (previous === undefined) job.firstSubmission = next;
  else previous.next = next;
  if (next === undefined) job.lastSubmission = previous;
  else next.previous = previous;
  submission.next = submission.previous = undefined;
  if (job.firstSubmission === undefined) state.jobs.delete(job.id);
  lane.live--;
  if (lane.live === 0) dropLane(state, lane);
  state.finished++;
  if (state.finished < SWEEP_MIN || state.finished * 2 < state.submissions.length) return;
  state.submissions = state.submissions.filter((one) => one.left > 0);
  state.finished = 0;
}

/** Notes that a task does not wait any more. What is left in queues of a submission that has none waiting are cancelled tasks. */
export function setOut(submission: Submission, task: TaskId): void {
  submission.waiting--;
  if (submission.out !== undefined) {
    const at = task - submission.from;
    submission.out[at >>> 5]! |= 1 << (at & 31);
  }
  while (submission.waiting === 0 && submission.ranges !== undefined) detach(submission.ranges);
}

/** Notes that a task waits again. */
export function setWaiting(submission: Submission, task: TaskId): void {
  submission.waiting++;
  if (submission.out === undefined) return;
  const at = task - submission.from;
  submission.out[at >>> 5]! &= ~(1 << (at & 31));
}

/** Notes that a worker has a task of a job. */
export function linkToJob(granted: Granted): void {
  const { job } = granted.submission;
  granted.next = job.granted;
  if (job.granted !== undefined) job.granted.previous = granted;
  job.granted = granted;
}

/** Notes that no worker has the task any more. */
export function unlinkFromJob(granted: Granted): void {
  const { next, previous } = granted;
  if (previous === undefined) granted.submission.job.granted = next;
  else previous.next = next;
  if (next !== undefined) next.previous = previous;
  // What is over and old for the collector must not keep what came after it.
  granted.next = granted.previous = undefined;
}

function jobFor(state: State, id: JobId): Job {
  const known = state.jobs.get(id);
  if (known !== undefined) return known;
  const job: Job = { id, firstSubmission: undefined, lastSubmission: undefined, granted: undefined };
  state.jobs.set(id, job);
  return job;
}
