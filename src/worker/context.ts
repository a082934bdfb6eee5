import type { AsyncLocalStorage } from 'node:async_hooks';

/** What a task can know of its surroundings. */
export interface TaskContext<S = unknown> {
  /** Aborted when the item is past its `timeoutMs`, or its job was cancelled. */
  readonly signal: AbortSignal;
  /** Which try at this item it is, from 1. */
  readonly attempt: number;
  /** The worker's number. */
  readonly worker: number;
  /** What the pool's `setup` returned in this worker. */
  readonly setup: S;
}

// Kept on a symbol of the process-wide registry, because a worker may hold several copies of this module: its own, and one that the
// function's modules import.
const key = Symbol.for('sheaf.context');
/** Makes the context when it is asked for, since most functions never do. */
export interface ContextSource {
  readonly context: TaskContext;
}

interface Holder {
  current: ContextSource | undefined;
  storage: AsyncLocalStorage<ContextSource> | undefined;
}
const realm = globalThis as unknown as { [key]?: Holder };
realm[key] ??= { current: undefined, storage: undefined };
const holder: Holder = realm[key];

/**
 * Inside a function that a worker runs: its signal, attempt, worker number, and what `setup` returned.
 *
 * @throws Error when called outside a task.
 */
export function context<S = unknown>(): TaskContext<S> {
  const current = holder.storage?.getStore() ?? holder.current;
  if (current === undefined) {
    throw new Error('context() was called outside a task: call it inside the function that you give to map or run.');
  }
  return current.context as TaskContext<S>;
}
// Functions marked so travel by name: the worker has its own.
Object.defineProperty(context, Symbol.for('sheaf.host'), { value: 'context' });

/** Whether what runs now runs in a task. */
export function isInTask(): boolean {
  return (holder.storage?.getStore() ?? holder.current) !== undefined;
}

/** Sets the context of what runs next on this thread. */
export function enterContext(next: ContextSource | undefined): void {
  holder.current = next;
}

/** Runs `call` in a context of its own, which its continuations keep while others interleave with them. */
export function withContext<R>(next: ContextSource, call: () => R): R {
  holder.storage ??= new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)<ContextSource>();
  return holder.storage.run(next, call);
}
