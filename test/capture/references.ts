/**
 * The free variables of functions as the TypeScript compiler resolves them: an oracle for our own scope analysis, made by other
 * people on other principles.
 */
import ts from 'typescript';

/** A function or class in a file, and the names it takes from outside. */
export interface Reference {
  readonly line: number;
  readonly text: string;
  readonly free: ReadonlySet<string>;
  readonly assigned: ReadonlySet<string>;
}

/** All functions and classes of a JavaScript file that stand by themselves, which members with computed or private names do not. */
export function* referencesIn(file: string): Generator<Reference> {
  const options: ts.CompilerOptions = {
    allowJs: true,
    noLib: true,
    noResolve: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    types: [],
  };
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file) as ts.SourceFile;
  const pending: ts.Node[] = [source];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    ts.forEachChild(node, (child) => {
      pending.push(child);
    });
    const text = source.text.slice(node.getStart(source), node.end);
    if (!standsAlone(node) || /^(export|static)\b/.test(text)) continue;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    yield { line, text, ...freeIn(node, source, checker) };
  }
}

function standsAlone(node: ts.Node): boolean {
  if (ts.isMethodDeclaration(node)) return ts.isIdentifier(node.name);
  return (
    ts.isClassLike(node) ||
    (ts.isFunctionLike(node) && 'body' in node && !ts.isConstructorDeclaration(node) && !ts.isAccessor(node))
  );
}

function freeIn(node: ts.Node, source: ts.SourceFile, checker: ts.TypeChecker) {
  const free = new Set<string>();
  const assigned = new Set<string>();
  const start = node.getStart(source);
  const isInside = (declaration: ts.Node) =>
    declaration.getSourceFile() === source && declaration.getStart(source) >= start && declaration.end <= node.end;
  const visit = (inner: ts.Node) => {
    if (ts.isIdentifier(inner) && inner.text !== 'arguments' && isVariable(inner, node)) {
      const symbol = ts.isShorthandPropertyAssignment(inner.parent)
        ? checker.getShorthandAssignmentValueSymbol(inner.parent)
        : checker.getSymbolAtLocation(inner);
      if (!(symbol?.declarations ?? []).some(isInside)) {
        free.add(inner.text);
        if (isTarget(inner)) assigned.add(inner.text);
      }
    }
    ts.forEachChild(inner, visit);
  };
  ts.forEachChild(node, (child) => {
    // A class has its superclass itself, whatever expression it came from.
    if (!ts.isHeritageClause(child)) visit(child);
  });
  return { free, assigned };
}

/** Whether an identifier names a variable, and not a property, a label or part of a declaration of another kind. */
function isVariable(id: ts.Identifier, top: ts.Node): boolean {
  const { parent } = id;
  if (ts.isPropertyAccessExpression(parent) || ts.isMetaProperty(parent)) return parent.name !== id;
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return parent.name !== id;
  if (ts.isMethodDeclaration(parent) || ts.isAccessor(parent)) return parent.name !== id && parent !== top;
  if (ts.isBindingElement(parent)) return parent.propertyName !== id;
  return !ts.isLabeledStatement(parent) && !ts.isBreakOrContinueStatement(parent);
}

/** Whether an expression is assigned to: directly, or as a part of a destructuring. */
function isTarget(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && parent.left === node) {
    const { kind } = parent.operatorToken;
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return true;
  }
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
  }
  if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name === node && isTarget(parent.parent);
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node && isTarget(parent.parent);
  const isWithin =
    ts.isParenthesizedExpression(parent) ||
    ts.isSpreadAssignment(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isObjectLiteralExpression(parent);
  return isWithin && isTarget(ts.isSpreadAssignment(parent) ? parent.parent : parent);
}
