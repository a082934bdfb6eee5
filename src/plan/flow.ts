/** What a plan comes to: flows of partitions, cut into stages by exchanges. */

import type { Segment } from '../exchange/segment.js';
import type { PortableFunction } from '../function/portable.js';
import type { JoinKind, Output, SortSpec } from '../stage/spec.js';
import type { Placing, PlanNode, PlanOp, SourceNode } from './node.js';

/** Partitions, each made in one pass: an input, and operators that its rows go through. */
export interface Flow {
  readonly base: Base;
  readonly ops: readonly PlanOp[];
  /** Partitions; `undefined` before the files of a source have been looked at. */
  readonly count: number | undefined;
  /** How the keys of its rows are placed, where that is known. */
  readonly placed: Placing | undefined;
  /** How deep the calls of its pass are inside one another. */
  readonly depth: number;
}

export type Base =
  | { readonly kind: 'source'; readonly source: SourceNode }
  /** What an exchange has for the partition. */
  | { readonly kind: 'parts'; readonly exchange: Exchange }
  /** Sorted runs, merged. */
  | {
      readonly kind: 'runs';
      readonly exchange: Exchange;
      readonly sort: SortSpec<PortableFunction>;
      /** Those that lie within the bounds of the partition, or all that the task with its number has left. */
      readonly of: 'range' | 'task';
    }
  | { readonly kind: 'union'; readonly flows: readonly Flow[] }
  /** Neighbouring partitions as one. */
  | { readonly kind: 'coalesce'; readonly flow: Flow }
  /** All partitions of a small flow, one after the other, for each partition that asks. */
  | { readonly kind: 'whole'; readonly flow: Flow }
  | { readonly kind: 'join'; readonly how: JoinKind; readonly sides: readonly [Flow, Flow] }
  | { readonly kind: 'cross'; readonly sides: readonly [Flow, Flow] };

/** Where rows move: a stage that writes, and what it writes for the partitions of the next. */
export interface Exchange {
  readonly name: string;
  /** Why rows have to move, in words. */
  readonly why: string;
  /** What the stage before makes. */
  readonly flow: Flow;
  readonly output: PlanOutput;
  /** Partitions that it writes for. */
  readonly count: number | undefined;
  /** Rows that are kept from one action to the next. */
  readonly lasting?: 'cache' | { readonly dir: string; readonly plan: PlanNode };
  /** What a process before has kept of it. */
  readonly kept?: readonly Segment[] | undefined;
}

export type PlanOutput =
  | Exclude<Output<PortableFunction>, { kind: 'write' }>
  /** Bounds are found from what was written. */
  | { readonly kind: 'runs'; readonly sort: SortSpec<PortableFunction> }
  /** By the bounds that were found from sorted runs. */
  | { readonly kind: 'ranges'; readonly sort: SortSpec<PortableFunction>; readonly runs: Exchange };

/** The exchanges that a flow reads, each once. */
export function readsOf(flow: Flow, found: Set<Exchange> = new Set()): Set<Exchange> {
  const { base } = flow;
  switch (base.kind) {
    case 'parts':
    case 'runs':
      return found.add(base.exchange);
    case 'union':
      for (const one of base.flows) readsOf(one, found);
      return found;
    case 'coalesce':
    case 'whole':
      return readsOf(base.flow, found);
    case 'join':
    case 'cross':
      for (const side of base.sides) readsOf(side, found);
      return found;
    case 'source':
      return found;
  }
}

/** The sources that a flow reads itself. */
export function sourcesOf(flow: Flow): SourceNode[] {
  const { base } = flow;
  switch (base.kind) {
    case 'source':
      return [base.source];
    case 'union':
      return base.flows.flatMap(sourcesOf);
    case 'coalesce':
    case 'whole':
      return sourcesOf(base.flow);
    case 'join':
    case 'cross':
      return base.sides.flatMap(sourcesOf);
    default:
      return [];
  }
}
