import type { Block } from '../../codec/block.js';
import type { WorkerExit } from '../../errors.js';
import { arrayUse } from '../../function/arrays.js';
import type { PortableFunction } from '../../function/portable.js';
import { codesKept, dropOldest } from '../../worker/codes.js';
import type { FunctionDefinition, JobMessage, TaskMessage, ToWorker } from '../../worker/protocol.js';
import type { Blame, JobSpec, TaskEnd } from '../engine.js';
import type { Channel, ChannelEvents, Connect } from './channel.js';
import type { Entry } from './entry.js';

/** Numbers functions, the same number for the same portable function as long as it lives. */
export class FunctionNumbers {
  readonly #numbers = new WeakMap<PortableFunction, number>();
  #next = 0;

  of(fn: PortableFunction): number {
    let number = this.#numbers.get(fn);
    if (number === undefined) {
      number = this.#next++;
      this.#numbers.set(fn, number);
    }
    return number;
  }
}

/** For tests, which run whole suites so: threads are asked for tasks that have not begun, as processes are, and none is taken by its claim word. */
const takesByClaim = process.env.SHEAF_CLAIMS !== 'off';

/** One worker as the driver sees it: its channel, what it has been told, and what it holds. */
export class WorkerHandle {
  readonly id: number;
  readonly channel: Channel;
  /** Tasks given to it that have not ended, by their numbers. */
  readonly holds = new Map<number, Entry>();
  /** It has answered: what kills it from now on is not its start. */
  ready = false;
  /** How it ended, once it has. */
  exit: WorkerExit | undefined;
  /** The lost worker whose place it takes. */
  replaces: number | undefined;
  /** It was asked how it is and has not answered. */
  isMeasuring = false;
  /** It was told to end. */
  leaving = false;
  /** Ends it when it has been told to end and does not. */
  bound: NodeJS.Timeout | undefined;
  readonly #functions: FunctionNumbers;
  readonly #defined = new Set<number>();
  readonly #hashes = new Set<string>();
  #forget: number[] = [];
  #outbox: TaskMessage[] = [];
  #claims = 0;
  /** What the worker is told of a job, once for all jobs that are alike. */
  readonly #jobs = new WeakMap<JobSpec, JobMessage>();
  readonly #alike = new Map<string, JobMessage>();
  #nextJob = 0;

  constructor(id: number, connect: Connect, events: ChannelEvents, functions: FunctionNumbers) {
    this.id = id;
    this.#functions = functions;
    this.channel = connect(id, events);
  }

  /** Makes the input of a task and takes it, for the next {@link flush}; otherwise how the task ends. */
  take(task: number, entry: Entry): TaskEnd | undefined {
    try {
      this.#give(task, entry, entry.task.input());
      return undefined;
    } catch (error) {
      return { kind: 'refused', error };
    }
  }

  #give(task: number, entry: Entry, input: Block): void {
    const { task: given } = entry;
    const claim = this.#claims++;
    const carrier = given.trace?.();
    if (carrier !== undefined) this.channel.send({ kind: 'context', task, carrier });
    entry.worker = this;
    entry.claim = claim;
    this.holds.set(task, entry);
    this.channel.claims?.grant(claim);
    this.#outbox.push({
      id: task,
      claim,
      job: this.#jobs.get(given.job) ?? this.#introduce(given.job),
      input,
      firstIndex: given.firstIndex,
      indices: given.indices,
      attempt: given.attempt,
      onError: given.onError,
    });
  }

  #introduce(job: JobSpec): JobMessage {
    const fn = this.#define(job.fn);
    const setup = job.setup === undefined ? undefined : this.#define(job.setup);
    const { program, concurrency, splits } = job;
    const timed = job.timeoutMs !== undefined;
    const key = JSON.stringify([fn, setup, program, timed, concurrency, splits]);
    let message = this.#alike.get(key);
    if (message === undefined) {
      const arrays = program.kind === 'map' ? arrayUse(job.fn) : undefined;
      message = { number: this.#nextJob++, fn, setup, program, timed, concurrency, splits, arrays };
      this.#alike.set(key, message);
    }
    this.#jobs.set(job, message);
    return message;
  }

  /** The number of a job that the worker knows, so that single calls of it may come; `undefined` if they have to go as tasks. */
  quickNumber(job: JobSpec): number | undefined {
    const number = this.#jobs.get(job)?.number;
    return number !== undefined && this.#forget.length === 0 && this.channel.knows(number) ? number : undefined;
  }

  /** Sends a single call; its claim. */
  quick(id: number, job: number, args: readonly unknown[]): number {
    const claim = this.#claims++;
    this.channel.claims?.grant(claim);
    // Spreading nothing, or one, costs as much as all the rest here.
    if (args.length === 0) this.channel.quick([id, claim, job]);
    else this.channel.quick(args.length === 1 ? [id, claim, job, args[0]] : [id, claim, job, ...args]);
    return claim;
  }

  /** Sends what was given since the last time. Otherwise which tasks could not be sent, and why. */
  flush(): { readonly tasks: readonly number[]; readonly error: unknown } | undefined {
    if (this.#forget.length > 0) {
      this.channel.send({ kind: 'forget', ids: this.#forget });
      this.#forget = [];
    }
    if (this.#outbox.length === 0) return undefined;
    const tasks = this.#outbox;
    this.#outbox = [];
    try {
      this.channel.send({ kind: 'run', tasks });
      return undefined;
    } catch (error) {
      return { tasks: tasks.map((task) => task.id), error };
    }
  }

  /** Takes back a task that has not begun; false if it has, or may have. */
  revoke(task: number): boolean {
    const entry = this.holds.get(task);
    if (entry === undefined) return false;
    const waiting = this.#outbox.findIndex((message) => message.id === task);
    if (waiting >= 0) this.#outbox.splice(waiting, 1);
    else if (!takesByClaim || this.channel.claims?.revoke(entry.claim) !== true) return false;
    this.holds.delete(task);
    entry.worker = undefined;
    return true;
  }

  /** Takes back a task for somebody else. Where the claims are not shared, the worker is asked, and answers in a message. */
  takeBack(task: number): 'revoked' | 'kept' | 'asked' {
    if (this.revoke(task)) return 'revoked';
    if ((takesByClaim && this.channel.claims !== undefined) || !this.holds.has(task)) return 'kept';
    this.channel.send({ kind: 'revoke', task });
    return 'asked';
  }

  /** The worker says that it has not begun a task and will not. */
  released(task: number): void {
    const entry = this.holds.get(task);
    if (entry === undefined) return;
    this.holds.delete(task);
    entry.worker = undefined;
  }

  /** @param row only this one of the task is late: a task that polls is not told, since the shared word is that of all its rows */
  interrupt(task: number, reason: 'timeout' | 'cancelled', row: number | undefined): void {
    const entry = this.holds.get(task);
    if (entry === undefined) return;
    if (row === undefined) this.channel.claims?.askAbort(entry.claim);
    this.channel.send({ kind: 'abort', task, reason, ...(row === undefined ? {} : { row }) });
  }

  /** The function will not be used again; the worker hears it with its next tasks. */
  forget(fn: PortableFunction): void {
    const number = this.#functions.of(fn);
    if (!this.#defined.delete(number)) return;
    this.#forget.push(number);
    for (const [key, job] of this.#alike) if (job.fn === number) this.#alike.delete(key);
  }

  /** After its death: had it begun the task? Where that is not noted, the first one it holds counts as begun. */
  hasBegun(entry: Entry): boolean {
    const { claims, marks } = this.channel;
    if (claims !== undefined) return claims.hasBegun(entry.claim);
    if (marks !== undefined) return entry.claim <= (marks.read()?.claim ?? -1);
    for (const first of this.holds.values()) return first === entry;
    return false;
  }

  /** After its death: which row of this task, the last that it began, it died of, as far as that is known. */
  blame(entry: Entry): Blame {
    if (!this.hasBegun(entry)) return 'none';
    const { claims, marks } = this.channel;
    const { rows, job } = entry.task;
    if (rows === 1 && entry.grown !== true) return { row: 0 };
    const row = claims === undefined ? marks?.read()?.row : claims.rowOf(entry.claim);
    if (row !== undefined && row >= 0) return { row };
    if (claims === undefined || job.concurrency > 1) return 'unknown';
    return { row: 0 }; // in the setup, or while the first row was made ready
  }

  measure(): void {
    if (!this.ready || this.leaving || this.isMeasuring) return;
    this.isMeasuring = true;
    this.channel.send({ kind: 'measure', sentAt: performance.timeOrigin + performance.now() });
  }

  leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.channel.send({ kind: 'close' } satisfies ToWorker);
  }

  #define(fn: PortableFunction): number {
    const id = this.#functions.of(fn);
    if (this.#defined.has(id)) return id;
    this.#forget = this.#forget.filter((other) => other !== id);
    const { hash } = fn.code;
    const definition: FunctionDefinition = {
      name: fn.name,
      hash,
      code: this.#hashes.has(hash) ? undefined : fn.code,
      values: fn.values,
      stateful: fn.traits.stateful,
    };
    this.channel.send({ kind: 'define', id, definition });
    this.#defined.add(id);
    this.#hashes.add(hash);
    dropOldest(this.#hashes, codesKept);
    return id;
  }
}
