import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

/** Every module specifier that a TypeScript file names: static and dynamic imports, re-exports, and imports of types. */
export function specifiersOf(path: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
            ? node.arguments[0]
            : undefined;
    if (named !== undefined && ts.isStringLiteralLike(named)) found.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(path));
  return found;
}

/** The source files that a source file imports, and the packages. The texts of worker and stages stand for their entries. */
export function importsOf(path: string): { files: string[]; packages: string[] } {
  const files: string[] = [];
  const packages: string[] = [];
  for (const specifier of specifiersOf(path)) {
    if (specifier === 'sheaf:worker') files.push('src/worker/main.ts');
    else if (specifier === 'sheaf:stage') files.push('src/stage/main.ts');
    else if (specifier === 'sheaf:page') files.push('src/dashboard/page/main.tsx');
    else if (specifier.startsWith('.')) files.push(sourceOf(posix.join(posix.dirname(path), specifier)));
    else packages.push(specifier);
  }
  return { files, packages };
}

/** The source of what an import names by what is made of it. */
function sourceOf(path: string): string {
  const source = path.replace(/\.js$/, '.ts');
  return existsSync(source) ? source : path.replace(/\.js$/, '.tsx');
}

/** Names that code uses (comments, strings and properties after a dot apart), and whether any of it is `async`. */
export function namesIn(path: string): { names: Set<string>; isAsync: boolean } {
  const names = new Set<string>();
  let isAsync = false;
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AsyncKeyword || node.kind === ts.SyntaxKind.AwaitExpression) isAsync = true;
    if (ts.isPropertyAccessExpression(node)) {
      names.add(node.getText());
      visit(node.expression);
      return;
    }
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(path));
  return { names, isAsync };
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
}
