/**
 * Variables whose declaration has not run yet. Newer engines tell; older ones read them as `undefined`, and then the text around the
 * function has to say whether that can be the variable's value.
 */
import type { Literal } from './literal.js';
import { childrenOf, isNode, type Node, parseModule } from './parse.js';
import { framesIn } from './scripts.js';

interface Declaration {
  readonly kind: string;
  /** The initializer; `undefined` where there is none. */
  readonly init: Node | undefined;
  /** Where the declaration ends: the variable has a value from there on. */
  readonly end: number;
  /** The block, and the function, that the declaration is in. */
  readonly block: Node;
  readonly body: Node;
}

const trees = new Map<string, Node | undefined>();

function treeOf(scriptId: string, text: string, isModule: boolean): Node | undefined {
  if (!trees.has(scriptId)) {
    try {
      trees.set(scriptId, parseModule(text, isModule ? 'module' : 'script'));
    } catch {
      trees.set(scriptId, undefined);
    }
  }
  return trees.get(scriptId);
}

const isFunctionOrFile = (node: Node) => /Function|^Program$/.test(node.type);

/** The innermost declaration of `name` whose block holds the place. */
function findDeclaration(root: Node, name: string, offset: number): Declaration | undefined {
  let found: Declaration | undefined;
  const visit = (node: Node, body: Node) => {
    if (offset < node.start || offset >= node.end) return;
    const statements = node.type === 'BlockStatement' || node.type === 'Program' ? (node.body as Node[]) : [];
    for (const statement of statements) {
      const declared = (statement.declaration as Node | undefined) ?? statement;
      if (declared.type === 'ClassDeclaration' && (declared.id as Node | null)?.name === name) {
        found = { kind: 'class', init: declared, end: declared.end, block: node, body };
      } else if (declared.type === 'VariableDeclaration' && declared.kind !== 'var') {
        for (const declarator of declared.declarations as Node[]) {
          if (!binds(declarator.id as Node, name)) continue;
          const init = isNode(declarator.init) ? declarator.init : undefined;
          found = { kind: declared.kind as string, init, end: declarator.end, block: node, body };
        }
      }
    }
    for (const child of childrenOf(node)) visit(child, isFunctionOrFile(node) ? node : body);
  };
  visit(root, root);
  return found;
}

function binds(pattern: Node, name: string): boolean {
  if (pattern.type === 'Identifier') return pattern.name === name;
  if (pattern.type === 'Property') return binds(pattern.value as Node, name);
  if (pattern.type === 'AssignmentPattern') return binds(pattern.left as Node, name);
  for (const child of childrenOf(pattern)) if (binds(child, name)) return true;
  return false;
}

const NEVER_UNDEFINED =
  /^(Literal|TemplateLiteral|ArrayExpression|ObjectExpression|ArrowFunctionExpression|FunctionExpression|ClassExpression|ClassDeclaration|NewExpression|BinaryExpression|UpdateExpression)$/;

/**
 * Whether a variable that reads as `undefined` has no value yet: because its initializer cannot give `undefined`, or because the code
 * that makes this call stands before the declaration.
 */
export function isEarly(name: string, { place, script, isModule }: Literal): boolean {
  if (place === undefined) return false;
  const root = treeOf(script.id, place.text, isModule);
  const declaration = root === undefined ? undefined : findDeclaration(root, name, place.offset);
  if (root === undefined || declaration === undefined) return false;
  const { kind, init, end, block, body } = declaration;
  if (init === undefined) return false;
  if (kind !== 'let' && NEVER_UNDEFINED.test(init.type)) return true;
  return framesIn(script.id, place.text).some(
    (offset) => offset >= block.start && offset < end && innermost(root, offset) === (body === root ? root : body),
  );
}

/** The innermost function around a place, or the file. */
function innermost(root: Node, offset: number): Node {
  let found = root;
  const visit = (node: Node) => {
    if (offset < node.start || offset >= node.end) return;
    if (isFunctionOrFile(node)) found = node;
    for (const child of childrenOf(node)) visit(child);
  };
  visit(root);
  return found;
}
