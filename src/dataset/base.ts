import { checkOptionsObject, show } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { capture } from '../function/capture.js';
import type { PortableFunction } from '../function/portable.js';
import { HashPartitioner } from '../partition/hash.js';
import { checkCount, checkPartitioner, isPartitioner, type Partitioner } from '../partition/partitioner.js';
import { RangePartitioner, RangeRequest } from '../partition/range.js';
import { RoundRobinPartitioner } from '../partition/round-robin.js';
import { node, type Placing, type PlanNode, type PlanOp } from '../plan/node.js';
import type { Dataset } from './dataset.js';

/** Where a dataset keeps its plan, and the engine that was asked for. Not for users. */
export const planned: unique symbol = Symbol('plan');

/** What a dataset is: a plan, and where it is to run. */
export interface Planned {
  readonly plan: PlanNode;
  readonly engine: Engine | undefined;
}

/** How many partitions a wide operator is to make, or which rows go where. */
export type Placement<K> =
  | Partitioner<K>
  | {
      /** Partitions of the result, by the hash of the key. Default: as many as the larger input has. */
      readonly partitions?: number | undefined;
    };

/** Base of the classes that a dataset's operators are in. */
export abstract class Base<T> {
  /** @internal */
  readonly [planned]: Planned;
  /** The type of rows; there is nothing in it. @internal */
  declare readonly rows?: T;

  /** @internal */
  constructor(of: Planned) {
    this[planned] = of;
  }

  /** A dataset with another plan. @internal */
  protected abstract derive<U>(plan: PlanNode, other?: Planned): Dataset<U>;

  /** @internal */
  protected narrow<U>(op: PlanOp): Dataset<U> {
    return this.derive(node({ kind: 'narrow', input: this[planned].plan, op: Object.freeze(op) }));
  }
}

type AnyFunction = (...args: never[]) => unknown;

/** The function as it travels: its variables are copied now. */
export function functionOf(operator: string, fn: AnyFunction, what = 'fn'): PortableFunction {
  if (typeof fn !== 'function') throw new TypeError(`${operator}: ${what} must be a function, not ${show(fn)}.`);
  const portable = capture(fn);
  if (portable.traits.async)
    throw new TypeError(
      `${operator}: ${what} is async. Functions of a dataset answer at once; use pool.map, whose functions may wait, to fetch what they need.`,
    );
  return portable;
}

/** The same, of one that gives a row's key: what compares two rows, as an array's `sort` takes it, would give keys that mean nothing. */
export function keyFunctionOf(operator: string, fn: AnyFunction, what: string): PortableFunction {
  if (typeof fn === 'function' && fn.length > 1)
    throw new TypeError(
      `${operator}: ${what} takes one row and gives what to sort by, but this function takes ${fn.length} arguments. ` +
        `Rather than (a, b) => a.age - b.age, give (row) => row.age.`,
    );
  return functionOf(operator, fn, what);
}

/** What the last argument of a wide operator means. */
export function placingOf(operator: string, placement: unknown): Placing | undefined {
  if (placement === undefined) return undefined;
  if (isPartitioner(placement)) return placingOfPartitioner(operator, placement);
  if (typeof placement === 'number')
    throw new TypeError(`${operator} takes a partitioner, as hash(${placement}), or { partitions: ${placement} }.`);
  checkOptionsObject(`${operator}: the last argument`, placement);
  // What has a method of a partitioner is to be one.
  if ('partitionOf' in (placement as object)) checkPartitioner(`${operator}: the partitioner`, placement);
  const { partitions } = placement as { partitions?: number };
  const unknown = Object.keys(placement as object).find((name) => name !== 'partitions');
  if (unknown !== undefined)
    throw new TypeError(
      `${operator} has no option ${unknown}. There is partitions; a partitioner may be given in place of options.`,
    );
  if (partitions === undefined) return undefined;
  checkCount('partitions', partitions);
  return { kind: 'hash', count: partitions };
}

export function placingOfPartitioner(operator: string, partitioner: Partitioner<never>): Placing {
  checkPartitioner(`${operator}: the partitioner`, partitioner);
  const { count } = partitioner;
  if (partitioner instanceof HashPartitioner) return { kind: 'hash', count };
  if (partitioner instanceof RoundRobinPartitioner) return { kind: 'round-robin', count };
  const by = (fn: AnyFunction | undefined): PortableFunction | undefined =>
    fn === undefined ? undefined : functionOf(operator, fn, 'by');
  if (partitioner instanceof RangePartitioner) {
    const { bounds } = partitioner;
    return { kind: 'range', count, bounds, by: by(partitioner.by), partitioner };
  }
  if (partitioner instanceof RangeRequest) return { kind: 'range-request', count, by: by(partitioner.by) };
  return { kind: 'custom', count, partitionOf: partitionOf(operator, partitioner), partitioner };
}

/** A partitioner's method, with the partitioner's own data and its other methods as its `this`. */
function partitionOf(operator: string, partitioner: Partitioner<never>): PortableFunction {
  const method = partitioner.partitionOf as (key: unknown) => number;
  const self: Record<string, unknown> = {};
  for (let at: object | null = partitioner; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at))
      if (name !== 'constructor' && name !== 'equals') self[name] ??= (partitioner as never)[name];
  }
  return functionOf(operator, (key: unknown) => method.call(self, key), 'partitionOf');
}

/** Only placings that send all rows of a key to one partition. */
export function meetingPlace(operator: string, placement: unknown): Placing | undefined {
  const placing = placingOf(operator, placement);
  if (placing === undefined || (placing.kind !== 'round-robin' && placing.kind !== 'range-request')) return placing;
  const name = placing.kind === 'round-robin' ? 'roundRobin' : 'range(n)';
  throw new TypeError(
    `${operator}: ${name} does not say where a key is, so that rows of one key would not meet. Use hash(n), or range with bounds.`,
  );
}
