import type { Claims } from './claims.js';
import { type ContextSource, enterContext, type TaskContext } from './context.js';
import type { Marks } from './marks.js';
import type { JobMessage, QuickAnswer, QuickMessage } from './protocol.js';
import type { Runner } from './runner.js';
import { TaskScope } from './scope.js';
import { taskOfQuick } from './wire.js';

interface Surroundings {
  readonly worker: number;
  readonly claims: Claims | undefined;
  readonly marks: Marks | undefined;
  answer(answer: QuickAnswer): void;
}

/**
 * Runs single calls that come by themselves, with as little around them as can be: after a rest, code that has not run for a while costs
 * more than what it does. Whatever is not simple becomes an ordinary task of the runner.
 */
export class Quick implements ContextSource {
  readonly #runner: Runner;
  readonly #surroundings: Surroundings;
  #wire: QuickMessage = [];
  #job: JobMessage | undefined;
  #setup: unknown;
  #scope: TaskScope | undefined;

  constructor(runner: Runner, surroundings: Surroundings) {
    this.#runner = runner;
    this.#surroundings = surroundings;
  }

  receive(wire: QuickMessage, job: JobMessage): void {
    const ready = this.#runner.readyFor(job);
    if (ready === undefined) {
      this.#runner.receive({ kind: 'run', tasks: [taskOfQuick(wire, job)] });
      return;
    }
    const { claims, marks } = this.#surroundings;
    if (claims?.begin(wire[1] as number) === false) return; // taken back
    marks?.begin(wire[1] as number);
    claims?.mark(0);
    this.#wire = wire;
    this.#job = job;
    this.#setup = ready.setup;
    this.#scope = undefined;
    enterContext(this);
    const { f } = ready;
    const began = performance.now();
    let result: unknown;
    try {
      if (wire.length === 4) result = f(wire[3]);
      else result = wire.length === 3 ? f() : f(...wire.slice(3));
    } catch (error) {
      this.#runner.adopt(this.#asScope(), { error }, began);
      return;
    }
    if ((typeof result === 'object' && result !== null) || typeof result === 'function' || typeof result === 'symbol') {
      this.#runner.adopt(this.#asScope(), { result }, began);
      return;
    }
    const runUs = (performance.now() - began) * 1000;
    claims?.mark(-1);
    enterContext(undefined);
    this.#surroundings.answer([wire[0] as number, runUs, result]);
  }

  get context(): TaskContext {
    return this.#asScope().context;
  }

  #asScope(): TaskScope {
    const { claims, worker } = this.#surroundings;
    this.#scope ??= new TaskScope(taskOfQuick(this.#wire, this.#job!), claims, worker, this.#setup);
    return this.#scope;
  }
}
