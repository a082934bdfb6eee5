/** What very small functions come to, as their text tells: a yes is certain, a no may be wrong. */
import { bodyOf, isNode, type Node, parseFunction } from './parse.js';
import type { PortableFunction, SourceNode } from './portable.js';

/** Longer texts are not looked at. */
const mostText = 200;

/** Whether a function is `x => x`. */
export function isIdentity(fn: PortableFunction): boolean {
  const simple = simpleOf(fn);
  return simple?.parameters.length === 1 && isNamed(simple.given, simple.parameters[0]);
}

/** The number `n` of a function `x => [x, n]`. */
export function numberBeside(fn: PortableFunction): number | undefined {
  const simple = simpleOf(fn);
  if (simple?.parameters.length !== 1 || simple.given.type !== 'ArrayExpression') return undefined;
  const [first, second, ...more] = simple.given.elements as (Node | null)[];
  if (!isNamed(first, simple.parameters[0]) || more.length > 0 || second?.type !== 'Literal') return undefined;
  return typeof second.value === 'number' ? second.value : undefined;
}

/** Whether a function is `(a, b) => a + b`. */
export function isSum(fn: PortableFunction): boolean {
  const simple = simpleOf(fn);
  if (simple?.parameters.length !== 2 || simple.given.type !== 'BinaryExpression') return false;
  const { given } = simple;
  const [a, b] = simple.parameters;
  return a !== b && given.operator === '+' && isNamed(given.left, a) && isNamed(given.right, b);
}

/**
 * A function that looks at plain data and calls nothing, captures nothing, and is over soon, such as `row => row.size * row[0].weight`, as one of
 * this realm; `undefined` for any other. Only for rows in which nothing is a function or a class of the user's own.
 */
export function looking(fn: PortableFunction): ((row: unknown) => unknown) | undefined {
  const simple = simpleOf(fn);
  const source = fn.code.nodes[fn.code.root];
  if (simple?.parameters.length !== 1 || source?.kind !== 'source' || source.free.length > 0) return undefined;
  if (!onlyLooks(simple.given, simple.parameters[0]!)) return undefined;
  try {
    return new Function(`${source.strict ? "'use strict';" : ''} return (${source.text}\n);`)();
  } catch {
    // Code may not be generated in this process.
    return undefined;
  }
}

const primitives = new Set(['string', 'number', 'boolean', 'bigint']);
/** Powers and shifts of bigints can take very long; `in` and `instanceof` look at more than data. */
const operators = new Set('+ - * / % & | ^ == != === !== < <= > >='.split(' '));

function onlyLooks(node: unknown, parameter: string): boolean {
  if (!isNode(node)) return false;
  const all = (...nodes: unknown[]): boolean => nodes.every((one) => onlyLooks(one, parameter));
  switch (node.type) {
    case 'Identifier':
      return node.name === parameter;
    case 'Literal':
      return node.value === null ? node.regex === undefined : primitives.has(typeof node.value);
    case 'MemberExpression':
      return all(node.object) && (node.computed === true ? isLiteral(node.property) : isName(node.property));
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return all(node.expression);
    case 'UnaryExpression':
      return node.operator !== 'delete' && all(node.argument);
    case 'BinaryExpression':
      return operators.has(node.operator as string) && all(node.left, node.right);
    case 'LogicalExpression':
      return all(node.left, node.right);
    case 'ConditionalExpression':
      return all(node.test, node.consequent, node.alternate);
    case 'ArrayExpression':
      return all(...(node.elements as unknown[]));
    default:
      return false;
  }
}

const isLiteral = (node: unknown): boolean =>
  isNode(node) &&
  node.type === 'Literal' &&
  node.value !== '__proto__' &&
  ['string', 'number'].includes(typeof node.value);
const isName = (node: unknown): boolean => isNode(node) && node.type === 'Identifier' && node.name !== '__proto__';

export function isNamed(node: unknown, name: string | undefined): boolean {
  return isNode(node) && node.type === 'Identifier' && node.name === name;
}

/** Whether a function gives a new array of two each time, as `row => [row.id, row]` does, which nobody else has. */
export function makesPairs(fn: PortableFunction): boolean {
  const source = writtenOf(fn);
  const given = source && givenBy(nodeOf(source));
  if (given?.type !== 'ArrayExpression') return false;
  const elements = given.elements as (Node | null)[];
  return elements.length === 2 && elements.every((one) => one !== null && one.type !== 'SpreadElement');
}

/** The names of a function's parameters, and the one expression that it comes to. */
export interface Simple {
  readonly parameters: readonly string[];
  readonly given: Node;
}

/** A function that does nothing but give an expression of its parameters. */
export function simpleOf(fn: PortableFunction): Simple | undefined {
  const source = writtenOf(fn);
  return source === undefined || source.imports ? undefined : simpleNode(nodeOf(source));
}

/** The same of a function inside of another. */
export function simpleNode(node: Node | undefined): Simple | undefined {
  const given = givenBy(node);
  if (node === undefined || given === undefined) return undefined;
  const parameters = node.params as Node[];
  // Those with a default, or that are taken apart, run code.
  if (parameters.some(({ type }) => type !== 'Identifier')) return undefined;
  return { parameters: parameters.map(({ name }) => name as string), given };
}

/** The text of a short function that is one by itself. */
function writtenOf({ code }: PortableFunction): SourceNode | undefined {
  const source = code.nodes[code.root];
  if (source?.kind !== 'source' || source.isClass || source.part !== 'value') return undefined;
  return source.text.length > mostText ? undefined : source;
}

function nodeOf({ text, strict }: SourceNode): Node | undefined {
  try {
    return parseFunction(text, strict ? 'module' : 'script').node;
  } catch {
    return undefined;
  }
}

/** The one expression that a function comes to, if it gives its value at once. */
function givenBy(node: Node | undefined): Node | undefined {
  if (node?.type !== 'ArrowFunctionExpression' && node?.type !== 'FunctionExpression') return undefined;
  if (node.async === true || node.generator === true) return undefined;
  const body = node.body as Node;
  if (body.type !== 'BlockStatement') return body;
  const [only, more] = bodyOf(body);
  if (only?.type !== 'ReturnStatement' || more !== undefined) return undefined;
  return isNode(only.argument) ? only.argument : undefined;
}
