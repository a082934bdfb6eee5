/**
 * Allocation: which worker gets which task.
 * - `round-robin`: the next worker in turn, however busy;
 * - `least-loaded`: the worker with the least work, decided when one becomes free;
 * - `work-stealing`: placed in turn, but an idle worker takes from the fullest queue;
 * - `locality`: the worker that already has the task's input, or else as `least-loaded`.
 */
export type Allocation = 'round-robin' | 'least-loaded' | 'work-stealing' | 'locality';
