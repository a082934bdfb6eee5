/** Flows, made of others so that no pass goes deeper than the stack: what is too much for one is cut in two. */
import { isRowOp, mostInLoop } from '../stage/row-op.js';
import type { Base, Exchange, Flow } from './flow.js';
import type { Placing, PlanOp } from './node.js';

/**
 * How deep the calls of one pass may be inside one another before its rows are kept in between. Each operator that takes whole partitions,
 * and each union, coalescing or join, is a call inside that of the next; of those that look at one row at a time, a loop of many is. The
 * sides of joins add up: of one that is joined with itself again and again there would be twice as much each time.
 */
const mostDepth = 128;
const tooDeep = 'there are too many operators for one pass';

function depthOf(base: Base): number {
  switch (base.kind) {
    case 'union':
      return 1 + base.flows.reduce((most, { depth }) => Math.max(most, depth), 0);
    case 'coalesce':
    case 'whole':
      return 1 + base.flow.depth;
    case 'join':
    case 'cross':
      return 1 + base.sides[0].depth + base.sides[1].depth;
    default:
      return 0;
  }
}

function depthOfOp(op: PlanOp): number {
  return isRowOp(op) ? 1 / mostInLoop : 1;
}

export function flowOf(base: Base, count: number | undefined): Flow {
  return { base, ops: [], count, placed: undefined, depth: depthOf(base) };
}

export function through(flow: Flow, ops: readonly PlanOp[], placed: Placing | undefined): Flow {
  const all: PlanOp[] = [...flow.ops];
  let { base, depth } = flow;
  for (const op of ops) {
    depth += depthOfOp(op);
    // One pass over the rows goes through all of these, each inside the one behind it.
    if (depth > mostDepth) {
      base = kept(op.name, { ...flow, base, ops: all.splice(0) }, tooDeep).base;
      depth = depthOfOp(op);
    }
    all.push(op);
  }
  return { ...flow, base, ops: all, placed, depth };
}

/** The flow, or what is kept of its rows where it is as deep as it may be. */
export function shallow(flow: Flow): Flow {
  if (flow.depth <= mostDepth / 2) return flow;
  const known = cut.get(flow);
  if (known !== undefined) return known;
  const made = { ...kept(flow.ops.at(-1)?.name ?? flow.base.kind, flow, tooDeep), placed: flow.placed };
  cut.set(flow, made);
  return made;
}

/** Both sides of a join may be one flow, which is kept once. */
const cut = new WeakMap<Flow, Flow>();

/** The flow's rows, kept while the action runs: they are read more than once, or have to be counted first. */
export function kept(name: string, flow: Flow, why?: string): Flow {
  if (flow.ops.length === 0 && (flow.base.kind === 'parts' || isCounted(flow))) return flow;
  const exchange: Exchange = {
    name,
    why: why ?? (name === 'zipWithIndex' ? 'partitions are counted first' : 'rows are read more than once'),
    flow,
    output: { kind: 'rows' },
    count: flow.count,
  };
  return flowOf({ kind: 'parts', exchange }, flow.count);
}

/** Sources that are as good to read again as what would be kept of them, and of which the rows are known. */
function isCounted({ base }: Flow): boolean {
  return base.kind === 'source' && base.source.kind !== 'files';
}
