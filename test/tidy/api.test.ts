import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';

test('everything that is exported is documented, its members too', () => {
  const program = ts.createProgram(['src/index.ts'], { ...options(), noEmit: true });
  const checker = program.getTypeChecker();
  const entry = checker.getSymbolAtLocation(program.getSourceFile('src/index.ts')!);
  assert.ok(entry, 'src/index.ts exports something');
  const silent: string[] = [];
  for (const symbol of checker.getExportsOfModule(entry)) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (!isDocumented(target, checker)) silent.push(symbol.name);
  }
  assert.deepEqual(silent, []);
});

function isDocumented(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  return symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;
}

function options(): ts.CompilerOptions {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, '.').options;
}
