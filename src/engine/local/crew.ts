import type { EngineError, WorkerExit } from '../../errors.js';
import { clearTimeout, setTimeout } from '../../timers.js';
import type { FromWorker, QuickAnswer } from '../../worker/protocol.js';
import type { Connect } from './channel.js';
import { failureOf } from './task-end.js';
import { FunctionNumbers, WorkerHandle } from './worker-handle.js';

/** After so many workers in a row died before they were up, starting them is given up. */
const startAttempts = 3;

/** Of lost workers that nobody replaces, so many are remembered. */
const mostVacant = 1024;

export interface CrewHooks {
  joined(worker: WorkerHandle): void;
  /** A worker is up. */
  ready(worker: WorkerHandle): void;
  /** A worker of the crew said something. */
  message(worker: WorkerHandle, message: FromWorker): void;
  answer(worker: WorkerHandle, answer: QuickAnswer): void;
  /** A worker is no longer of the crew, however that came. */
  lost(worker: WorkerHandle, exit: WorkerExit): void;
  /** Workers do not start. */
  failed(error: EngineError): void;
}

/** The workers of an engine: starts them, and sees to it that each is really gone in the end. */
export class Crew {
  readonly #connect: Connect;
  readonly #hooks: CrewHooks;
  readonly #workers = new Map<number, WorkerHandle>();
  readonly #functions = new FunctionNumbers();
  /** Workers that were killed and are not gone yet. */
  readonly #dying = new Set<Promise<void>>();
  /** Where the next worker's number is from: crews that are told of together have each number once. */
  readonly #numbers: { nextWorker: number };
  /** Workers that were lost and have not been replaced, the oldest first. */
  readonly #vacant: number[] = [];
  #startFailures = 0;
  #latest: WorkerHandle | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(connect: Connect, hooks: CrewHooks, numbers: { nextWorker: number } = { nextWorker: 0 }) {
    this.#numbers = numbers;
    this.#connect = connect;
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#workers.size;
  }

  get(id: number): WorkerHandle | undefined {
    return this.#workers.get(id);
  }

  /** The worker that was the last to say something, if it is up and staying. */
  get latest(): WorkerHandle | undefined {
    return this.#latest?.leaving === false ? this.#latest : undefined;
  }

  [Symbol.iterator](): Iterator<WorkerHandle> {
    return this.#workers.values();
  }

  /** Starts workers until there are `size`. */
  grow(size: number): void {
    while (this.#workers.size < size) {
      const id = this.#numbers.nextWorker++;
      try {
        const worker: WorkerHandle = new WorkerHandle(
          id,
          this.#connect,
          {
            message: (message) => this.#receive(worker, message),
            answer: (answer) => {
              if (worker.exit === undefined) this.#hooks.answer(worker, answer);
            },
            exit: (exit) => this.#lost(worker, exit),
          },
          this.#functions,
        );
        worker.replaces = this.#vacant.shift();
        this.#workers.set(id, worker);
        this.#hooks.joined(worker);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#hooks.failed(failureOf({ how: 'crashed', message }));
        return;
      }
    }
  }

  /** Ends a worker at once; its work need not wait until it is really gone. */
  kill(worker: WorkerHandle): void {
    worker.leaving = true;
    const gone: Promise<void> = worker.channel.kill().finally(() => this.#dying.delete(gone));
    this.#dying.add(gone);
    this.#lost(worker, { how: 'replaced' });
  }

  /** Asks a worker that has nothing left to end, and kills it if it has not within `boundMs`: others wait for its place. */
  retire(worker: WorkerHandle, boundMs: number): void {
    worker.leave();
    worker.bound = setTimeout(() => this.kill(worker), boundMs).unref();
  }

  /** Asks all workers to end, kills those that have not within `boundMs`, and resolves when none is left. */
  async end(boundMs: number): Promise<void> {
    if (this.#workers.size > 0 && boundMs > 0) {
      const empty = new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
      for (const worker of this) worker.leave();
      const bound = setTimeout(() => this.#killAll(), boundMs);
      await empty;
      clearTimeout(bound);
    }
    this.#killAll();
    await Promise.all(this.#dying);
  }

  #killAll(): void {
    for (const worker of [...this]) this.kill(worker);
  }

  #receive(worker: WorkerHandle, message: FromWorker): void {
    if (!this.#workers.has(worker.id)) return; // killed meanwhile
    if (message.kind === 'ready') {
      worker.ready = true;
      this.#startFailures = 0;
      this.#hooks.ready(worker);
      return;
    }
    this.#latest = worker;
    this.#hooks.message(worker, message);
  }

  #lost(worker: WorkerHandle, exit: WorkerExit): void {
    if (!this.#workers.delete(worker.id)) return;
    if (this.#latest === worker) this.#latest = undefined;
    worker.exit = exit;
    clearTimeout(worker.bound);
    if (this.#vacant.length < mostVacant) this.#vacant.push(worker.id);
    if (!worker.ready && !worker.leaving && ++this.#startFailures >= startAttempts) {
      this.#startFailures = 0; // the next work tries anew
      this.#hooks.failed(failureOf(exit));
    }
    this.#hooks.lost(worker, exit);
    if (this.#workers.size === 0) this.#onEmpty?.();
  }
}
