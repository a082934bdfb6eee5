/** Makes functions out of portable ones, in a worker. */

import type { Block } from '../codec/block.js';
import { copyAttached, decodeValue } from '../codec/index.js';
import { compileSource, type Factory } from './link.js';
import { load, requireOf, silence } from './load.js';
import { useSourceMap } from './maps.js';
import { importMetaOf } from './meta.js';
import { keyOf } from './names.js';
import type { AnyFunction, CodeNode, PortableCode, Property, SourceNode } from './portable.js';

/** Code that is ready to be instantiated. */
export interface Prepared {
  readonly code: PortableCode;
  /** Positions of nodes, each after what it is made of, except for what is set late. */
  readonly order: readonly number[];
  readonly factories: ReadonlyMap<number, Factory>;
  /** Nodes that are the same in every instance. */
  readonly constants: ReadonlyMap<number, unknown>;
}

/** How much code is kept ready for those who ask for it again. */
const preparedKept = 1000;

/** The functions that a worker knows, by the hash of their code. */
export class FunctionTable {
  private readonly hosts: Readonly<Record<string, AnyFunction>>;
  private readonly prepared = new Map<string, Prepared>();
  private readonly pending = new Map<string, Promise<Prepared>>();
  private readonly ids = new WeakMap<AnyFunction, string>();

  /** `hosts`: the functions of this side that portable code refers to by name. */
  constructor(hosts: Readonly<Record<string, AnyFunction>> = {}) {
    this.hosts = hosts;
  }

  /** Compiles the code and imports what it imports, once for each hash. A promise only where modules have to be loaded asynchronously. */
  prepare(code: PortableCode): Prepared | Promise<Prepared> {
    const ready = this.prepared.get(code.hash);
    if (ready !== undefined) return ready;
    const underway = this.pending.get(code.hash);
    if (underway !== undefined) return underway;
    const constants = new Map<number, unknown>();
    const waits: Promise<unknown>[] = [];
    for (const [i, node] of code.nodes.entries()) {
      const constant = this.constantOf(node);
      if (constant instanceof Promise) waits.push(constant.then((value) => constants.set(i, value)));
      else if (constant !== NOT_CONSTANT) constants.set(i, constant);
    }
    const finish = () => {
      const prepared = this.compile(code, constants);
      this.prepared.set(code.hash, prepared);
      if (this.prepared.size > preparedKept) this.prepared.delete(this.prepared.keys().next().value as string);
      return prepared;
    };
    if (waits.length === 0) return finish();
    const whole = Promise.all(waits)
      .then(finish)
      .finally(() => this.pending.delete(code.hash));
    this.pending.set(code.hash, whole);
    return whole;
  }

  /** A new instance of prepared code with these captured values; what instances share is their modules only. */
  instantiate(prepared: Prepared, values: Block | undefined): AnyFunction {
    return new Instance(
      prepared,
      values === undefined ? [] : (decodeValue(afresh(values)) as readonly unknown[]),
      this.ids,
    ).make();
  }

  /** The driver's number for a class that this table has made. */
  classIdOf(itsClass: AnyFunction): string | undefined {
    return this.ids.get(itsClass);
  }

  /** What a node always is, or `NOT_CONSTANT`. */
  private constantOf(node: CodeNode): unknown {
    switch (node.kind) {
      case 'import':
        return load(node);
      case 'global':
        return node.path.reduce<unknown>(
          (value, step) => (value as Record<string | symbol, unknown>)[keyOf(step)],
          globalThis,
        );
      case 'symbol':
        return keyOf({ symbol: node.key });
      case 'require':
        return requireOf(node.base);
      case 'meta':
        return importMetaOf(node.url);
      case 'host': {
        const host = this.hosts[node.name];
        if (host === undefined) throw new Error(`This worker does not provide ${node.name}.`);
        return host;
      }
      default:
        return NOT_CONSTANT;
    }
  }

  private compile(code: PortableCode, constants: Map<number, unknown>): Prepared {
    const { order, late } = orderOf(code);
    for (const file of code.files) useSourceMap(file);
    const factories = new Map<number, Factory>();
    for (const i of order) {
      const node = code.nodes[i];
      if (node?.kind !== 'source') continue;
      if (node.imports) silence();
      factories.set(i, compileSource(node, code.files[node.file]?.name ?? '', late.get(i) ?? new Set()));
    }
    return { code, order, factories, constants };
  }
}

const NOT_CONSTANT = Symbol('not constant');

/** Buffers beside a block become part of what is decoded from it, so that each decoding needs its own. */
function afresh(block: Block): Block {
  return block.attached === undefined ? block : { ...block, attached: copyAttached(block.attached) };
}

const nodesOf = (property: Property): number[] =>
  'value' in property ? [property.value] : [property.get, property.set].filter((node) => node !== undefined);

/** The nodes that must exist before a node is made, and those it only has to be given some time. */
function partsOf(node: CodeNode): number[] {
  switch (node.kind) {
    case 'source':
      return [
        ...node.free.map((variable) => variable.node),
        ...[...(node.own ?? []), ...(node.prototype ?? [])].flatMap(nodesOf),
      ];
    case 'object':
    case 'array':
      return node.properties.flatMap(nodesOf);
    case 'map':
      return node.entries.flat();
    case 'set':
      return [...node.entries];
    default:
      return [];
  }
}

/** Depth first from the root; a variable that leads back to a function in the making is set late. */
function orderOf({ nodes, root }: PortableCode): { order: number[]; late: Map<number, Set<number>> } {
  const order: number[] = [];
  const late = new Map<number, Set<number>>();
  const state = new Map<number, 'making' | 'made'>();
  /** Whether a node, or one that it needs while its source is evaluated, is in the making: it cannot be made before that one is. */
  const waitsForOneInTheMaking = (i: number, seen: Set<number>): boolean => {
    if (state.has(i) || seen.has(i)) return state.get(i) === 'making';
    const node = nodes[i] as CodeNode;
    if (node.kind !== 'source') return false;
    seen.add(i);
    return node.free.some(({ node: target, eager }) => eager === true && waitsForOneInTheMaking(target, seen));
  };
  const postponed = new Set<number>();
  const visitUnlessWaiting = (i: number) => {
    if (state.has(i)) return;
    if (waitsForOneInTheMaking(i, new Set())) postponed.add(i);
    else visit(i);
  };
  const made = (i: number) => {
    order.push(i);
    state.set(i, 'made');
    for (const other of [...postponed]) {
      if (!postponed.delete(other)) continue;
      visitUnlessWaiting(other);
    }
  };
  const visit = (i: number) => {
    state.set(i, 'making');
    const node = nodes[i] as CodeNode;
    if (node.kind === 'source') {
      for (const { node: target, eager } of node.free) if (eager === true && !state.has(target)) visit(target);
      for (const [position, { node: target }] of node.free.entries()) {
        visitUnlessWaiting(target);
        if (state.get(target) === 'made' || nodes[target]?.kind !== 'source') continue;
        const positions = late.get(i) ?? new Set();
        late.set(i, positions.add(position));
      }
      made(i);
      // What is set on the function afterwards comes after it.
      for (const part of partsOf(node)) visitUnlessWaiting(part);
      return;
    }
    for (const part of partsOf(node)) visitUnlessWaiting(part);
    made(i);
  };
  visit(root);
  return { order, late };
}

/** One instance in the making. */
class Instance {
  private readonly prepared: Prepared;
  private readonly slots: readonly unknown[];
  private readonly ids: WeakMap<AnyFunction, string>;
  private readonly made = new Map<number, unknown>();
  private readonly waiting = new Map<number, ((value: unknown) => void)[]>();

  constructor(prepared: Prepared, slots: readonly unknown[], ids: WeakMap<AnyFunction, string>) {
    this.prepared = prepared;
    this.slots = slots;
    this.ids = ids;
  }

  make(): AnyFunction {
    const { nodes, root } = this.prepared.code;
    for (const [i, value] of this.prepared.constants) this.made.set(i, value);
    for (const [i, node] of nodes.entries()) {
      // The shells come first, so that whatever refers to them can.
      if (node.kind === 'value') this.made.set(i, this.slots[node.slot]);
      else if (node.kind === 'object') this.made.set(i, node.nullPrototype === true ? Object.create(null) : {});
      else if (node.kind === 'array') this.made.set(i, new Array(node.length ?? 0));
      else if (node.kind === 'map') this.made.set(i, new Map());
      else if (node.kind === 'set') this.made.set(i, new Set());
    }
    for (const i of this.prepared.order) {
      const node = nodes[i] as CodeNode;
      if (node.kind === 'source') this.makeSource(i, node);
      else this.fill(i, node);
    }
    return this.made.get(root) as AnyFunction;
  }

  /** Runs `use` with a node's value: now, or as soon as it is made. */
  private with(node: number, use: (value: unknown) => void): void {
    if (this.made.has(node)) use(this.made.get(node));
    else {
      const uses = this.waiting.get(node);
      if (uses === undefined) this.waiting.set(node, [use]);
      else uses.push(use);
    }
  }

  private makeSource(i: number, node: SourceNode): void {
    const factory = this.prepared.factories.get(i) as Factory;
    const { value, setters } = factory(node.free.map((variable) => this.made.get(variable.node)));
    const fn = value as AnyFunction;
    for (const [position, setter] of setters) this.with((node.free[position] as { node: number }).node, setter);
    if (fn.name !== node.name && !(node.own ?? []).some((property) => property.name === 'name')) {
      Object.defineProperty(fn, 'name', { value: node.name, configurable: true });
    }
    this.made.set(i, fn);
    if (node.id !== undefined) this.ids.set(fn, node.id);
    for (const use of this.waiting.get(i) ?? []) use(fn);
    this.waiting.delete(i);
    for (const property of node.own ?? []) this.define(fn, property);
    for (const property of node.prototype ?? []) this.define(fn.prototype as object, property);
  }

  private define(target: object, property: Property): void {
    const key = keyOf(property.name);
    const flags = { enumerable: property.hidden !== true, configurable: true };
    if ('value' in property) {
      Object.defineProperty(target, key, { value: undefined, writable: true, ...flags }); // keeps its place in the order
      this.with(property.value, (value) => Object.defineProperty(target, key, { value, writable: true, ...flags }));
      return;
    }
    const { get, set } = property;
    if (get !== undefined)
      this.with(get, (value) => Object.defineProperty(target, key, { get: value as () => unknown, ...flags }));
    if (set !== undefined)
      this.with(set, (value) =>
        Object.defineProperty(target, key, { set: value as (value: unknown) => void, ...flags }),
      );
  }

  private fill(i: number, node: CodeNode): void {
    const shell = this.made.get(i);
    if (node.kind === 'object' || node.kind === 'array')
      for (const property of node.properties) this.define(shell as object, property);
    else if (node.kind === 'map') {
      const map = shell as Map<unknown, unknown>;
      for (const [key, item] of node.entries) this.with(key, (k) => this.with(item, (v) => map.set(k, v)));
    } else if (node.kind === 'set') {
      for (const entry of node.entries) this.with(entry, (value) => (shell as Set<unknown>).add(value));
    }
  }
}
