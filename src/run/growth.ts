/** How far tasks with several calls in flight get more rows while they run. */

/** Rows that have no result here, at most: where results are streamed, of each place for calls, else in all. */
const openStreamed = 16;
const mostOpen = 4096;
/** Where others wait for the worker, a task ends after so many rows of each place. */
const fairRows = 16;

export interface Growth {
  /** What the task has had. */
  readonly rows: number;
  /** Of them, those that are not told of. */
  readonly open: number;
  /** Tasks of others wait for its worker. */
  readonly isWaitedFor: boolean;
  /** Asks again. */
  readonly later: () => void;
}

/** Whether a task may get rows now, or later, or has had its share, after which the scheduler says what its worker does next. */
export function roomToGrow(
  { rows, open, isWaitedFor }: Growth,
  concurrency: number,
  streamed: boolean,
): 'now' | 'later' | 'never' {
  if (isWaitedFor && rows >= fairRows * concurrency) return 'never';
  return open >= (streamed ? openStreamed * concurrency : mostOpen) ? 'later' : 'now';
}
