import type { WorkerFunctions } from './functions.js';

/** The setups of this worker: functions that are run once, before the first task that names them. */
export class Setups {
  readonly #functions: WorkerFunctions;
  readonly #results = new Map<number, Promise<unknown> | { result: unknown }>();

  constructor(functions: WorkerFunctions) {
    this.#functions = functions;
  }

  /** Runs a setup once, and keeps its result. One that failed is tried again by the next task. */
  get(id: number): Promise<unknown> | { result: unknown } {
    const known = this.#results.get(id);
    if (known !== undefined) return known;
    const pending = this.#run(id);
    this.#results.set(id, pending);
    pending.then(
      (result) => this.#results.set(id, { result }),
      () => this.#results.delete(id),
    );
    return pending;
  }

  /** Its result, if it has been run. */
  known(id: number): { result: unknown } | undefined {
    const known = this.#results.get(id);
    return known instanceof Promise ? undefined : known;
  }

  async #run(id: number): Promise<unknown> {
    const fn = await this.#functions.get(id);
    return await fn.get(false)();
  }
}
