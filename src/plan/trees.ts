/** What the task of one partition reads: a tree of inputs and chains, made when what it reads is there. */
import type { Part } from '../exchange/segment.js';
import type { Bound, Input, SortSpec, Tree } from '../stage/spec.js';
import type { Binder } from './bind.js';
import type { Exchange, Flow } from './flow.js';
import type { SourceNode } from './node.js';

/** What is known only when a plan runs. */
export interface Inputs {
  /** What a partition of a source reads. `bind` gives the place of a function. */
  source(source: SourceNode, partition: number, binder: Binder): { readonly input: Input; readonly offset: number };
  parts(exchange: Exchange, partition: number): { readonly parts: readonly Part[]; readonly keep: string | undefined };
  runs(
    exchange: Exchange,
    partition: number,
  ): { readonly parts: readonly Part[]; readonly low?: Bound; readonly high?: Bound };
  /** All runs of the task with the partition's number. */
  ownRuns(exchange: Exchange, partition: number): { readonly parts: readonly Part[] };
  /** How many rows come before those of the partition. */
  offset(exchange: Exchange, partition: number): number;
  /** Partitions of a flow, as its sources turned out. */
  count(flow: Flow): number;
}

export function treeOf(flow: Flow, partition: number, binder: Binder, inputs: Inputs): Tree {
  const chain = binder.chain(flow.ops);
  const { base } = flow;
  const tree = (from: Input, offset = 0): Tree => ({ chain, partition, offset, from });
  switch (base.kind) {
    case 'source': {
      const { input, offset } = inputs.source(base.source, partition, binder);
      return tree(input, offset);
    }
    case 'parts': {
      const { parts, keep } = inputs.parts(base.exchange, partition);
      const needsOffset = flow.ops[0]?.kind === 'index';
      return tree(
        { kind: 'parts', parts, ...(keep === undefined ? {} : { keep }) },
        needsOffset ? inputs.offset(base.exchange, partition) : 0,
      );
    }
    case 'runs': {
      const sort = binder.bound(base.sort) as SortSpec;
      const runs =
        base.of === 'task' ? inputs.ownRuns(base.exchange, partition) : inputs.runs(base.exchange, partition);
      return tree({ kind: 'runs', sort, ...runs });
    }
    case 'union': {
      let local = partition;
      for (const one of base.flows) {
        const count = inputs.count(one);
        if (local < count) return tree({ kind: 'concat', trees: [treeOf(one, local, binder, inputs)] });
        local -= count;
      }
      throw new RangeError(`A union has no partition ${partition}.`);
    }
    case 'coalesce': {
      const count = inputs.count(base.flow);
      const total = Math.min(flow.count ?? count, count);
      const from = Math.floor((partition * count) / total);
      const to = Math.floor(((partition + 1) * count) / total);
      const trees: Tree[] = [];
      for (let i = from; i < to; i++) trees.push(treeOf(base.flow, i, binder, inputs));
      return tree({ kind: 'concat', trees });
    }
    case 'whole': {
      const trees = Array.from({ length: inputs.count(base.flow) }, (_, i) => treeOf(base.flow, i, binder, inputs));
      return tree({ kind: 'concat', trees });
    }
    case 'join': {
      const [left, right] = base.sides.map((side) => treeOf(side, partition, binder, inputs)) as [Tree, Tree];
      return tree({ kind: 'join', how: base.how, sides: [left, right] });
    }
    case 'cross': {
      const rights = inputs.count(base.sides[1]);
      const left = treeOf(base.sides[0], Math.floor(partition / rights), binder, inputs);
      const right = treeOf(base.sides[1], partition % rights, binder, inputs);
      return tree({ kind: 'cross', sides: [left, right] });
    }
  }
}

/** Partitions of a flow; coalescing to more than there are leaves them as they are. */
export function countOf(flow: Flow, ofSource: (source: SourceNode) => number): number {
  const { base } = flow;
  switch (base.kind) {
    case 'source':
      return ofSource(base.source);
    case 'union':
      return base.flows.reduce((sum, one) => sum + countOf(one, ofSource), 0);
    case 'coalesce':
      return Math.min(flow.count ?? Infinity, countOf(base.flow, ofSource));
    case 'cross':
      return base.sides.reduce((product, side) => product * countOf(side, ofSource), 1);
    default:
      return flow.count ?? 0;
  }
}
