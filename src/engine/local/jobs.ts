import type { PortableFunction } from '../../function/portable.js';
import type { JobSpec } from '../engine.js';

/** The jobs that an engine has tasks of, by the numbers that the scheduler knows them by. */
export class Jobs {
  readonly #numbers = new Map<JobSpec, number>();
  /** How many jobs have a function, or a setup, which workers forget after the last of them. */
  readonly #users = new Map<PortableFunction, number>();
  readonly #ending: () => void;
  readonly #over: (number: number) => void;
  readonly #unused: (fn: PortableFunction) => void;
  #next = 0;

  /**
   * @param ending called first for each job, when its signal says that it is over, while it still has its number
   * @param over called last
   * @param unused called between for a function that no job has any more
   */
  constructor(ending: () => void, over: (number: number) => void, unused: (fn: PortableFunction) => void) {
    this.#ending = ending;
    this.#over = over;
    this.#unused = unused;
  }

  numberOf(job: JobSpec): number {
    const known = this.#numbers.get(job);
    if (known !== undefined) return known;
    const number = this.#next++;
    this.#numbers.set(job, number);
    const fns = job.setup === undefined ? [job.fn] : [job.fn, job.setup];
    for (const fn of fns) this.#users.set(fn, (this.#users.get(fn) ?? 0) + 1);
    const end = (): void => {
      this.#ending();
      this.#numbers.delete(job);
      for (const fn of fns) {
        const users = this.#users.get(fn)! - 1;
        if (users > 0) this.#users.set(fn, users);
        else {
          this.#users.delete(fn);
          this.#unused(fn);
        }
      }
      this.#over(number);
    };
    job.signal.addEventListener('abort', end, { once: true });
    return number;
  }
}
