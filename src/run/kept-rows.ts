/** Rows of what lasts that workers keep decoded, from one task to the next. */
import type { ObjectStore } from '../engine/storage.js';
import type { Exchange, Flow } from '../plan/flow.js';
import type { Inputs } from '../plan/trees.js';
import type { Stored } from './stored.js';

/** What the flow's partitions read of what workers keep, partition by partition. */
export function keptOf(flow: Flow, storedOf: (exchange: Exchange) => Stored): Stored[] {
  const { base } = flow;
  if (base.kind === 'join') return base.sides.flatMap((side) => keptOf(side, storedOf));
  return base.kind === 'parts' && base.exchange.lasting !== undefined ? [storedOf(base.exchange)] : [];
}

/** The same inputs, each decoded for its task alone. */
export function unkept(inputs: Inputs): Inputs {
  const parts: Inputs['parts'] = (exchange, partition) => ({ ...inputs.parts(exchange, partition), keep: undefined });
  return { ...inputs, parts };
}

/**
 * Tells the workers that have the rows of a partition at hand, best first: those that keep them, then those on machines where they lie.
 * @param kept what workers keep decoded
 * @param lasting the same and what is only kept encoded
 * @param objects knows which workers are on the same machine, where machines matter
 */
export function workersOf(
  kept: readonly Stored[],
  lasting: readonly Stored[],
  objects: ObjectStore | undefined,
): ((task: { readonly partition: number }) => number[] | undefined) | undefined {
  const read = objects === undefined ? kept : lasting;
  if (read.length === 0) return undefined;
  return ({ partition }) => {
    const workers = read.flatMap((stored) => stored.workerOf(partition) ?? []);
    const all = new Set([...workers, ...workers.flatMap((worker) => objects?.near(worker) ?? [])]);
    return all.size === 0 ? undefined : [...all];
  };
}
