/**
 * From a plan to flows and exchanges: narrow operators become passes over one partition, and stages are cut only where rows of different
 * partitions have to meet. Where keys are already placed as an operator wants them, nothing is cut.
 */

import type { PortableFunction } from '../function/portable.js';
import { isIdentity } from '../function/simple.js';
import type { SortSpec } from '../stage/spec.js';
import type { Exchange, Flow } from './flow.js';
import {
  keepsKeys,
  type LastingNode,
  type Placing,
  type PlanKeyed,
  type PlanNode,
  type SourceNode,
  samePlacing,
} from './node.js';
import { givesPairs } from './pairs.js';
import { flowOf, kept, shallow, through } from './passes.js';
import { besideSmall, smallSide } from './sizes.js';
import { narrowed, needs, unitedBy } from './walk.js';
import { wordsOf } from './words.js';

export interface Lowering {
  /** Partitions of a source; `undefined` before its files have been looked at. */
  partitions(source: SourceNode): number | undefined;
  /** About how many bytes a source is, where that is known. */
  bytes(source: SourceNode): number | undefined;
  /** What is kept of a node's rows, made at its first use. */
  lasting(node: LastingNode, make: () => Exchange): Exchange;
  /** It is there already, and will not be made. */
  isKnown?(node: LastingNode): boolean;
}

/** The flow of a plan's last rows. A node that is used twice comes to one exchange, if to any. */
export function lower(root: PlanNode, lowering: Lowering): Flow {
  const known = new Map<PlanNode, Flow>();
  const of = (node: PlanNode): Flow => known.get(node)!;
  const isKnown = (node: LastingNode): boolean => lowering.isKnown?.(node) === true;
  // What a node is made of comes first. Plans may be thousands of operators deep, which is too deep for a function that calls itself.
  const waiting = [root];
  for (let node = waiting.at(-1); node !== undefined; node = waiting.at(-1)) {
    const missing = known.has(node) ? [] : needs(node, isKnown).filter((input) => !known.has(input));
    if (missing.length > 0) {
      for (const input of missing.reverse()) waiting.push(input);
      continue;
    }
    waiting.pop();
    if (!known.has(node)) known.set(node, make(node, of, lowering));
  }
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
      const { input, ops } = narrowed(node);
      const flow = of(input);
      return through(flow, ops, ops.every(keepsKeys) ? flow.placed : undefined);
    }
    case 'union': {
      const flows = unitedBy(node).map(of).map(shallow);
      return flowOf({ kind: 'union', flows }, sum(flows.map((flow) => flow.count)));
    }
    case 'coalesce': {
      const flow = of(node.input);
      if (flow.count !== undefined && flow.count <= node.partitions) return flow;
      return flowOf({ kind: 'coalesce', flow: shallow(flow) }, node.partitions);
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
      return join(node, of(node.left), of(node.right), lowering);
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

function sum(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce((total, count) => (total === undefined || count === undefined ? undefined : total + count), 0);
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
      pairs: combine === undefined && keyed.kind === 'first' && givesPairs(flow),
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

function join(node: PlanNode & { kind: 'join' }, left: Flow, right: Flow, lowering: Lowering): Flow {
  const { name, how } = node;
  const whole = how === 'intersection' || how === 'subtract';
  const most = left.count === undefined || right.count === undefined ? undefined : Math.max(left.count, right.count);
  const asked = node.to ?? (whole ? undefined : (reusable(left.placed) ?? reusable(right.placed)));
  const to = counted(asked ?? { kind: 'hash', count: undefined }, most);
  const why = whole ? 'rows that are the same meet' : 'rows of each key meet';
  const alone = node.to === undefined && left.count === 1 && right.count === 1;
  const small = alone || node.to !== undefined ? undefined : smallSide(how, left, right, lowering);
  if (small !== undefined) return besideSmall(node, left, right, small);
  const sides = [left, right].map((side, i) => {
    if (alone || (!whole && samePlacing(side.placed, to))) return shallow(side);
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
