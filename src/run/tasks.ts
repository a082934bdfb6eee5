/** Runs the tasks of one stage, each a row of an ordinary map, and hands on what they give as they end. */
import type { Engine, JobSpec } from '../engine/engine.js';
import type { PortableFunction } from '../function/portable.js';
import { type Caller, unknownCaller } from './caller.js';
import { Cost } from './chunking.js';
import { MapRun } from './map.js';
import { wentWell } from './traces.js';

export interface TasksSpec<T> {
  readonly engine: Engine;
  readonly job: number;
  readonly stage: number | undefined;
  readonly name: string;
  readonly fn: PortableFunction;
  readonly caller: Caller | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  /** Tasks, made when they are about to be sent. */
  readonly tasks: Iterable<T>;
  /** A task, by its place in the list, for messages. */
  words(place: number): string;
  /** Workers that have something of what a task reads at hand. */
  preferOf?: ((task: T) => readonly number[] | undefined) | undefined;
  /** Results that nobody has taken yet, where somebody takes them; past a bound, no task is sent. */
  held?(): number;
}

/** Runs all tasks. `take` is called for each result, in any order; what it throws ends the rest. */
export function runTasks<T, R>(spec: TasksSpec<T>, take: (result: R) => void): Running {
  const scope = new AbortController();
  let settle!: { resolve: () => void; reject: (error: unknown) => void };
  const over = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const end = (failure?: { readonly error: unknown }): void => {
    if (scope.signal.aborted) return;
    scope.abort(failure === undefined ? wentWell : failure.error);
    forget();
    if (failure === undefined) settle.resolve();
    else settle.reject(failure.error);
  };
  const cancel = (): void => end({ error: spec.signal.reason });
  const forget = (): void => spec.signal.removeEventListener('abort', cancel);
  spec.signal.addEventListener('abort', cancel, { once: true });
  const job: JobSpec = {
    id: spec.job,
    stage: spec.stage,
    fn: spec.fn,
    setup: undefined,
    program: { kind: 'map' },
    signal: scope.signal,
    priority: 0,
    timeoutMs: spec.timeoutMs,
    concurrency: 1,
    splits: false,
    allocation: spec.preferOf === undefined ? undefined : 'locality',
  };
  const run = new MapRun(
    {
      engine: spec.engine,
      job,
      items: spec.tasks,
      label: spec.name,
      cost: new Cost(),
      chunkSize: 1,
      retries: undefined,
      costOf: undefined,
      transfer: undefined,
      words: spec.words,
      partitionOf: (task) => (task as { partition?: number }).partition,
      preferOf: spec.preferOf as ((item: unknown) => readonly number[] | undefined) | undefined,
      caller: spec.caller ?? unknownCaller,
      here: undefined,
    },
    {
      succeeded: (_piece, results) => {
        try {
          for (let i = 0; i < results.length; i++) take(results[i] as R);
        } catch (error) {
          end({ error });
        }
      },
      failed: (_, error) => end({ error }),
      broken: (error) => end({ error }),
      finished: () => end(),
      keepGoing: () => false,
      held: () => spec.held?.(),
    },
  );
  if (spec.signal.aborted) cancel();
  else run.dispatch();
  return { over, more: () => run.dispatch(), stop: (error) => end({ error }) };
}

export interface Running {
  /** Rejects with the first error that is not told by a result. */
  readonly over: Promise<void>;
  /** A result was taken. */
  more(): void;
  stop(error: unknown): void;
}
