import type { PortableFunction } from '../../function/portable.js';
import type { JobSpec } from '../engine.js';

/** The jobs that an engine has tasks of, by the numbers that the scheduler knows them by. */
export class Jobs {
  readonly #numbers = new Map<JobSpec, number>();
  /** How many jobs have a function, which workers forget after the last of them. */
  readonly #users = new Map<PortableFunction, number>();
  #next = 0;

  /**
   * @param over called once, when the job's signal says that it is over
   * @param unused called before that for a function that no job has any more
   */
  numberOf(job: JobSpec, over: (number: number) => void, unused: (fn: PortableFunction) => void): number {
    const known = this.#numbers.get(job);
    if (known !== undefined) return known;
    const number = this.#next++;
    this.#numbers.set(job, number);
    this.#users.set(job.fn, (this.#users.get(job.fn) ?? 0) + 1);
    const end = (): void => {
      this.#numbers.delete(job);
      const users = this.#users.get(job.fn)! - 1;
      if (users > 0) this.#users.set(job.fn, users);
      else {
        this.#users.delete(job.fn);
        unused(job.fn);
      }
      over(number);
    };
    job.signal.addEventListener('abort', end, { once: true });
    return number;
  }
}
