/**
 * The error family. Every error Sheaf itself raises is a {@link SheafError}: it has a stable `code` for programs,
 * and a message for people that says what happened, to which item, variable or file, and what to do about it.
 * Errors that a user's function throws are never wrapped: they arrive as themselves, and {@link taskOf} tells where
 * they happened.
 */

/** Stable codes, one for each class of error. */
export type SheafErrorCode =
  | 'ERR_SHEAF_CAPTURE'
  | 'ERR_SHEAF_VALUE'
  | 'ERR_SHEAF_TIMEOUT'
  | 'ERR_SHEAF_CANCELLED'
  | 'ERR_SHEAF_WORKER_LOST'
  | 'ERR_SHEAF_EXCHANGE'
  | 'ERR_SHEAF_ENGINE';

/** Base of all errors that Sheaf itself raises. Never retried unless its class says so. */
export abstract class SheafError extends Error {
  /** The same for all errors of one class, now and in later versions. */
  abstract readonly code: SheafErrorCode;
}

// Names live on the prototypes so that an instance has no enumerable own `name`, as with built-in errors.
function named(type: { prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, 'name', { value: name, writable: true, configurable: true });
}

/**
 * A function, or a value it captured, cannot travel to a worker. Raised before anything runs.
 * `path` leads from the function to what is refused (`['fn', 'helper', 'this']`); `variable` is its last step.
 */
export class CaptureError extends SheafError {
  readonly code = 'ERR_SHEAF_CAPTURE';
  /** The way from the function to what is refused, a name for each step. */
  readonly path: readonly string[];
  /** The last step of `path`: what is refused. */
  readonly variable: string | undefined;
  constructor(message: string, path: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.path = path;
    this.variable = path.at(-1);
  }
}
named(CaptureError, 'CaptureError');

/**
 * An item, an argument or a result cannot be encoded. `path` leads to the value inside it (`.user.onClick`, `[3].socket`, or
 * empty for the value itself); `index` is the item's place in the input, where there is one.
 */
export class ValueError extends SheafError {
  readonly code = 'ERR_SHEAF_VALUE';
  /** The way to the value: `.user.onClick`, `[3].socket`; empty for the value itself. */
  readonly path: string;
  /** Place of the item in the input, from 0, where there is one. */
  readonly index: number | undefined;
  constructor(message: string, path = '', index?: number, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
    this.index = index;
  }
}
named(ValueError, 'ValueError');

/** An item ran longer than its `timeoutMs`, counted from when it started to run. */
export class TimeoutError extends SheafError {
  readonly code = 'ERR_SHEAF_TIMEOUT';
  /** The bound that was passed, in ms. */
  readonly timeoutMs: number;
  constructor(message: string, timeoutMs: number, options?: ErrorOptions) {
    super(message, options);
    this.timeoutMs = timeoutMs;
  }
}
named(TimeoutError, 'TimeoutError');

/** Work was cancelled before it was done. The reason given to `cancel` or to the signal is the `cause`. */
export class CancelledError extends SheafError {
  readonly code = 'ERR_SHEAF_CANCELLED';
}
named(CancelledError, 'CancelledError');

/** The worker that ran an item died, as often as the item may be tried. `exit` says how, as far as it is known. */
export class WorkerLostError extends SheafError {
  readonly code = 'ERR_SHEAF_WORKER_LOST';
  /** How the last worker that tried it ended. */
  readonly exit: WorkerExit;
  constructor(message: string, exit: WorkerExit, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}
named(WorkerLostError, 'WorkerLostError');

/** Rows between two stages are missing or damaged. */
export class ExchangeError extends SheafError {
  readonly code = 'ERR_SHEAF_EXCHANGE';
}
named(ExchangeError, 'ExchangeError');

/** The engine cannot run work: it is closed, its workers do not start, or its address does not answer. */
export class EngineError extends SheafError {
  readonly code = 'ERR_SHEAF_ENGINE';
}
named(EngineError, 'EngineError');

/** How a worker ended. */
export interface WorkerExit {
  /** `exited`: by itself (`process.exit`); `killed`: by a signal; `memory`: out of heap; `crashed`: an error outside any task; `replaced`: by us. */
  readonly how: 'exited' | 'killed' | 'memory' | 'crashed' | 'replaced';
  /** Exit code of the process or thread, for `exited`. */
  readonly code?: number | undefined;
  /** Name of the signal, for `killed`: `SIGKILL`. */
  readonly signal?: string | undefined;
  /** The message of the error that ended it, for `crashed` and `memory`. */
  readonly message?: string | undefined;
}

/** How a worker ended, for messages. */
export function describeExit(exit: WorkerExit): string {
  const message = exit.message === undefined ? '' : ` (${exit.message})`;
  switch (exit.how) {
    case 'exited':
      return `it exited with code ${exit.code ?? 0}`;
    case 'killed':
      return `it was killed by ${exit.signal}`;
    case 'memory':
      return `it ran out of memory${message}`;
    case 'crashed':
      return `it crashed${message}`;
    case 'replaced':
      return 'it was replaced, since it did not stop';
  }
}

/** Where an error happened. */
export interface TaskInfo {
  /** The job's `label`, or else the function's name. */
  readonly label: string;
  /** Place of the item in the input; 0 for `run`; of a dataset, the partition. */
  readonly index: number;
  /** A short preview of the item, or of the arguments of `run`; of a dataset, which partition, where the row is not known. */
  readonly item: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** The worker's number, or -1 where no worker had it yet. */
  readonly worker: number;
  /** Of a dataset: the operator whose function failed; `item` is the row. */
  readonly operator?: string;
  /** Of a dataset: the partition that was being made, from 0. */
  readonly partition?: number;
}

const tasks = new WeakMap<object, TaskInfo>();

/** The task in which `error` happened; `undefined` for what did not come out of a task (and for thrown primitives). */
export function taskOf(error: unknown): TaskInfo | undefined {
  return typeof error === 'object' && error !== null ? tasks.get(error) : undefined;
}

/** Notes where an error happened, for {@link taskOf}. */
export function setTask(error: unknown, task: TaskInfo): void {
  if (typeof error === 'object' && error !== null) tasks.set(error, task);
}

/** Stops with the story when something that must hold does not: a defect of Sheaf, never of its caller. */
export function invariant(condition: unknown, story: string): asserts condition {
  if (!condition) throw new Error(`A defect in Sheaf, please report it: ${story}`);
}
