import type { Claims } from './claims.js';
import type { ContextSource, TaskContext } from './context.js';
import type { GrowingCalls } from './growing-calls.js';
import type { AbortReason, TaskMessage } from './protocol.js';
import { TaskAbort } from './signal.js';

/** What surrounds the calls of one task: its context and its signal, each made when it is asked for. */
export class TaskScope implements ContextSource {
  readonly task: TaskMessage;
  /** Where the task may get more rows while it runs. */
  growing: GrowingCalls | undefined;
  readonly #claims: Claims | undefined;
  readonly #worker: number;
  readonly #setup: unknown;
  #abort: TaskAbort | undefined;
  /** Nobody wants what its rows give: those that have not begun need not. */
  isOver = false;
  #context: TaskContext | undefined;

  constructor(task: TaskMessage, claims: Claims | undefined, worker: number, setup: unknown) {
    this.task = task;
    this.#claims = claims;
    this.#worker = worker;
    this.#setup = setup;
  }

  get context(): TaskContext {
    if (this.#context !== undefined) return this.#context;
    const signal = (): AbortSignal => this.#taskAbort().signal;
    this.#context = {
      get signal() {
        return signal();
      },
      attempt: this.task.attempt,
      worker: this.#worker,
      setup: this.#setup,
    };
    return this.#context;
  }

  /** @param _row only this one, where rows have signals of their own (`RowScopes`) */
  abort(reason: AbortReason, _row?: number): void {
    this.isOver = true;
    this.#taskAbort().abort(reason);
  }

  #taskAbort(): TaskAbort {
    this.#abort ??= new TaskAbort(this.#claims, this.task.claim);
    return this.#abort;
  }
}
