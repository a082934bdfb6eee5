/**
 * Whether functions are sure to change nothing of what they are called with, nor of what they capture, as far as their text tells: a yes is
 * certain, a no may be wrong. For rows that several calls see one after the other.
 */
import { type Node, parseFunction } from './parse.js';
import type { CodeNode, PortableCode, PortableFunction, SourceNode } from './portable.js';
import { TextReader } from './text-reader.js';

const known = new WeakMap<PortableCode, { readonly [state: string]: boolean }>();

/**
 * @param state its first parameter is a state of its own, which it may change (but not what is inside of what it put there) and gives back
 */
export function readsOnly({ code }: PortableFunction, state = false): boolean {
  const before = known.get(code) ?? {};
  let answer = before[String(state)];
  if (answer === undefined) {
    answer = new Functions(code, state).areSafe();
    known.set(code, { ...before, [String(state)]: answer });
  }
  return answer;
}

/** A function's own text, read. */
interface Text {
  readonly node: Node;
  readonly source: SourceNode;
  readonly reader: TextReader;
}

/** The functions of a portable one: the one that is called, and those that it calls. */
class Functions {
  readonly #code: PortableCode;
  readonly #state: boolean;
  readonly #texts = new Map<number, Text | undefined>();

  constructor(code: PortableCode, state: boolean) {
    this.#code = code;
    this.#state = state;
  }

  areSafe(): boolean {
    const { nodes, root } = this.#code;
    return nodes.every((node, i) => (node.kind === 'source' ? this.#isSafe(i) : i !== root && isHarmless(node)));
  }

  #isSafe(place: number): boolean {
    const text = this.#textOf(place);
    if (text === undefined) return false;
    const { root } = this.#code;
    // A function that is only ever called with a state may change it, as if it stood where it is called.
    const owns = place === root ? this.#rootOwns() : this.#getsStates(place);
    return text.reader.isSafe(owns);
  }

  /** Whatever else is given back is the next state, and might be a row. */
  #rootOwns(): boolean {
    return this.#state && this.#givesState(this.#code.root, []);
  }

  /** Whether all that a function returns is its first parameter, be it by way of another function. */
  #givesState(place: number, seen: readonly number[]): boolean {
    const text = this.#textOf(place);
    if (text === undefined || seen.includes(place)) return false;
    const helpers = text.source.free.filter(({ node }) => this.#code.nodes[node]?.kind === 'source');
    const gives = helpers.filter(({ node }) => this.#givesState(node, [...seen, place]));
    return text.reader.givesState(gives.map(({ name }) => name));
  }

  /** Whether a function is named nowhere but where it is called with an object that its caller may change. */
  #getsStates(place: number, seen: readonly number[] = []): boolean {
    const { nodes, root } = this.#code;
    if (place === root || seen.includes(place)) return false;
    return nodes.every((node, i) => {
      if (node.kind !== 'source') return !refersTo(node, place);
      const names = node.free.filter((free) => free.node === place).map(({ name }) => name);
      if (names.length === 0) return true;
      const text = this.#textOf(i);
      if (text === undefined) return false;
      const owns = i === root ? this.#rootOwns() : this.#getsStates(i, [...seen, place]);
      return names.every((name) => text.reader.isGivenStates(name, owns));
    });
  }

  #textOf(place: number): Text | undefined {
    if (!this.#texts.has(place)) this.#texts.set(place, this.#read(place));
    return this.#texts.get(place);
  }

  #read(place: number): Text | undefined {
    const source = this.#code.nodes[place];
    if (source?.kind !== 'source') return undefined;
    if (source.isClass || source.own !== undefined || source.prototype !== undefined) return undefined;
    try {
      const { node } = parseFunction(source.text, source.strict ? 'module' : 'script');
      const isHelper = ({ node: at }: { node: number }) =>
        ['source', 'global'].includes(this.#code.nodes[at]?.kind ?? '');
      const helpers = source.free.filter(isHelper).map((free) => free.name);
      const captured = source.free.map((free) => free.name);
      return { node, source, reader: new TextReader(node, helpers, captured) };
    } catch {
      return undefined;
    }
  }
}

function refersTo(node: CodeNode, place: number): boolean {
  switch (node.kind) {
    case 'object':
    case 'array':
      return node.properties.some((one) =>
        'value' in one ? one.value === place : one.get === place || one.set === place,
      );
    case 'map':
      return node.entries.flat().includes(place);
    case 'set':
      return node.entries.includes(place);
    default:
      return false;
  }
}

/** What is imported, or comes from a path of globals, has no text here. */
function isHarmless(node: CodeNode): boolean {
  if (node.kind === 'global') return node.path[0] === 'Math';
  return ['value', 'symbol', 'object', 'array', 'map', 'set'].includes(node.kind);
}
