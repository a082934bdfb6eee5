/** Turns a plan into a function that checks rows against it and writes them. */
import { types } from 'node:util';
import { hasNames, LISTED } from '../names.js';
import { isPrimitive, type Plan, type PrimitiveSite, type Site } from './plan.js';
import { AT_ONCE, CHOICES, LONG, RESERVE, type Scratch } from './scratch.js';

/** Writes rows `from` up to `to`, or up to the first that does not follow the plan, and returns where it stopped. */
export type RowEncoder = (
  scratch: Scratch,
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  prototypes: readonly (object | null)[],
) => number;

export function generateEncoder(root: Plan['root']): RowEncoder {
  const source = new EncoderSource().whole(root);
  const make = new Function('isProxy', 'hasNames', 'arrayPrototype', source) as (
    isProxy: (value: unknown) => boolean,
    named: (array: readonly unknown[]) => boolean,
    arrayPrototype: object,
  ) => RowEncoder;
  return make(types.isProxy, hasNames, Array.prototype);
}

const REFRESH = 'b = S.bytes; v = S.view; cap = b.length;';
const SURPRISE = 'break row;';

class EncoderSource {
  #variables = 0;
  #objects: string[] = [];
  #prototypes = 0;
  #choices = 0;

  whole(root: Site): string {
    const body = this.#site(root, 'row_', false);
    const choices = Array.from({ length: this.#choices }, (_, i) => `d${i}`);
    const objects = this.#objects.length === 0 ? '' : `let ${this.#objects.join()};`;
    return `'use strict';
const { keys, getPrototypeOf, hasOwn } = Object;
const some = (S, rows, from, to, ${['prototypes', ...choices]}) => {
  let b = S.bytes, v = S.view, cap = b.length, p = S.length, text = S.text, c, k, n;
  let i = from, bytes, characters;
  row: for (; i < to; i++) {
    bytes = p; characters = text;
    if (p + ${RESERVE} > cap) { S.grow(p, ${RESERVE}); ${REFRESH} }
    ${objects}
    const row_ = rows[i];
    ${body}
  }
  if (i === to) { bytes = p; characters = text; }
  S.length = bytes; S.text = characters;
  return i;
};
return (S, rows, from, to, prototypes) => {
  ${choices.map((name) => `const ${name} = new Map();`).join('')}
  let i = from, end = from;
  while (i === end && i < to) {
    end = Math.min(i + ${AT_ONCE}, to);
    i = some(S, rows, i, end, ${['prototypes', ...choices]});
  }
  return i;
};`;
  }

  #variable(): string {
    return `x${this.#variables++}`;
  }

  /** Statements that write the value of variable `x`, which may be a hole if `holes` says so by an expression. */
  #site(site: Site, x: string, holes: string | false): string {
    const hole = holes === false ? '' : `if (${x} === undefined && !${holes}) ${SURPRISE}`;
    if (isPrimitive(site)) return site.kind === 'any' ? hole + this.#primitive(site, x) : this.#primitive(site, x);
    const write =
      site.kind === 'object'
        ? this.#object(site, x)
        : site.kind === 'list'
          ? this.#list(site, x)
          : this.#tuple(site, x);
    if (!site.nullable) return write;
    return `${hole} if (${x} === null) b[p++] = 1; else if (${x} === undefined) b[p++] = 2; else { b[p++] = 0; ${write} }`;
  }

  /** Two places of a row that hold the same object would arrive as two objects. */
  #distinct(x: string): string {
    const earlier = this.#objects;
    const name = `o${earlier.length}`;
    const test = earlier.map((other) => `${x} === ${other}`).join(' || ');
    this.#objects = [...earlier, name];
    return `${test === '' ? '' : `if (${test}) ${SURPRISE}`} ${name} = ${x};`;
  }

  #object(site: Extract<Site, { kind: 'object' }>, x: string): string {
    const prototype = `prototypes[${this.#prototypes++}]`;
    const { length } = site.keys;
    const cases = site.keys.map((key, i) => `case ${i}: if (key !== ${JSON.stringify(key)}) ${SURPRISE} break;`);
    const parts = [
      `if (typeof ${x} !== 'object' || ${x} === null || isProxy(${x}) || getPrototypeOf(${x}) !== ${prototype}) ${SURPRISE}`,
      // Half the cost of listing the keys. Inherited ones come last.
      `k = 0; for (const key in ${x}) switch (k++) { ${cases.join(' ')} default: if (hasOwn(${x}, key)) ${SURPRISE} }`,
      `if (k < ${length} || !hasOwn(${x}, ${JSON.stringify(site.keys[length - 1])})) ${SURPRISE}`,
      this.#distinct(x),
    ];
    site.keys.forEach((key, i) => {
      const value = this.#variable();
      // A getter that ran before may have deleted it.
      const present = `hasOwn(${x}, ${JSON.stringify(key)})`;
      parts.push(`const ${value} = ${x}[${JSON.stringify(key)}]; ${this.#site(site.values[i]!, value, present)}`);
    });
    return parts.join('\n');
  }

  #array(x: string): string {
    return `if (typeof ${x} !== 'object' || isProxy(${x}) || !Array.isArray(${x}) || getPrototypeOf(${x}) !== arrayPrototype) ${SURPRISE}
      n = ${x}.length; if (n > ${LISTED} ? hasNames(${x}) : keys(${x}).length !== n) ${SURPRISE}
      ${this.#distinct(x)}`;
  }

  #list(site: Extract<Site, { kind: 'list' }>, x: string): string {
    const at = this.#variable();
    const length = this.#variable();
    const item = this.#variable();
    const room = `if (p + ${RESERVE} > cap) { S.grow(p, ${RESERVE}); ${REFRESH} }`;
    return `${this.#array(x)}
      const ${length} = n;
      if (n < ${LONG}) b[p++] = n; else { b[p++] = ${LONG}; v.setUint32(p, n, true); p += 4; }
      for (let ${at} = 0; ${at} < ${length}; ${at}++) {
        ${room} const ${item} = ${x}[${at}]; ${this.#site(site.item, item, `hasOwn(${x}, ${at})`)}
      }
      ${room}`;
  }

  #tuple(site: Extract<Site, { kind: 'tuple' }>, x: string): string {
    const items = site.items.map((item, i) => {
      const value = this.#variable();
      return `const ${value} = ${x}[${i}]; ${this.#site(item, value, `hasOwn(${x}, ${i})`)}`;
    });
    return `${this.#array(x)} if (n !== ${site.items.length}) ${SURPRISE} ${items.join('\n')}`;
  }

  #primitive(site: PrimitiveSite, x: string): string {
    const string = `if ((n = ${x}.length) < ${LONG}) { b[p++] = n; text += ${x}; } else { p = S.long(p, ${x}); ${REFRESH} }`;
    switch (site.kind) {
      case 'number':
        return `if (typeof ${x} !== 'number') ${SURPRISE} v.setFloat64(p, ${x}, true); p += 8;`;
      case 'string':
        return `if (typeof ${x} !== 'string') ${SURPRISE} ${string}`;
      case 'boolean':
        return `if (${x} === true) b[p++] = 1; else if (${x} === false) b[p++] = 0; else ${SURPRISE}`;
      case 'choice': {
        const choices = `d${this.#choices++}`;
        return `if (typeof ${x} !== 'string') ${SURPRISE} c = ${choices}.get(${x});
          if (c !== undefined) b[p++] = c;
          else { if (${choices}.size < ${CHOICES}) ${choices}.set(${x}, ${choices}.size); b[p++] = ${LONG}; ${string} }`;
      }
      case 'any':
        return `c = S.any(p, ${x}); if (c < 0) ${SURPRISE} p = c; if (typeof ${x} === 'string' && ${x}.length < ${LONG}) text += ${x}; ${REFRESH}`;
    }
  }
}
