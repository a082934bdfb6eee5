/**
 * A dataset is five things: its partitions, how each is made of others, on which others it depends, how its keys are placed, and where its
 * rows would be best made. A plan says the first four as frozen, tagged data; the last is the engine's matter. Nodes know nothing of
 * engines, and building them runs nothing.
 */
import type { FileSource } from '../files/source.js';
import type { PortableFunction } from '../function/portable.js';
import { HashPartitioner } from '../partition/hash.js';
import { RangePartitioner } from '../partition/range.js';
import type { Aggregate, JoinKind, Keyed, Op } from '../stage/spec.js';

type Fn = PortableFunction;
export type PlanOp = Op<Fn>;
export type PlanAggregate = Aggregate<Fn>;
export type PlanKeyed = Keyed<Fn>;

/** How keys are to be placed, or have been. */
export type Placing =
  | { readonly kind: 'hash'; readonly count: number | undefined }
  | {
      readonly kind: 'range';
      readonly count: number;
      readonly bounds: readonly unknown[];
      readonly by: Fn | undefined;
      readonly partitioner: Equals;
    }
  /** The bounds are found when the plan runs. */
  | { readonly kind: 'range-request'; readonly count: number; readonly by: Fn | undefined }
  | { readonly kind: 'round-robin'; readonly count: number | undefined }
  | { readonly kind: 'custom'; readonly count: number; readonly partitionOf: Fn; readonly partitioner: Equals };

/** A partitioner, as far as the plan asks it. */
interface Equals {
  equals(other: unknown): boolean;
}

export type SourceNode =
  /** Rows that the program has. Encoded when an action runs. */
  | { readonly kind: 'items'; readonly items: readonly unknown[]; readonly partitions: number | undefined }
  | {
      readonly kind: 'range';
      readonly start: number;
      readonly step: number;
      readonly rows: number;
      readonly partitions: number | undefined;
    }
  | {
      readonly kind: 'files';
      readonly source: FileSource;
      readonly partitions: number | undefined;
      readonly onBadRow: Fn | undefined;
      readonly title: string;
    };

export type PlanNode =
  | SourceNode
  /** A narrow operator: each partition is made of the one with its number. */
  | { readonly kind: 'narrow'; readonly input: PlanNode; readonly op: PlanOp }
  | { readonly kind: 'union'; readonly inputs: readonly PlanNode[] }
  | { readonly kind: 'coalesce'; readonly input: PlanNode; readonly partitions: number }
  /** Rows get to the partitions of their keys. */
  | { readonly kind: 'place'; readonly name: string; readonly input: PlanNode; readonly to: Placing }
  /** Rows of a key meet and become one. `combine` is done before they move, too. */
  | {
      readonly kind: 'gather';
      readonly name: string;
      readonly input: PlanNode;
      readonly to: Placing | undefined;
      readonly how: { readonly kind: 'combine'; readonly by: PlanAggregate } | { readonly kind: 'group' | 'distinct' };
    }
  | {
      readonly kind: 'sort';
      readonly name: string;
      readonly input: PlanNode;
      readonly keyed: PlanKeyed;
      readonly descending: boolean;
      readonly partitions: number | undefined;
    }
  | {
      readonly kind: 'join';
      readonly name: string;
      readonly how: JoinKind;
      readonly left: PlanNode;
      readonly right: PlanNode;
      readonly to: Placing | undefined;
    }
  | { readonly kind: 'cross'; readonly left: PlanNode; readonly right: PlanNode }
  | { readonly kind: 'index'; readonly input: PlanNode }
  | { readonly kind: 'cache'; readonly input: PlanNode }
  | { readonly kind: 'checkpoint'; readonly input: PlanNode; readonly dir: string };

/** Rows that are kept from one action to the next. */
export type LastingNode = PlanNode & { readonly kind: 'cache' | 'checkpoint' };

/** The nodes that a node is made of. */
export function inputsOf(node: PlanNode): readonly PlanNode[] {
  switch (node.kind) {
    case 'items':
    case 'range':
    case 'files':
      return [];
    case 'union':
      return node.inputs;
    case 'join':
    case 'cross':
      return [node.left, node.right];
    default:
      return [node.input];
  }
}

/** A node that nobody changes. */
export function node<N extends PlanNode>(of: N): N {
  return Object.freeze(of);
}

/** Whether two placings put each key in the same partition. */
export function samePlacing(a: Placing | undefined, b: Placing | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  switch (a.kind) {
    case 'hash':
      return b.kind === 'hash' && a.count === b.count && a.count !== undefined;
    case 'range':
    case 'custom':
      return b.kind === a.kind && a.count === b.count && a.partitioner.equals(b.partitioner);
    default:
      return false;
  }
}

/** The partition in which all rows of a key are, where that is known here. */
export function partitionOfKey(placed: Placing | undefined, key: unknown): number | undefined {
  if (placed?.kind === 'hash' && placed.count !== undefined) return new HashPartitioner(placed.count).partitionOf(key);
  if (placed?.kind === 'range' && placed.by === undefined)
    return new RangePartitioner(placed.bounds, placed.count).partitionOf(key);
  return undefined;
}

/** Operators after which each row still has the key that it had. */
export function keepsKeys(op: PlanOp): boolean {
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
