/** Turns a plan into a function that checks rows against it, as its encoder does, and copies them. */
import { types } from 'node:util';
import { hasNames, LISTED } from '../names.js';
import { isPrimitive, type PrimitiveSite, type Site } from './plan.js';

/** Copies rows `from` up to `to`, or up to the first that does not follow the plan, to `target[at]` and on; returns where it stopped. */
export type RowCopier = (
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  prototypes: readonly (object | null)[],
  target: { [index: number]: unknown },
  at: number,
) => number;

export function generateCopier(root: Site): RowCopier {
  const make = new Function('isProxy', 'hasNames', 'arrayPrototype', new CopierSource().whole(root)) as (
    isProxy: (value: unknown) => boolean,
    named: (array: readonly unknown[]) => boolean,
    arrayPrototype: object,
  ) => RowCopier;
  return make(types.isProxy, hasNames, Array.prototype);
}

const SURPRISE = 'break row;';
/** Lists of no more items than this are made as literals. */
const LITERAL = 4;

/** Statements that check a value and copy what is inside, and the expression that then is its copy. */
interface Copied {
  readonly checks: string;
  readonly copy: string;
}

class CopierSource {
  #variables = 0;
  #prototypes = 0;
  #objects: string[] = [];

  whole(root: Site): string {
    const { checks, copy } = this.#site(root, 'row_', false);
    return `'use strict';
const { keys, getPrototypeOf, hasOwn } = Object;
return (rows, from, to, prototypes, target, at) => {
  let i = from, k;
  row: for (; i < to; i++) {
    ${this.#objects.length === 0 ? '' : `let ${this.#objects.join()};`}
    const row_ = rows[i];
    ${checks}
    target[at++] = ${copy};
  }
  return i;
};`;
  }

  #variable(): string {
    return `x${this.#variables++}`;
  }

  /** Of the variable `x`, which may be a hole if `holes` says so by an expression. */
  #site(site: Site, x: string, holes: string | false): Copied {
    const hole = holes === false ? '' : `if (${x} === undefined && !${holes}) ${SURPRISE}`;
    if (isPrimitive(site)) return { checks: (site.kind === 'any' ? hole : '') + primitive(site, x), copy: x };
    const { checks, copy } =
      site.kind === 'object'
        ? this.#object(site, x)
        : site.kind === 'list'
          ? this.#list(site, x)
          : this.#tuple(site, x);
    if (!site.nullable) return { checks, copy };
    const made = this.#variable();
    return {
      checks: `${hole} let ${made} = ${x}; if (${x} !== null && ${x} !== undefined) { ${checks} ${made} = ${copy}; }`,
      copy: made,
    };
  }

  /** Two places of a row that hold the same object would have two. */
  #distinct(x: string): string {
    const test = this.#objects.map((other) => `${x} === ${other}`).join(' || ');
    const name = `o${this.#objects.length}`;
    this.#objects.push(name);
    return `${test === '' ? '' : `if (${test}) ${SURPRISE}`} ${name} = ${x};`;
  }

  #object(site: Extract<Site, { kind: 'object' }>, x: string): Copied {
    const prototype = `prototypes[${this.#prototypes++}]`;
    const { length } = site.keys;
    const cases = site.keys.map((key, i) => `case ${i}: if (key !== ${JSON.stringify(key)}) ${SURPRISE} break;`);
    const checks = [
      `if (typeof ${x} !== 'object' || ${x} === null || isProxy(${x}) || getPrototypeOf(${x}) !== ${prototype}) ${SURPRISE}`,
      // Half the cost of listing the keys. Inherited ones would come last.
      `k = 0; for (const key in ${x}) switch (k++) { ${cases.join(' ')} default: ${SURPRISE} }`,
      `if (k !== ${length} || !hasOwn(${x}, ${JSON.stringify(site.keys[length - 1])})) ${SURPRISE}`,
      this.#distinct(x),
    ];
    const copies = site.keys.map((key, i) => {
      const value = this.#variable();
      const name = JSON.stringify(key);
      // A getter that ran before may have deleted it.
      const inner = this.#site(site.values[i]!, value, `hasOwn(${x}, ${name})`);
      checks.push(`const ${value} = ${x}[${name}]; ${inner.checks}`);
      return `${name}: ${inner.copy}`;
    });
    return { checks: checks.join('\n'), copy: `{${copies.join()}}` };
  }

  #array(x: string): string {
    return `if (typeof ${x} !== 'object' || isProxy(${x}) || !Array.isArray(${x}) || getPrototypeOf(${x}) !== arrayPrototype) ${SURPRISE}
      if (${x}.length > ${LISTED} ? hasNames(${x}) : keys(${x}).length !== ${x}.length) ${SURPRISE}
      ${this.#distinct(x)}`;
  }

  #list(site: Extract<Site, { kind: 'list' }>, x: string): Copied {
    const [at, length, list] = [this.#variable(), this.#variable(), this.#variable()];
    const items = Array.from({ length: LITERAL }, () => this.#variable());
    const read = (item: string, index: string): string => `const ${item} = ${x}[${index}];
        if (${item} === undefined && !hasOwn(${x}, ${index})) ${SURPRISE}
        ${this.#site(site.item, item, false).checks}`;
    // An array that grows takes room for many items at its first one.
    const literals = Array.from({ length: LITERAL + 1 }, (_, count) => {
      const first = items.slice(0, count);
      return `case ${count}: { ${first.map((item, i) => read(item, String(i))).join('\n')} ${list} = [${first}]; break; }`;
    });
    return {
      checks: `${this.#array(x)}
      const ${length} = ${x}.length; let ${list};
      switch (${length}) {
        ${literals.join('\n')}
        default:
          ${list} = new Array(${length});
          for (let ${at} = 0; ${at} < ${length}; ${at}++) { ${read(items[0]!, at)} ${list}[${at}] = ${items[0]}; }
      }`,
      copy: list,
    };
  }

  #tuple(site: Extract<Site, { kind: 'tuple' }>, x: string): Copied {
    const checks = [`${this.#array(x)} if (${x}.length !== ${site.items.length}) ${SURPRISE}`];
    const copies = site.items.map((item, i) => {
      const value = this.#variable();
      const inner = this.#site(item, value, `hasOwn(${x}, ${i})`);
      checks.push(`const ${value} = ${x}[${i}]; ${inner.checks}`);
      return inner.copy;
    });
    return { checks: checks.join('\n'), copy: `[${copies.join()}]` };
  }
}

function primitive({ kind }: PrimitiveSite, x: string): string {
  switch (kind) {
    case 'number':
    case 'boolean':
    case 'string':
      return `if (typeof ${x} !== '${kind}') ${SURPRISE}`;
    case 'choice':
      return `if (typeof ${x} !== 'string') ${SURPRISE}`;
    case 'any':
      return `switch (typeof ${x}) { case 'object': if (${x} !== null) ${SURPRISE} break; case 'function': case 'symbol': case 'bigint': ${SURPRISE} }`;
  }
}
