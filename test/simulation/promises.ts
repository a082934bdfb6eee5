/** What holds after every step of the scheduler, by the books of the ledger. */
import assert from 'node:assert/strict';
import type { Report, ScheduleOptions, Submitted } from '../../src/schedule/types.js';

export interface LedgerTask {
  readonly task: number;
  readonly submitted: Submitted;
  /** Its policy promises that no worker idles while it waits. */
  readonly promised: boolean;
  state: 'waiting' | 'granted' | 'over';
  worker: LedgerWorker | undefined;
  begun: boolean;
  asked: boolean;
  kept: boolean;
  cancelled: boolean;
  startedAt: number | undefined;
  interrupted: { readonly reason: string; readonly at: number } | undefined;
  /** How it was reported, if it was. */
  end: Report['end'] | undefined;
}

export interface LedgerWorker {
  readonly id: number;
  state: 'open' | 'retired' | 'replaced' | 'lost';
  readonly has: LedgerTask[];
  total: number;
  /** It has had as many tasks as it may have. */
  full: boolean;
}

export interface Books {
  readonly workers: readonly LedgerWorker[];
  readonly waiting: ReadonlySet<LedgerTask>;
  /** When the next tick comes. */
  readonly wakeAt: number;
}

/** No worker idles while work waits, where the policy promises it. */
export function checkIdle({ workers, waiting }: Books): void {
  const idle = idleWorkers(workers);
  if (idle === 0) return;
  for (const { task, promised } of waiting) assert.ok(!promised, `task ${task} waits while a worker is idle`);
  const asked = askedBack(workers);
  if (asked >= idle) return;
  for (const { state, has } of workers) {
    const left = state === 'replaced' ? undefined : has.find((one) => one.promised && isFree(one));
    assert.equal(left, undefined, `task ${left?.task} is not asked back: ${idle} workers are idle, ${asked} asked for`);
  }
}

/** Where all go through one queue: what could be granted ahead has been. */
export function checkAhead({ workers, waiting }: Books, options: ScheduleOptions): void {
  const { aheadUs = 2000, aheadMax = 64, oneAhead = false } = options;
  if (waiting.size === 0) return;
  for (const { submitted } of waiting) if (submitted.expectedUs === undefined) return;
  for (const { id, state, has, full } of workers) {
    const sum = has.reduce((us, one) => us + (one.submitted.expectedUs ?? Number.POSITIVE_INFINITY), 0);
    const short = sum < aheadUs * (1 - 1e-9) || (oneAhead && has.length === 1 && sum < Number.POSITIVE_INFINITY);
    const room = state === 'open' && !full && has.length <= aheadMax && short;
    assert.ok(!room, `worker ${id} could be granted more ahead`);
  }
}

/** While something has a deadline, a tick is on its way. */
export function checkDeadlines({ workers, wakeAt }: Books): void {
  for (const { state, has } of workers) {
    const running = state === 'replaced' ? undefined : has.findLast((one) => one.begun);
    if (running === undefined) continue;
    const { submitted, startedAt, interrupted, task } = running;
    const bounded = startedAt !== undefined && submitted.timeoutMs !== undefined;
    const latest = interrupted === undefined && bounded ? startedAt + submitted.timeoutMs : Number.MAX_VALUE;
    if (bounded || interrupted !== undefined) assert.ok(wakeAt <= latest, `nobody looks after task ${task}`);
  }
}

/** What was cancelled in a worker's hands is being dealt with, but for what has ended there already. */
export function checkCancelled({ workers }: Books): void {
  for (const { state, has } of workers) {
    const running = has.findLastIndex((one) => one.begun);
    for (const { task, cancelled, asked, interrupted } of state === 'replaced' ? [] : has.slice(Math.max(running, 0))) {
      assert.ok(!cancelled || asked || interrupted !== undefined, `nobody stops task ${task}`);
    }
  }
}

/** Workers that the scheduler could grant a task, and that have none. */
export function idleWorkers(workers: readonly LedgerWorker[]): number {
  return workers.filter(({ state, has, full }) => state === 'open' && has.length === 0 && !full).length;
}

/** Tasks that are asked back for idle workers. */
export function askedBack(workers: readonly LedgerWorker[]): number {
  let asked = 0;
  for (const { has } of workers) for (const one of has) if (one.asked && !one.cancelled) asked++;
  return asked;
}

/** It is in a worker's hands, and could be taken back. */
function isFree({ begun, asked, kept, cancelled }: LedgerTask): boolean {
  return !begun && !asked && !kept && !cancelled;
}
