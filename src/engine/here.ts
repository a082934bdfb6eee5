import { isOwn } from '../codec/index.js';
import { isLight } from '../function/light.js';
import type { PortableFunction } from '../function/portable.js';
import { EventHub } from '../observe/hub.js';
import { setImmediate } from '../timers.js';
import type { FromWorker } from '../worker/protocol.js';
import { Runner } from '../worker/runner.js';
import type { Sprinter } from '../worker/sprint.js';
import type { Engine, JobSpec, Task, TaskEnd } from './engine.js';
import { Jobs } from './local/jobs.js';
import { saidEnd } from './local/task-end.js';
import { FunctionNumbers } from './local/worker-handle.js';
import { toldTask } from './told.js';

type Numbers = Sprinter['numbers'];

/**
 * The caller's own thread as a worker, for work that costs less than sending it elsewhere. It runs the rebuilt copy of the function as
 * every worker does, a task at a time, each in a turn of its own of the event loop. Only for functions that are known to be cheap and
 * to do nothing to the process: nothing could interrupt them.
 */
export class Here implements Pick<Engine, 'submit'> {
  readonly #numbers = new FunctionNumbers();
  readonly #jobs = new Jobs(
    () => {},
    () => {},
    (fn) => this.#forget(fn),
  );
  readonly #defined = new Set<PortableFunction>();
  readonly #under = new Map<number, { readonly task: Task; readonly resolve: (end: TaskEnd) => void }>();
  readonly #worker: number;
  readonly #events: EventHub;
  #started: Runner | undefined;
  #next = 0;

  /** @param worker its number, where workers have theirs; `events` is told of what it runs */
  constructor(worker: number, events = new EventHub()) {
    this.#worker = worker;
    this.#events = events;
  }

  get #runner(): Runner {
    this.#started ??= this.#start();
    return this.#started;
  }

  #start(): Runner {
    return new Runner({
      worker: this.#worker,
      claims: undefined,
      marks: undefined,
      sharesThread: false,
      sharedMemory: true,
      clones: false,
      stays: true,
      post: (message) => this.#heard(message),
      closed: () => {},
    });
  }

  /** @param waits called if a row gave a promise: it is waited for, but nothing else is done here meanwhile */
  submit(task: Task, waits?: () => void): Promise<TaskEnd> {
    return new Promise((answer) => {
      const resolve = this.#events.active ? toldTask(this.#events, task, answer, undefined, true) : answer;
      setImmediate(() => {
        const before = this.#next;
        this.#run(task, resolve);
        if (!this.#under.has(before)) return;
        // Whoever waits keeps this runner for himself.
        const runner = this.#runner;
        this.#started = undefined;
        this.#defined.clear();
        const abandon = (): void => {
          this.#cancel(before);
          runner.abandon();
        };
        task.job.signal.addEventListener('abort', abandon, { once: true });
        waits?.();
      });
    });
  }

  /** The loop of a function over numbers, if it has run here before. */
  numbers(job: JobSpec): Numbers | undefined {
    if (!this.#defined.has(job.fn)) return undefined;
    const sprinter = this.#runner.functions.ready(this.#numbers.of(job.fn))?.sprinter(false, true);
    return sprinter && ((rows, from, to, out) => sprinter.numbers(rows, from, to, out));
  }

  #run(task: Task, resolve: (end: TaskEnd) => void): void {
    const { job, firstIndex, indices, attempt, onError } = task;
    if (job.signal.aborted) {
      resolve({ kind: 'cancelled' });
      return;
    }
    try {
      task.trace?.();
      const input = task.input();
      const { program, concurrency } = job;
      const number = this.#define(job);
      // What such a function gives of rows that are not copies is nobody else's, either.
      const light = isLight(job.fn) || isOwn(input);
      const message = { number, fn: number, setup: undefined, program, timed: false, concurrency, splits: true, light };
      const id = this.#next++;
      this.#under.set(id, { task, resolve });
      const given = { id, claim: 0, job: message, input, firstIndex, indices, attempt, onError };
      this.#runner.receive({ kind: 'run', tasks: [given] });
    } catch (error) {
      resolve({ kind: 'refused', error });
    }
  }

  #heard(message: FromWorker): void {
    if (message.kind === 'rows') this.#under.get(message.task)?.task.told?.(message, this.#worker);
    if (message.kind !== 'ended') return;
    for (const end of message.ends) {
      this.#under.get(end.task)?.resolve(saidEnd(end, this.#worker));
      this.#under.delete(end.task);
    }
  }

  /** A task that waits for a promise is over for those who asked for it, whether that ever settles or not. */
  #cancel(id: number): void {
    this.#under.get(id)?.resolve({ kind: 'cancelled' });
    this.#under.delete(id);
  }

  #define(job: JobSpec): number {
    const { fn } = job;
    this.#jobs.numberOf(job);
    const number = this.#numbers.of(fn);
    if (this.#defined.has(fn)) return number;
    this.#defined.add(fn);
    const { name, code, values, traits } = fn;
    const definition = { name, hash: code.hash, code, values, stateful: traits.stateful };
    this.#runner.receive({ kind: 'define', id: number, definition });
    return number;
  }

  #forget(fn: PortableFunction): void {
    if (this.#defined.delete(fn)) this.#runner.receive({ kind: 'forget', ids: [this.#numbers.of(fn)] });
  }
}
