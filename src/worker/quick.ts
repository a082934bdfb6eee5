import type { Claims } from './claims.js';
import { now } from './clock.js';
import { type ContextSource, enterContext, type TaskContext } from './context.js';
import type { Marks } from './marks.js';
import type { JobMessage, QuickAnswer, QuickMessage } from './protocol.js';
import type { Ready } from './ready.js';
import type { Runner } from './runner.js';
import { TaskScope } from './scope.js';
import { isQuick, type TaskReader, taskOfQuick } from './wire.js';

interface Surroundings {
  readonly worker: number;
  readonly claims: Claims | undefined;
  readonly marks: Marks | undefined;
  answer(answer: QuickAnswer): unknown;
}

/**
 * Runs single calls that come by themselves, with as little around them as can be: after a rest, code that has not run for a while costs
 * more than what it does. Whatever is not simple becomes an ordinary task of the runner.
 */
export class Quick implements ContextSource {
  readonly #runner: Runner;
  readonly #jobs: TaskReader;
  readonly #surroundings: Surroundings;
  /** The job of the last call; it stays ready until the runner has anything else to do. */
  #ready: Ready | undefined;
  #wire: QuickMessage = [];
  #job: JobMessage | undefined;
  #setup: unknown;
  #scope: TaskScope | undefined;

  constructor(runner: Runner, jobs: TaskReader, surroundings: Surroundings) {
    this.#runner = runner;
    this.#jobs = jobs;
    this.#surroundings = surroundings;
  }

  /** Runs the call that a message is; false for any other message. */
  receive(wire: unknown): boolean {
    if (!isQuick(wire)) {
      this.#ready = undefined;
      return false;
    }
    let ready = this.#ready;
    if (ready?.job.number !== wire[2]) ready = this.#makeReady(wire);
    if (ready === undefined) return true; // it is a task now
    const { claims, marks } = this.#surroundings;
    if (claims?.begin(wire[1] as number, 0) === false) return true; // taken back
    marks?.begin(wire[1] as number);
    this.#wire = wire;
    this.#job = ready.job;
    this.#setup = ready.setup;
    this.#scope = undefined;
    enterContext(this);
    const { f } = ready;
    const began = now();
    let result: unknown;
    try {
      if (wire.length === 4) result = f(wire[3]);
      else result = wire.length === 3 ? f() : f(...wire.slice(3));
    } catch (error) {
      this.#adopt({ error }, began);
      return true;
    }
    if ((typeof result === 'object' && result !== null) || typeof result === 'function' || typeof result === 'symbol') {
      this.#adopt({ result }, began);
      return true;
    }
    const runUs = (now() - began) * 1000;
    this.#surroundings.answer([wire[0] as number, runUs, result]);
    // Nobody waits any more.
    claims?.mark(-1);
    enterContext(undefined);
    return true;
  }

  get context(): TaskContext {
    return this.#asScope().context;
  }

  #makeReady(wire: QuickMessage): Ready | undefined {
    const job = this.#jobs.job(wire[2] as number)!;
    const ready = this.#runner.readyFor(job);
    this.#ready = ready?.again === true ? ready : undefined;
    if (ready === undefined) this.#runner.receive({ kind: 'run', tasks: [taskOfQuick(wire, job)] });
    return ready;
  }

  /** Gives the call to the runner, which has something to do now. */
  #adopt(outcome: Parameters<Runner['adopt']>[1], began: number): void {
    this.#ready = undefined;
    this.#runner.adopt(this.#asScope(), outcome, began);
  }

  #asScope(): TaskScope {
    const { claims, worker } = this.#surroundings;
    this.#scope ??= new TaskScope(taskOfQuick(this.#wire, this.#job!), claims, worker, this.#setup);
    return this.#scope;
  }
}
