/**
 * What rows of like objects look like: found from a few of them, then checked of every one by the encoder made from it. A plan is
 * plain JSON data; it travels with the block.
 */
import { types } from 'node:util';
import { prototypeKind } from '../classify.js';
import { hasNames } from '../names.js';

/** What stands at one place of a row. */
export type Site =
  | PrimitiveSite
  /** Items of one kind, any number of them. */
  | { readonly kind: 'list'; readonly item: PrimitiveSite; readonly nullable: boolean }
  /** An array of fixed length, each place a site of its own. */
  | { readonly kind: 'tuple'; readonly items: readonly Site[]; readonly nullable: boolean }
  /** An object with these keys in this order. */
  | {
      readonly kind: 'object';
      readonly keys: readonly string[];
      readonly values: readonly Site[];
      readonly nullable: boolean;
    };

export interface PrimitiveSite {
  /** `choice`: strings that repeat. `any`: a mixture, `undefined` and `null` included. */
  readonly kind: 'number' | 'string' | 'choice' | 'boolean' | 'any';
}

export interface Plan {
  readonly root: Site;
  /** The prototypes of the objects, in the order of `object` sites (depth first). Not part of the encoding. */
  readonly prototypes: readonly (object | null)[];
}

const MAX_DEPTH = 4;
const MAX_SITES = 64;
const MAX_TUPLE = 8;
/** Objects of one row are compared with each other, since two places may hold the same one. */
const MAX_OBJECTS = 8;
const MIN_SAMPLES_FOR_CHOICE = 6;

/** The plan that all samples follow, or `undefined`. Never invokes getters. */
export function makePlan(samples: readonly unknown[]): Plan | undefined {
  const builder = new PlanBuilder();
  const root = builder.site(samples, 0);
  if (root === undefined || isPrimitive(root) || builder.objects > MAX_OBJECTS) return undefined;
  return { root, prototypes: builder.prototypes };
}

export function isPrimitive(site: Site): site is PrimitiveSite {
  return site.kind !== 'list' && site.kind !== 'tuple' && site.kind !== 'object';
}

class PlanBuilder {
  readonly prototypes: (object | null)[] = [];
  objects = 0;
  #sites = 0;

  site(samples: readonly unknown[], depth: number): Site | undefined {
    if (++this.#sites > MAX_SITES || samples.length === 0) return undefined;
    const objects = samples.filter((sample) => typeof sample === 'object' && sample !== null) as object[];
    if (objects.length === 0) return primitiveSite(samples);
    const others = samples.filter((sample) => typeof sample !== 'object' || sample === null);
    if (depth >= MAX_DEPTH || others.some((sample) => sample !== undefined && sample !== null)) return undefined;
    const nullable = others.length > 0;
    if (depth === 0 && nullable) return undefined;
    if (objects.some((object) => types.isProxy(object))) return undefined;
    this.objects++;
    return Array.isArray(objects[0])
      ? this.#arraySite(objects, nullable, depth)
      : this.#objectSite(objects, nullable, depth);
  }

  #arraySite(arrays: readonly object[], nullable: boolean, depth: number): Site | undefined {
    const items: unknown[][] = [];
    for (const array of arrays) {
      if (!Array.isArray(array) || Object.getPrototypeOf(array) !== Array.prototype || hasNames(array))
        return undefined;
      const values = ownValues(array, Object.keys(array));
      if (values === undefined || values.length !== array.length) return undefined;
      items.push(values);
    }
    const all = items.flat();
    if (all.every((item) => typeof item !== 'object' || item === null)) {
      const item = all.length === 0 ? ({ kind: 'any' } as const) : primitiveSite(all);
      return item && { kind: 'list', item, nullable };
    }
    const length = items[0]!.length;
    if (length > MAX_TUPLE || items.some((values) => values.length !== length)) return undefined;
    const sites: Site[] = [];
    for (let i = 0; i < length; i++) {
      const site = this.site(
        items.map((values) => values[i]),
        depth + 1,
      );
      if (site === undefined) return undefined;
      sites.push(site);
    }
    return { kind: 'tuple', items: sites, nullable };
  }

  #objectSite(objects: readonly object[], nullable: boolean, depth: number): Site | undefined {
    const keys = Object.keys(objects[0]!);
    // Without keys, or with indices as keys, it may be an arguments object.
    if (keys.length === 0 || keys[0] === '0' || keys.includes('__proto__')) return undefined;
    const prototype: object | null = Object.getPrototypeOf(objects[0]);
    if (prototype === null || (prototype !== Object.prototype && prototypeKind(prototype) !== 'plain'))
      return undefined;
    this.prototypes.push(prototype);
    const rows: unknown[][] = [];
    for (const object of objects) {
      const own = Object.keys(object);
      if (own.length !== keys.length || own.some((key, i) => key !== keys[i])) return undefined;
      if (Object.getPrototypeOf(object) !== prototype) return undefined;
      const values = ownValues(object, keys);
      if (values === undefined) return undefined;
      rows.push(values);
    }
    const sites: Site[] = [];
    for (let i = 0; i < keys.length; i++) {
      const site = this.site(
        rows.map((values) => values[i]),
        depth + 1,
      );
      if (site === undefined) return undefined;
      sites.push(site);
    }
    return { kind: 'object', keys, values: sites, nullable };
  }
}

function primitiveSite(samples: readonly unknown[]): PrimitiveSite | undefined {
  const kinds = new Set(samples.map((sample) => typeof sample));
  if (kinds.has('function') || kinds.has('symbol') || kinds.has('bigint')) return undefined;
  if (kinds.size > 1 || kinds.has('object') || kinds.has('undefined')) return { kind: 'any' };
  if (kinds.has('number')) return { kind: 'number' };
  if (kinds.has('boolean')) return { kind: 'boolean' };
  const repeats = samples.length >= MIN_SAMPLES_FOR_CHOICE && new Set(samples).size * 2 <= samples.length;
  return { kind: repeats ? 'choice' : 'string' };
}

/** The values of data properties; `undefined` if one is an accessor. */
function ownValues(object: object, keys: readonly string[]): unknown[] | undefined {
  const values: unknown[] = [];
  for (const key of keys) {
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property === undefined || !('value' in property)) return undefined;
    values.push(property.value);
  }
  return values;
}

/** Whether data that came with a block is the root of a plan. */
export function isSite(value: unknown): value is Site {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, item, items, keys, values } = value as Record<string, unknown>;
  switch (kind) {
    case 'number':
    case 'string':
    case 'choice':
    case 'boolean':
    case 'any':
      return true;
    case 'list':
      return isSite(item) && isPrimitive(item);
    case 'tuple':
      return Array.isArray(items) && items.every(isSite);
    case 'object':
      return (
        Array.isArray(keys) &&
        keys.every((key) => typeof key === 'string') &&
        Array.isArray(values) &&
        values.length === keys.length &&
        values.every(isSite)
      );
    default:
      return false;
  }
}
