/**
 * From a plan to flows and exchanges: narrow operators become passes over one partition, and stages are cut only where rows of different
 * partitions have to meet. Where keys are already placed as an operator wants them, nothing is cut.
 */

import type { PortableFunction } from '../function/portable.js';
import { isIdentity } from '../function/simple.js';
import type { SortSpec } from '../stage/spec.js';
import type { Base, Exchange, Flow } from './flow.js';
import { type Placing, type PlanKeyed, type PlanNode, type PlanOp, type SourceNode, samePlacing } from './node.js';
import { wordsOf } from './words.js';

export interface Lowering {
  /** Partitions of a source; `undefined` before its files have been looked at. */
  partitions(source: SourceNode): number | undefined;
  /** What is kept of a node's rows, made at its first use. */
  lasting(node: PlanNode & { kind: 'cache' | 'checkpoint' }, make: () => Exchange): Exchange;
}

/** The flow of a plan's last rows. A node that is used twice comes to one exchange, if to any. */
export function lower(root: PlanNode, lowering: Lowering): Flow {
  const known = new Map<PlanNode, Flow>();
  const of = (node: PlanNode): Flow => {
    let flow = known.get(node);
    if (flow === undefined) {
      flow = make(node, of, lowering);
      known.set(node, flow);
    }
    return flow;
  };
  return of(root);
}

type Of = (node: PlanNode) => Flow;

function make(node: PlanNode, of: Of, lowering: Lowering): Flow {
  switch (node.kind) {
    case 'items':
    case 'range':
    case 'files':
      return flowOf({ kind: 'source', source: node }, lowering.partitions(node));
    case 'narrow': {
      const flow = of(node.input);
      return through(flow, [node.op], keepsKeys(node.op) ? flow.placed : undefined);
    }
    case 'union': {
      const flows = node.inputs.map(of);
      return flowOf({ kind: 'union', flows }, sum(flows.map((flow) => flow.count)));
    }
    case 'coalesce': {
      const flow = of(node.input);
      if (flow.count !== undefined && flow.count <= node.partitions) return flow;
      return flowOf({ kind: 'coalesce', flow }, node.partitions);
    }
    case 'place':
      return place(node.name, of(node.input), node.to);
    case 'gather':
      return gather(node, of(node.input));
    case 'sort': {
      const flow = of(node.input);
      const { keyed } = node;
      // Rows that are their own keys are spared the calls, and lines of text may stay bytes.
      const isRow = keyed.kind === 'fn' && isIdentity(keyed.fn);
      const sort = { name: node.name, keyed: isRow ? rowItself : keyed, descending: node.descending };
      return sorted(flow, sort, node.partitions ?? flow.count, 'rows go in order of their keys');
    }
    case 'join':
      return join(node, of(node.left), of(node.right));
    case 'cross': {
      const sides = [of(node.left), of(node.right)].map((side) => kept('cartesian', side)) as [Flow, Flow];
      const [left, right] = sides;
      const count = left.count === undefined || right.count === undefined ? undefined : left.count * right.count;
      return flowOf({ kind: 'cross', sides }, count);
    }
    case 'index': {
      const flow = kept('zipWithIndex', of(node.input));
      return through(flow, [{ kind: 'index', name: 'zipWithIndex' }], undefined);
    }
    case 'cache':
    case 'checkpoint': {
      // What is known is not looked into again: passes that build on each other's caches may be thousands.
      const exchange = lowering.lasting(node, () => {
        const flow = of(node.input);
        return {
          name: node.kind,
          why: node.kind === 'cache' ? 'rows are kept for the next action' : `rows are kept in ${node.dir}`,
          flow,
          output: { kind: 'rows' },
          count: flow.count,
          lasting: node.kind === 'cache' ? 'cache' : { dir: node.dir, plan: node.input },
        };
      });
      return { ...flowOf({ kind: 'parts', exchange }, exchange.count), placed: exchange.flow.placed };
    }
  }
}

function flowOf(base: Base, count: number | undefined, ops: readonly PlanOp[] = []): Flow {
  return { base, ops, count, placed: undefined };
}

function through(flow: Flow, ops: readonly PlanOp[], placed: Placing | undefined): Flow {
  return { ...flow, ops: [...flow.ops, ...ops], placed };
}

/** Operators after which each row still has the key that it had. */
function keepsKeys(op: PlanOp): boolean {
  switch (op.kind) {
    case 'filter':
    case 'ofKey':
    case 'sample':
    case 'mapValues':
    case 'flatMapValues':
    case 'limit':
      return true;
    default:
      return false;
  }
}

function sum(counts: readonly (number | undefined)[]): number | undefined {
  return counts.some((count) => count === undefined)
    ? undefined
    : (counts as number[]).reduce((total, count) => total + count, 0);
}

/** A placing that says how many partitions. */
function counted(to: Placing, otherwise: number | undefined): Placing {
  if (to.kind !== 'hash' && to.kind !== 'round-robin') return to;
  return to.count === undefined ? { ...to, count: otherwise } : to;
}

const firstOfPair: PlanKeyed = { kind: 'first' };
const rowItself: PlanKeyed = { kind: 'row' };

function place(name: string, flow: Flow, asked: Placing): Flow {
  const to = counted(asked, flow.count);
  if (to.kind === 'round-robin') {
    const exchange: Exchange = {
      name,
      why: 'rows are dealt out anew',
      flow,
      output: {
        kind: 'buckets',
        name,
        to: { kind: 'round-robin', count: to.count ?? 0 },
        keyed: { kind: 'row' },
        combine: undefined,
      },
      count: to.count,
    };
    return flowOf({ kind: 'parts', exchange }, to.count);
  }
  if (samePlacing(flow.placed, to)) return flow;
  if (to.kind === 'range-request') {
    const keyed: PlanKeyed = to.by === undefined ? firstOfPair : { kind: 'fnOfFirst', fn: to.by };
    return sorted(
      flow,
      { name, keyed, descending: false },
      to.count,
      'keys that are near each other go to one partition',
    );
  }
  return exchanged(name, flow, to, firstOfPair, undefined, 'rows go to the partitions of their keys');
}

function exchanged(
  name: string,
  flow: Flow,
  to: Placing,
  keyed: PlanKeyed,
  combine: (Exchange['output'] & { kind: 'buckets' })['combine'],
  why: string,
): Flow {
  const exchange: Exchange = {
    name,
    why,
    flow,
    output: {
      kind: 'buckets',
      name,
      to: scatterOf(to),
      keyed,
      combine,
      words: combine && wordsOf(flow, keyed, combine),
    },
    count: to.count,
  };
  return { ...flowOf({ kind: 'parts', exchange }, to.count), placed: keyed.kind === 'first' ? to : undefined };
}

function scatterOf(to: Placing): (Exchange['output'] & { kind: 'buckets' })['to'] {
  switch (to.kind) {
    case 'range':
      return { kind: 'range', count: to.count, bounds: to.bounds, by: to.by };
    case 'custom':
      return { kind: 'custom', count: to.count, partitionOf: to.partitionOf };
    default:
      return { kind: 'hash', count: to.count ?? 0 };
  }
}

function gather(node: PlanNode & { kind: 'gather' }, flow: Flow): Flow {
  const { name, how } = node;
  const alone = flow.count === 1 && node.to === undefined;
  if (how.kind === 'distinct') {
    if (alone) return through(flow, [{ kind: 'distinct', name }], undefined);
    const by = { kind: 'presence' } as const;
    const to = counted(node.to ?? { kind: 'hash', count: undefined }, flow.count);
    const moved = exchanged(name, flow, to, { kind: 'row' }, by, 'rows that are the same meet');
    return through(
      moved,
      [
        { kind: 'combine', name, by, states: true },
        { kind: 'keys', name },
      ],
      undefined,
    );
  }
  const to = counted(node.to ?? flow.placed ?? { kind: 'hash', count: undefined }, flow.count);
  const here = alone || samePlacing(flow.placed, to);
  const placed = alone ? flow.placed : to;
  if (how.kind !== 'combine') {
    const moved = here ? flow : exchanged(name, flow, to, firstOfPair, undefined, 'values of each key meet');
    return through(moved, [{ kind: 'group', name }], placed);
  }
  const { by } = how;
  if (here) return through(flow, [{ kind: 'combine', name, by, states: false }], placed);
  const moved = exchanged(name, flow, to, firstOfPair, by, 'values of each key meet, combined before they move');
  return through(moved, [{ kind: 'combine', name, by, states: true }], to);
}

/** Tasks of a stage times runs that each of them reads. */
const mostReads = 2 ** 18;

function sorted(flow: Flow, sort: SortSpec<PortableFunction>, count: number | undefined, why: string): Flow {
  const { name } = sort;
  const exchange: Exchange = { name, why, flow, output: { kind: 'runs', sort }, count };
  if (flow.count === undefined || count === undefined || flow.count * count <= mostReads)
    return flowOf({ kind: 'runs', exchange, sort, of: 'range' }, count);
  const own = flowOf({ kind: 'runs', exchange, sort, of: 'task' }, flow.count);
  const split: Exchange = {
    name,
    why: 'there are so many partitions that each would read a little of very many',
    flow: own,
    output: { kind: 'ranges', sort, runs: exchange },
    count,
  };
  return through(flowOf({ kind: 'parts', exchange: split }, count), [{ kind: 'sort', name, sort }], undefined);
}

function join(node: PlanNode & { kind: 'join' }, left: Flow, right: Flow): Flow {
  const { name, how } = node;
  const whole = how === 'intersection' || how === 'subtract';
  const most = left.count === undefined || right.count === undefined ? undefined : Math.max(left.count, right.count);
  const asked = node.to ?? (whole ? undefined : (reusable(left.placed) ?? reusable(right.placed)));
  const to = counted(asked ?? { kind: 'hash', count: undefined }, most);
  const why = whole ? 'rows that are the same meet' : 'rows of each key meet';
  const alone = node.to === undefined && left.count === 1 && right.count === 1;
  const sides = [left, right].map((side, i) => {
    if (alone || (!whole && samePlacing(side.placed, to))) return side;
    return exchanged(
      `${name} (${i === 0 ? 'left' : 'right'})`,
      side,
      to,
      whole ? { kind: 'row' } : firstOfPair,
      undefined,
      why,
    );
  }) as [Flow, Flow];
  const placed = whole || alone ? undefined : to;
  return { ...flowOf({ kind: 'join', how, sides }, alone ? 1 : to.count), placed };
}

/** Placings that others can be placed by. */
function reusable(placed: Placing | undefined): Placing | undefined {
  return placed === undefined || placed.kind === 'range-request' || placed.kind === 'round-robin' ? undefined : placed;
}

/** The flow's rows, kept while the action runs: they are read more than once, or have to be counted first. */
function kept(name: string, flow: Flow): Flow {
  if (flow.ops.length === 0 && (flow.base.kind === 'parts' || isCounted(flow))) return flow;
  const exchange: Exchange = {
    name,
    why: name === 'zipWithIndex' ? 'partitions are counted first' : 'rows are read more than once',
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
