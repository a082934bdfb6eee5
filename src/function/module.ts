/** What the file around a function says: its imports, its exports, whether its code is strict. */
import { isBuiltin } from 'node:module';
import { pathToFileURL } from 'node:url';
import { boundNames } from './analyze.js';
import { bodyOf, childrenOf, isNode, type Node, parseModule } from './parse.js';
import { fileText, loadedText, offsetOf, type Script } from './scripts.js';

/** A binding that an import declaration makes. `imported` is `'*'` for the namespace. */
export interface ImportBinding {
  readonly specifier: string;
  readonly imported: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

/** The declarations of an ES module that matter to its functions. */
export interface ModuleFacts {
  readonly imports: ReadonlyMap<string, ImportBinding>;
  /** Exported functions and classes: the name by where their text begins. */
  readonly exports: ReadonlyMap<number, string>;
}

/** A text that holds a function, and where the function begins in it. */
export interface Place {
  readonly text: string;
  readonly offset: number;
  /** The text is that of the file on disk. */
  readonly isOnDisk: boolean;
}

/** The text around a function: the file's, if that is what runs, or else what the loader made of it. */
export function placeOf(script: Script, source: string, line: number, column: number): Place | undefined {
  if (!/\.[cm]?tsx?([?#]|$)/.test(script.url)) {
    const text = fileText(script);
    const offset = text === undefined ? -1 : offsetOf(text, source, line, column);
    if (text !== undefined && offset >= 0) return { text, offset, isOnDisk: true };
  }
  const text = loadedText(script.id);
  const offset = text === undefined ? -1 : offsetOf(text, source, line, column);
  return text !== undefined && offset >= 0 ? { text, offset, isOnDisk: false } : undefined;
}

const facts = new Map<string, ModuleFacts>();

/** The declarations of the module that is this text. Parsed once for each script. */
export function factsOf(script: Script, text: string): ModuleFacts {
  let found = facts.get(script.id);
  if (found === undefined) {
    found = collect(parseModule(text, 'module'));
    facts.set(script.id, found);
  }
  return found;
}

const nameOf = (node: Node) => (node.type === 'Literal' ? (node.value as string) : (node.name as string));

function collect(program: Node): ModuleFacts {
  const imports = new Map<string, ImportBinding>();
  const exports = new Map<number, string>();
  const locals = new Map<string, number>();
  const names: [string, string][] = [];
  for (const statement of bodyOf(program)) {
    const declaration = statement.declaration as Node | null | undefined;
    if (statement.type === 'ImportDeclaration') addImports(statement, imports);
    else if (statement.type === 'ExportDefaultDeclaration') {
      const start = functionStart(declaration);
      if (start !== undefined) exports.set(start, 'default');
      else if (declaration?.type === 'Identifier') names.push([declaration.name as string, 'default']);
      if (isNode(declaration)) addLocals(declaration, locals);
    } else if (statement.type === 'ExportNamedDeclaration') {
      if (isNode(declaration)) {
        const before = new Set(locals.keys());
        addLocals(declaration, locals);
        for (const name of locals.keys()) if (!before.has(name)) names.push([name, name]);
      } else if (!isNode(statement.source)) {
        for (const specifier of statement.specifiers as Node[]) {
          names.push([nameOf(specifier.local as Node), nameOf(specifier.exported as Node)]);
        }
      }
    } else addLocals(statement, locals);
  }
  for (const [local, exported] of names) {
    const start = locals.get(local);
    if (start !== undefined) exports.set(start, exported);
  }
  return { imports, exports };
}

function addImports(statement: Node, imports: Map<string, ImportBinding>): void {
  const specifier = (statement.source as Node).value as string;
  const listed = (statement.attributes as Node[] | undefined) ?? [];
  const attributes =
    listed.length === 0
      ? undefined
      : Object.fromEntries(
          listed.map((attribute) => [nameOf(attribute.key as Node), (attribute.value as Node).value as string]),
        );
  for (const part of statement.specifiers as Node[]) {
    const imported =
      part.type === 'ImportNamespaceSpecifier'
        ? '*'
        : part.type === 'ImportDefaultSpecifier'
          ? 'default'
          : nameOf(part.imported as Node);
    imports.set((part.local as Node).name as string, { specifier, imported, attributes });
  }
}

/** Functions that a statement binds to a name for good (a declaration or a `const`): name → where the function's text begins. */
function addLocals(statement: Node, locals: Map<string, number>): void {
  if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') {
    if (isNode(statement.id)) locals.set(statement.id.name as string, statement.start);
  } else if (statement.type === 'VariableDeclaration' && statement.kind === 'const') {
    for (const { id, init } of statement.declarations as { id: Node; init: Node | null }[]) {
      const start = functionStart(init);
      const [name] = boundNames(id);
      if (id.type === 'Identifier' && name !== undefined && start !== undefined) locals.set(name, start);
    }
  }
}

function functionStart(node: Node | null | undefined): number | undefined {
  if (!isNode(node)) return undefined;
  if (/^(Function|ArrowFunction|Class)/.test(node.type)) return node.start;
  // What compilers wrap around a function to keep its name.
  if (node.type === 'CallExpression' && (node.callee as Node).name === '__name')
    return functionStart((node.arguments as Node[])[0]);
  return undefined;
}

const strictRanges = new Map<string, readonly (readonly [number, number])[]>();

/** Whether code at this place of a CommonJS file or script is strict, by the directives around it. */
export function isStrictAt(script: Script, place: Place): boolean {
  let ranges = strictRanges.get(script.id);
  if (ranges === undefined) {
    ranges = findStrict(place.text);
    strictRanges.set(script.id, ranges);
  }
  return ranges.some(([start, end]) => start <= place.offset && place.offset < end);
}

function findStrict(text: string): readonly (readonly [number, number])[] {
  // Most files say it at the top or nowhere, which is seen without parsing them.
  if (/^(?:#![^\n]*\n)?(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*(["'])use strict\1/.test(text))
    return [[0, Number.POSITIVE_INFINITY]];
  if (!/use strict/.test(text) && !/\bclass\b/.test(text)) return [];
  const ranges: [number, number][] = [];
  const visit = (node: Node) => {
    const statements = node.type === 'BlockStatement' ? (node.body as Node[]) : [];
    if (node.type === 'ClassBody' || statements.some((statement) => statement.directive === 'use strict'))
      ranges.push([node.start, node.end]);
    else for (const child of childrenOf(node)) visit(child);
  };
  let program: Node;
  try {
    program = parseModule(text, 'script');
  } catch {
    // The text of a module, a function of which a worker runs as a script.
    return [[0, Number.POSITIVE_INFINITY]];
  }
  visit(program);
  return ranges;
}

/** Whether a text declares `name` so that it can be assigned to, or assigns to it. */
export function declaresVariable(text: string, name: string): boolean {
  const word = `(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`;
  return new RegExp(`\\b(?:let|var)\\s[^;=]*${word}|(?<!const\\s+)${word}\\s*=(?![=>])`).test(text);
}

/**
 * Whether the CommonJS module in a file assigns to one of its exports more than once, as far as its text tells. Of packages it is not
 * expected.
 */
export function reassignsExport(file: string, name: string): boolean {
  if (/[\\/]node_modules[\\/]/.test(file)) return false;
  const text = fileText({ id: '', url: pathToFileURL(file).href, name: file });
  if (text === undefined) return true;
  const member = `exports\\.${name.replaceAll('$', '\\$')}`;
  const assignments = text.match(new RegExp(`${member}\\s*=(?![=>])(?!\\s*(?:exports\\.|void 0))`, 'g'));
  return (assignments?.length ?? 0) > 1 || declaresVariable(text, name);
}

/** Whether a specifier names one of Node's own modules. */
export const isBuiltinModule = (specifier: string): boolean => isBuiltin(specifier);
