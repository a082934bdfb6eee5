/** Performs actions: runs plans on their engines, and hands on the rows. */
import { checkNames, checkNumber, checkOptionsObject, longestMs, show } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { sharedEngine } from '../engine/shared-engine.js';
import { CancelledError, ExchangeError } from '../errors.js';
import { PartLost } from '../exchange/segment.js';
import { explainPlan } from '../plan/explain.js';
import { partitionOfKey } from '../plan/node.js';
import { Action, type Done, type FinalOutput } from '../run/action.js';
import { type Caller, callerOf } from '../run/caller.js';
import { Later } from '../run/failure.js';
import { Lasting } from '../run/lasting.js';
import { rowsOfSegment } from '../run/rows.js';
import { sortsHere } from '../run/sort-here.js';
import { Sources } from '../run/sources.js';
import { dropSegment } from '../run/store.js';
import type { Planned } from './base.js';

/** Options that every action takes last. */
export interface ActionOptions {
  /** Cancels the action. */
  readonly signal?: AbortSignal | undefined;
  /** Bound for one task, which makes one partition of a stage, in ms, from when it starts to run. */
  readonly timeoutMs?: number | undefined;
}

const lasting = new Lasting();

export function checkActionOptions(options: ActionOptions, more: readonly string[] = []): void {
  checkOptionsObject('The last argument, the options of the action,', options);
  const known = ['signal', 'timeoutMs', ...more];
  checkNames('An action', options, known);
  const { signal, timeoutMs } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`signal must be an AbortSignal, not ${show(signal)}.`);
  checkNumber('timeoutMs', timeoutMs, 0, false, longestMs);
}

export function engineOf(planned: Planned): Engine {
  return planned.engine ?? sharedEngine();
}

/** The plan in words. */
export function explain(planned: Planned): string {
  const engine = engineOf(planned);
  const sources = new Sources(engine);
  return explainPlan(planned.plan, {
    partitions: (source) => sources.partitions(source),
    bytes: (source) => sources.bytes(source),
    lasting: (node, make) => lasting.look(engine, node, make),
    isKnown: (node) => lasting.isKnown(engine, node),
    isKept: (exchange) => lasting.isKept(exchange),
    sortsHere: (flow) => sortsHere(engine, flow, (source) => sources.bytes(source)),
  });
}

/** Frees what a cached dataset keeps. */
export function release(planned: Planned): void {
  if (planned.plan.kind === 'cache') lasting.release(engineOf(planned), planned.plan);
}

interface Performing {
  readonly name: string;
  readonly planned: Planned;
  readonly caller: Caller;
  readonly options: ActionOptions;
}

/** Runs `use` on a prepared action, whose end it sees to. */
export async function perform<R>(
  { name, planned, caller, options }: Performing,
  use: (action: Action, cancel: (reason: unknown) => void) => Promise<R>,
): Promise<R> {
  checkActionOptions(options);
  const engine = engineOf(planned);
  engine.expectWork?.();
  const scope = new AbortController();
  const { signal, timeoutMs } = options;
  const cancel = (reason: unknown): void => {
    if (scope.signal.aborted) return;
    const why = reason instanceof Error ? `: ${reason.message}` : '';
    scope.abort(new CancelledError(`${name} was cancelled${why}`, { cause: reason }));
  };
  const cancelled = (): void => cancel(signal!.reason);
  if (signal?.aborted) cancelled();
  else signal?.addEventListener('abort', cancelled, { once: true });
  const action = new Action({ engine, plan: planned.plan, name, caller, signal: scope.signal, lasting, timeoutMs });
  try {
    scope.signal.throwIfAborted();
    await action.prepare();
    action.events.started(name, () => explain(planned));
    const result = await use(action, cancel);
    action.events.ended(undefined);
    return result;
  } catch (error) {
    const told =
      error instanceof Later
        ? await error.error
        : error instanceof PartLost
          ? new ExchangeError(`${name}: ${error.message}`)
          : error;
    action.events.ended({ error: told });
    throw told;
  } finally {
    signal?.removeEventListener('abort', cancelled);
    scope.abort();
    await action.end();
  }
}

/** All rows of a plan, or those of one partition where a key says which. */
export function collectRows(
  name: string,
  planned: Planned,
  options: ActionOptions = {},
  key?: { readonly key: unknown },
): Promise<unknown[]> {
  const caller = callerOf(collectRows);
  return perform({ name, planned, caller, options }, async (action) => {
    const sorted = await action.sortedHere();
    if (sorted !== undefined) return sorted;
    const count = action.countOf(action.flow);
    const made = new Array<unknown[]>(count).fill([]);
    const take = (result: Done): void => {
      made[result.partition] = rowsOfSegment(result.segment);
      dropSegment(result.segment, undefined);
    };
    const only = key === undefined ? undefined : partitionOfKey(action.flow.placed, key.key);
    await action.run({ kind: 'rows' }, only === undefined ? upTo(count) : [only], take).over;
    return made.length === 1 ? made[0]! : made.flat();
  });
}

/** The first rows of a plan whose partitions give no more than `n` each: of one partition, then of four times as many as before. */
export function firstRows(name: string, planned: Planned, n: number, options: ActionOptions = {}): Promise<unknown[]> {
  const caller = callerOf(firstRows);
  return perform({ name, planned, caller, options }, async (action) => {
    const count = action.countOf(action.flow);
    const rows: unknown[] = [];
    for (let from = 0, some = 1; from < count && rows.length < n; from += some, some *= 4) {
      const made = new Map<number, unknown[]>();
      const partitions = upTo(count).slice(from, from + some);
      const take = (result: Done): void => {
        made.set(result.partition, rowsOfSegment(result.segment));
        dropSegment(result.segment, undefined);
      };
      await action.run({ kind: 'rows' }, partitions, take).over;
      for (const partition of partitions) for (const row of made.get(partition)!) rows.push(row);
    }
    return rows.slice(0, n);
  });
}

/** Results of a plan's tasks, whatever they are. */
export function performTasks(
  name: string,
  planned: Planned,
  output: (partitions: number) => FinalOutput,
  take: (result: Done) => void,
  options: ActionOptions = {},
): Promise<number> {
  const caller = callerOf(performTasks);
  return perform({ name, planned, caller, options }, async (action) => {
    const count = action.countOf(action.flow);
    await action.run(output(count), upTo(count), take).over;
    return count;
  });
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
