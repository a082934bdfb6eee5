import { core } from '../core.js';
import type { QuickCall, Task, TaskEnd } from '../engine.js';
import type { Where } from '../labels.js';
import type { LocalEngineOptions, Together } from '../local/options.js';

type Local = InstanceType<typeof core.LocalEngine>;

/** Makes the options of an engine whose workers are where a job wants them; its own for `undefined`. */
export type OptionsFor = (where: Where | undefined, together: Together) => LocalEngineOptions;

/** An engine whose jobs may ask for workers on other nodes than the rest: for these it has others beside its own. */
export class RayEngine extends core.LocalEngine {
  readonly #optionsFor: OptionsFor;
  readonly #together: Together;
  readonly #others = new Map<string, Local>();

  constructor(optionsFor: OptionsFor) {
    const together: Together = { first: undefined, crews: new Set(), nextWorker: 0 };
    super(optionsFor(undefined, together));
    this.#optionsFor = optionsFor;
    this.#together = together;
  }

  override submit(task: Task): Promise<TaskEnd> {
    const { where } = task.job;
    return where === undefined ? super.submit(task) : this.#at(where).submit(task);
  }

  override quick(call: QuickCall): boolean {
    const { where } = call.job;
    return where === undefined ? super.quick(call) : this.#at(where).quick(call);
  }

  override async close(): Promise<void> {
    await Promise.all([...this.#others.values()].map((other) => other.close()));
    await super.close();
  }

  override async terminate(): Promise<void> {
    await Promise.all([...[...this.#others.values()].map((other) => other.terminate()), super.terminate()]);
  }

  #at(where: Where): Local {
    const key = JSON.stringify([where.labels, where.spreadOver]);
    let other = this.#others.get(key);
    if (other === undefined) {
      other = new core.LocalEngine(this.#optionsFor(where, this.#together));
      this.#others.set(key, other);
    }
    return other;
  }
}
