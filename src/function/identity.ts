/** Whether a function gives back what it is called with, as its text tells: a yes is certain, a no may be wrong. */
import { bodyOf, isNode, type Node, parseFunction } from './parse.js';
import type { PortableFunction } from './portable.js';

/** Longer texts are not looked at. */
const mostText = 200;

export function isIdentity({ code }: PortableFunction): boolean {
  const source = code.nodes[code.root];
  if (source?.kind !== 'source' || source.isClass || source.part !== 'value') return false;
  if (source.text.length > mostText || source.imports) return false;
  try {
    const { node } = parseFunction(source.text, source.strict ? 'module' : 'script');
    if (node.type !== 'ArrowFunctionExpression' || node.async === true) return false;
    const [first] = node.params as Node[];
    const given = givenBy(node.body as Node);
    if (first?.type !== 'Identifier' || given?.type !== 'Identifier') return false;
    // A second parameter could have a default that changes the first.
    return (node.params as Node[]).length === 1 && given.name === first.name;
  } catch {
    return false;
  }
}

/** The one expression that a body comes to. */
function givenBy(body: Node): Node | undefined {
  if (body.type !== 'BlockStatement') return body;
  const [only, more] = bodyOf(body);
  if (only?.type !== 'ReturnStatement' || more !== undefined) return undefined;
  return isNode(only.argument) ? only.argument : undefined;
}
