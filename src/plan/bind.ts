/** Makes the data that tasks get of the operators of a plan: functions go into one list, and are named by their place in it. */

import type { PortableFunction } from '../function/portable.js';
import { readsOnly } from '../function/reads-only.js';
import type { Op } from '../stage/spec.js';
import type { Flow } from './flow.js';
import type { PlanOp } from './node.js';

/** Data with places instead of functions. */
type Bound<T> = T extends PortableFunction
  ? number
  : T extends Uint8Array
    ? T
    : T extends readonly (infer I)[]
      ? readonly Bound<I>[]
      : T extends object
        ? { readonly [K in keyof T]: Bound<T[K]> }
        : T;

/** The functions and chains of one stage. */
export class Binder {
  readonly functions: PortableFunction[] = [];
  readonly chains: (readonly Op[])[] = [];
  readonly #places = new Map<PortableFunction, number>();
  /** Those that are called with rows first. */
  readonly #ofRows = new Set<PortableFunction>();
  readonly #known = new Map<readonly PlanOp[], number>();

  /** The place of a chain. */
  chain(ops: readonly PlanOp[]): number {
    const known = this.#known.get(ops);
    if (known !== undefined) return known;
    const place = this.chains.push(ops.map((op) => this.bound(op) as Op)) - 1;
    this.#known.set(ops, place);
    return place;
  }

  bound<T>(value: T): Bound<T> {
    return this.#bound(value) as Bound<T>;
  }

  #bound(value: unknown, role = ''): unknown {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if (isFunction(value)) {
      if (role !== 'add' && role !== 'merge') this.#ofRows.add(value);
      return this.#place(value);
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    // A key may be anything.
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, name === 'key' ? part : this.#bound(part, name)]),
    );
  }

  /** Some function may change what it captures, so that tasks must not share it. */
  keepsState(): boolean {
    return [...this.#places.keys()].some((fn) => fn.traits.stateful && !readsOnly(fn, !this.#ofRows.has(fn)));
  }

  /** Whether no function of the stage changes a row, for sure. */
  leavesRows(): boolean {
    // Of an aggregate the first parameter is a state of its own.
    return [...this.#places.keys()].every((fn) => readsOnly(fn, !this.#ofRows.has(fn)));
  }

  #place(fn: PortableFunction): number {
    const known = this.#places.get(fn) ?? this.functions.push(fn) - 1;
    this.#places.set(fn, known);
    return known;
  }
}

function isFunction(value: object): value is PortableFunction {
  return 'code' in value && 'traits' in value;
}

/** Gives all functions and chains of a flow their places, those of its inputs too. */
export function bindFlow(flow: Flow, binder: Binder): void {
  binder.chain(flow.ops);
  const { base } = flow;
  switch (base.kind) {
    case 'source':
      if (base.source.kind === 'files' && base.source.onBadRow !== undefined) binder.bound(base.source.onBadRow);
      return;
    case 'runs':
      binder.bound(base.sort);
      return;
    case 'union':
      for (const one of base.flows) bindFlow(one, binder);
      return;
    case 'coalesce':
    case 'whole':
      bindFlow(base.flow, binder);
      return;
    case 'join':
    case 'cross':
      for (const side of base.sides) bindFlow(side, binder);
      return;
    case 'parts':
      return;
  }
}
