/** Rows of what lasts that workers keep decoded, from one task to the next. */
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

/** Workers that have the rows of a partition at hand. */
export function workersOf(kept: readonly Stored[], partition: number): number[] | undefined {
  const workers = kept.flatMap((stored) => stored.workerOf(partition) ?? []);
  return workers.length === 0 ? undefined : workers;
}
