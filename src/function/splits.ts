/** Functions that only split their line into words, as their text tells: a yes is certain, a no may be wrong. */
import { isNode, type Node } from './parse.js';
import type { PortableFunction } from './portable.js';
import { isNamed, type Simple, simpleNode, simpleOf } from './simple.js';

/** What a function does that only splits its line. */
export interface Splitting {
  /** At white space (`/\s+/`), or at one character of ASCII, given by its code. */
  readonly by: 'space' | number;
  /** White space at the ends of the line goes first. */
  readonly trimmed: boolean;
  /** Empty strings are words, too. */
  readonly empties: boolean;
}

/**
 * What a function like `line => line.split(' ')` does with a line, as long as nobody has changed what strings, arrays and regular
 * expressions do. It may trim the line before it is split at white space, and leave empty strings out.
 */
export function splittingOf(fn: PortableFunction): Splitting | undefined {
  const simple = simpleOf(fn);
  if (simple?.parameters.length !== 1) return undefined;
  const [line] = simple.parameters as [string];
  return splitOf(simple.given, line, (name) => name !== line && isGlobal(fn, name));
}

/** Whether a function says no to the empty string, and yes to all others: `word => word !== ''`, `Boolean` … */
export function dropsEmpty(fn: PortableFunction): boolean {
  const root = fn.code.nodes[fn.code.root];
  if (root?.kind === 'global') return root.path.length === 1 && root.path[0] === 'Boolean';
  return saysNoToEmpty(simpleOf(fn));
}

function splitOf(node: Node, line: string, isGlobal: (name: string) => boolean): Splitting | undefined {
  const call = callOf(node);
  if (call?.given.length !== 1) return undefined;
  const [given] = call.given as [Node];
  if (call.name === 'filter') {
    const drops =
      given.type === 'Identifier' ? given.name === 'Boolean' && isGlobal('Boolean') : saysNoToEmpty(simpleNode(given));
    const split = drops ? splitOf(call.of, line, isGlobal) : undefined;
    return split && { ...split, empties: false };
  }
  if (call.name !== 'split' || given.type !== 'Literal') return undefined;
  const { regex, value } = given as Node & { readonly regex?: { readonly pattern: string; readonly flags: string } };
  if (regex !== undefined) {
    if (regex.pattern !== '\\s+' || regex.flags !== '') return undefined;
    const trim = callOf(call.of);
    const trimmed = trim?.name === 'trim' && trim.given.length === 0;
    return isNamed(trimmed ? trim.of : call.of, line) ? { by: 'space', trimmed, empties: true } : undefined;
  }
  if (typeof value !== 'string' || value.length !== 1 || !isNamed(call.of, line)) return undefined;
  const by = value.charCodeAt(0);
  // Characters of which line ends are made are no part of a line at some places.
  return by < 0x80 && value !== '\n' && value !== '\r' ? { by, trimmed: false, empties: true } : undefined;
}

/** A call of a method: `of.name(...given)`. */
function callOf(node: Node): { readonly of: Node; readonly name: string; readonly given: readonly Node[] } | undefined {
  if (node.type !== 'CallExpression' || node.optional === true) return undefined;
  const callee = node.callee as Node;
  if (callee.type !== 'MemberExpression' || callee.computed === true || callee.optional === true) return undefined;
  const { type, name } = callee.property as Node & { readonly name: string };
  if (type !== 'Identifier') return undefined;
  return { of: callee.object as Node, name, given: node.arguments as Node[] };
}

/** Whether a function of a string says no to the empty one, and yes to all others. */
function saysNoToEmpty(simple: Simple | undefined): boolean {
  if (simple?.parameters.length !== 1) return false;
  const { given, parameters } = simple;
  const isWord = (node: unknown): boolean => isNamed(node, parameters[0]);
  const isLength = (node: unknown): boolean => {
    if (!isNode(node) || node.type !== 'MemberExpression' || node.computed === true || node.optional === true)
      return false;
    return isWord(node.object) && isNamed(node.property, 'length');
  };
  if (isWord(given) || isLength(given)) return true;
  if (given.type === 'UnaryExpression' && given.operator === '!') {
    const inner = given.argument as Node;
    return inner.type === 'UnaryExpression' && inner.operator === '!' && isWord(inner.argument);
  }
  if (given.type !== 'BinaryExpression') return false;
  const { left, operator, right } = given as Node & { readonly operator: string };
  const is = (value: unknown): boolean => isNode(right) && right.type === 'Literal' && right.value === value;
  if (operator === '!==' || operator === '!=') return (isWord(left) && is('')) || (isLength(left) && is(0));
  return (operator === '>' && isLength(left) && is(0)) || (operator === '>=' && isLength(left) && is(1));
}

/** Whether a name means what the language has for it: the function does not capture it. */
function isGlobal({ code }: PortableFunction, name: string): boolean {
  const source = code.nodes[code.root];
  if (source?.kind !== 'source') return false;
  const free = source.free.find((one) => one.name === name);
  const node = free && code.nodes[free.node];
  return free === undefined || (node?.kind === 'global' && node.path.length === 1 && node.path[0] === name);
}
