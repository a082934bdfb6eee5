/** What very small functions come to, as their text tells: a yes is certain, a no may be wrong. */
import { bodyOf, isNode, type Node, parseFunction } from './parse.js';
import type { PortableFunction } from './portable.js';

/** Longer texts are not looked at. */
const mostText = 200;

/** Whether a function is `x => x`. */
export function isIdentity(fn: PortableFunction): boolean {
  const arrow = arrowOf(fn);
  return arrow?.parameters.length === 1 && isNamed(arrow.given, arrow.parameters[0]);
}

/** The number `n` of a function `x => [x, n]`. */
export function numberBeside(fn: PortableFunction): number | undefined {
  const arrow = arrowOf(fn);
  if (arrow?.parameters.length !== 1 || arrow.given.type !== 'ArrayExpression') return undefined;
  const [first, second, ...more] = arrow.given.elements as (Node | null)[];
  if (!isNamed(first, arrow.parameters[0]) || more.length > 0 || second?.type !== 'Literal') return undefined;
  return typeof second.value === 'number' ? second.value : undefined;
}

/** Whether a function is `(a, b) => a + b`. */
export function isSum(fn: PortableFunction): boolean {
  const arrow = arrowOf(fn);
  if (arrow?.parameters.length !== 2 || arrow.given.type !== 'BinaryExpression') return false;
  const { given } = arrow;
  const [a, b] = arrow.parameters;
  return a !== b && given.operator === '+' && isNamed(given.left, a) && isNamed(given.right, b);
}

function isNamed(node: unknown, name: string | undefined): boolean {
  return isNode(node) && node.type === 'Identifier' && node.name === name;
}

/** The names of an arrow function's parameters, and the one expression that it comes to. */
function arrowOf({ code }: PortableFunction): { readonly parameters: string[]; readonly given: Node } | undefined {
  const source = code.nodes[code.root];
  if (source?.kind !== 'source' || source.isClass || source.part !== 'value') return undefined;
  if (source.text.length > mostText || source.imports) return undefined;
  try {
    const { node } = parseFunction(source.text, source.strict ? 'module' : 'script');
    if (node.type !== 'ArrowFunctionExpression' || node.async === true) return undefined;
    const parameters = node.params as Node[];
    // Those with a default, or that are taken apart, run code.
    if (parameters.some(({ type }) => type !== 'Identifier')) return undefined;
    const given = givenBy(node.body as Node);
    return given && { parameters: parameters.map(({ name }) => name as string), given };
  } catch {
    return undefined;
  }
}

/** The one expression that a body comes to. */
function givenBy(body: Node): Node | undefined {
  if (body.type !== 'BlockStatement') return body;
  const [only, more] = bodyOf(body);
  if (only?.type !== 'ReturnStatement' || more !== undefined) return undefined;
  return isNode(only.argument) ? only.argument : undefined;
}
