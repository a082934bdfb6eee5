import type { Allocation } from '../../schedule/policy.js';
import type { Submitted } from '../../schedule/types.js';
import type { Task } from '../engine.js';

/** Numbers the tasks that are submitted, and keeps those of one turn together, alike ones as one range, for the scheduler. */
export class Intake {
  #ranges: { from: number; to: number; task: Task; job: number }[] = [];
  #next = 0;

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** A number for a task that the scheduler hears of by itself. */
  number(): number {
    return this.#next++;
  }

  /** Gives the task its number. */
  add(task: Task, job: number): number {
    const id = this.#next++;
    const last = this.#ranges.at(-1);
    if (last?.job === job && last.task.expectedUs === task.expectedUs && last.task.prefer === task.prefer)
      last.to = id + 1;
    else this.#ranges.push({ from: id, to: id + 1, task, job });
    return id;
  }

  take(now: number): Submitted[] {
    const ranges = this.#ranges;
    this.#ranges = [];
    return ranges.map(({ from, to, task, job }) => submitted(from, to, task, job, now));
  }
}

/** Tasks that are alike, in the words of the scheduler. */
export function submitted(from: number, to: number, task: Task, job: number, now: number, givenTo?: number): Submitted {
  const { priority, timeoutMs, allocation } = task.job;
  const { expectedUs, prefer } = task;
  return { kind: 'submitted', from, to, job, priority, expectedUs, timeoutMs, allocation, prefer, givenTo, now };
}

/** Whether a policy places tasks with workers, all of which it then has to see. */
export function placesByWorker(allocation: Allocation | undefined): boolean {
  return allocation === 'round-robin' || typeof allocation === 'object';
}
