/** Turns a plan into a function that reads the rows its encoder wrote. */
import { isPrimitive, type PrimitiveSite, type Site } from './plan.js';
import type { RowInput } from './row-input.js';
import { AT_ONCE, CHOICES, LONG } from './scratch.js';

/** Reads `count` rows into `target[at]` and what follows it. */
export type RowDecoder = (input: RowInput, count: number, target: { [index: number]: unknown }, at: number) => void;

export function generateDecoder(root: Site): RowDecoder {
  return new Function(new DecoderSource().whole(root))() as RowDecoder;
}

/** Lists up to this length are read by a literal, which makes arrays of just their size. */
const UNROLLED = 4;
const STATE = 'const b = R.bytes, v = R.view, text = R.text; let p = R.at, t = R.t, n = 0, s;';

class DecoderSource {
  #lists: string[] = [];
  #choices = 0;

  whole(root: Site): string {
    const row = this.#site(root);
    const choices = Array.from({ length: this.#choices }, (_, i) => `d${i}`);
    return `'use strict';
${this.#lists.join('\n')}
const some = (${['R', 'target', 'from', 'to', ...choices]}) => {
  ${STATE}
  for (let i = from; i < to; i++) target[i] = ${row};
  R.at = p; R.t = t;
};
return (R, count, target, at) => {
  ${choices.map((name) => `const ${name} = [];`).join('')}
  for (let i = 0; i < count; i += ${AT_ONCE}) some(${['R', 'target', 'at + i', `at + Math.min(i + ${AT_ONCE}, count)`, ...choices]});
};`;
  }

  /** An expression that reads the site's value. */
  #site(site: Site): string {
    if (isPrimitive(site)) return this.#primitive(site);
    let read: string;
    if (site.kind === 'object') {
      read = `{${site.keys.map((key, i) => `${JSON.stringify(key)}: ${this.#site(site.values[i]!)}`).join()}}`;
    } else if (site.kind === 'tuple') {
      read = `[${site.items.map((item) => this.#site(item)).join()}]`;
    } else {
      read = this.#list(site.item);
    }
    if (!site.nullable) return read;
    return `((n = b[p++]) === 0 ? ${read} : n === 1 ? null : n === 2 ? undefined : R.bad())`;
  }

  #list(site: PrimitiveSite): string {
    const name = `list${this.#lists.length}`;
    const choices = site.kind === 'choice' ? `, d${this.#choices}` : '';
    const item = this.#primitive(site);
    this.#lists.push(`const ${name} = (R${choices}) => {
      const length = R.count();
      const list = [];
      ${STATE}
      for (let i = 0; i < length; i++) list.push(${item});
      R.at = p; R.t = t;
      return list;
    };`);
    let read = `(R.at = p, R.t = t, s = ${name}(R${choices}), p = R.at, t = R.t, s)`;
    // The n of an inner string overwrites this one, after it has served.
    for (let length = UNROLLED; length >= 0; length--) {
      read = `n === ${length} ? (p++, [${Array.from({ length }, () => item).join()}]) : ${read}`;
    }
    return `(n = b[p], ${read})`;
  }

  #primitive(site: PrimitiveSite): string {
    const string = `((n = b[p++]) < ${LONG} ? text.substring(t, t += n) : (R.at = p, s = R.long(), p = R.at, s))`;
    switch (site.kind) {
      case 'number':
        return 'v.getFloat64((p += 8) - 8, true)';
      case 'boolean':
        return '((n = b[p++]) === 1 ? true : n === 0 ? false : R.bad())';
      case 'string':
        return string;
      case 'choice': {
        const choices = `d${this.#choices++}`;
        return `((n = b[p++]) < ${LONG} ? ${choices}[n] ?? R.bad() : (s = ${string}, ${choices}.length < ${CHOICES} && ${choices}.push(s), s))`;
      }
      case 'any':
        return '(R.at = p, R.t = t, s = R.any(), p = R.at, t = R.t, s)';
    }
  }
}

/** Does the same without generating code, for processes that forbid it. */
export function interpretDecoder(root: Site): RowDecoder {
  return (input, count, target, at) => {
    const choices = new Map<Site, string[]>();
    for (let i = 0; i < count; i++) target[at + i] = read(root, input, choices);
  };
}

function read(site: Site, input: RowInput, choices: Map<Site, string[]>): unknown {
  if (!isPrimitive(site) && site.nullable) {
    const tag = input.bytes[input.at++];
    if (tag === 1) return null;
    if (tag === 2) return undefined;
    if (tag !== 0) input.bad();
  }
  switch (site.kind) {
    case 'number':
      input.at += 8;
      return input.view.getFloat64(input.at - 8, true);
    case 'boolean': {
      const byte = input.bytes[input.at++];
      return byte === 1 ? true : byte === 0 ? false : input.bad();
    }
    case 'string':
      return input.string();
    case 'choice':
      return readChoice(site, input, choices);
    case 'any':
      return input.any();
    case 'list':
      return Array.from({ length: input.count() }, () => read(site.item, input, choices));
    case 'tuple':
      return site.items.map((item) => read(item, input, choices));
    case 'object': {
      const object: Record<string, unknown> = {};
      site.keys.forEach((key, i) => {
        object[key] = read(site.values[i]!, input, choices);
      });
      return object;
    }
  }
}

function readChoice(site: Site, input: RowInput, choices: Map<Site, string[]>): string {
  let known = choices.get(site);
  if (known === undefined) {
    known = [];
    choices.set(site, known);
  }
  const number = input.bytes[input.at++];
  if (number !== LONG) return known[number ?? LONG] ?? input.bad();
  const text = input.string();
  if (known.length < CHOICES) known.push(text);
  return text;
}
