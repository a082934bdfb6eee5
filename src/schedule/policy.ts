/**
 * Allocation: which worker gets which task.
 * - `round-robin`: the next worker in turn, however busy;
 * - `least-loaded`: the worker with the least work, decided when one becomes free;
 * - `work-stealing`: placed in turn, but an idle worker takes from the fullest queue;
 * - `locality`: the worker that already has the task's input, or else as `least-loaded`; an idle worker takes from the fullest queue.
 * - or a policy object.
 */
export type Allocation = AllocationName | AllocationPolicy;

/** The policies that Sheaf has, by name. */
export type AllocationName = 'round-robin' | 'least-loaded' | 'work-stealing' | 'locality';

/**
 * A policy of your own. Its functions are called synchronously, and must not change what they are given. Where one throws, or
 * answers with anything but `undefined` or the number of a worker it was shown, the tasks it was asked about are refused with an error
 * that says so: for `place` the rest of the tasks submitted together, for `steal` what waits in the queues of this policy. Tasks that
 * workers already have go on.
 */
export interface AllocationPolicy {
  /** For messages. */
  readonly name: string;
  /**
   * Called once for each task when it is submitted, while there are workers. The task waits in the queue of the worker whose `id` is
   * returned, or with `undefined` in a queue that all share, from which the next free worker takes.
   *
   * What waits for a worker that is lost goes to the shared queue; `place` is not asked again.
   */
  place(task: TaskView, workers: readonly WorkerView[]): number | undefined;
  /**
   * Whether a worker that has nothing to do takes tasks that wait for another.
   * - `true`: yes, from the end of the longest queue, and also tasks that were already handed to a worker but have not begun;
   * - `false` (default): no;
   * - a function: it says from which of `victims`, the workers for which tasks wait under this policy (never empty), if from any.
   */
  readonly steal?: boolean | ((thief: WorkerView, victims: readonly WorkerView[]) => number | undefined) | undefined;
}

/** A task, as a policy sees it. */
export interface TaskView {
  /** The task's number, unique in its engine. */
  readonly task: number;
  /** Its job's number. */
  readonly job: number;
  /** Its job's `priority`. */
  readonly priority: number;
  /** Expected time in µs, where it is known. */
  readonly expectedUs: number | undefined;
  /** Workers that have the input, best first. They may be gone. */
  readonly prefer: readonly number[];
}

/** A worker, as a policy sees it: the numbers are those of the moment, and the object changes with them. */
export interface WorkerView {
  /** Its number. */
  readonly id: number;
  /** Tasks it has: the running one and those handed to it ahead. 0: it is idle. */
  readonly granted: number;
  /** Tasks that wait in its queue. One that was cancelled by itself may count until its turn would come. */
  readonly queued: number;
  /** Expected time of what was granted, in µs; tasks of which it is not known count 0. */
  readonly expectedUs: number;
  /** Tasks granted to it so far. */
  readonly total: number;
}

const NAMES: readonly unknown[] = [
  'round-robin',
  'least-loaded',
  'work-stealing',
  'locality',
] satisfies AllocationName[];

/** What is wrong with a value given as `allocation`; `undefined` if nothing is. */
export function allocationProblem(value: unknown): string | undefined {
  if (NAMES.includes(value)) return undefined;
  const names = NAMES.map((name) => `'${name}'`).join(', ');
  if (typeof value !== 'object' || value === null)
    return `allocation must be ${names} or a policy object, not ${show(value)}`;
  const { name, place, steal } = value as Record<string, unknown>;
  if (typeof name !== 'string') return `the name of an allocation policy must be a string, not ${show(name)}`;
  if (typeof place !== 'function')
    return `place of the allocation policy '${name}' must be a function, not ${show(place)}`;
  if (steal === undefined || typeof steal === 'boolean' || typeof steal === 'function') return undefined;
  return `steal of the allocation policy '${name}' must be a boolean or a function, not ${show(steal)}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return value === null || typeof value !== 'object' ? String(value) : 'an object';
}
