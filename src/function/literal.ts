/**
 * What is the same for all closures made by one function literal: its text, its analysis, where it stands. Worked out once for each
 * literal, whatever number of closures it makes.
 */
import { fileURLToPath } from 'node:url';
import { type Analysis, analyze } from './analyze.js';
import type { Inside } from './inspect.js';
import { isStrictAt, type Place, placeOf } from './module.js';
import { type ParsedFunction, parseFunction } from './parse.js';
import { plainArrow } from './plain.js';
import { type Script, scriptOf } from './scripts.js';

/** See the file's comment. */
export interface Literal {
  /** As `toString()` gives it. */
  readonly source: string;
  /** With everything replaced that cannot stand outside its file; each replacement is as long as what it replaces. */
  readonly text: string;
  readonly parsed: ParsedFunction;
  readonly analysis: Analysis;
  readonly script: Script;
  /** The file as stacks name it. */
  readonly file: string;
  readonly isModule: boolean;
  /** The name by which the text of a class refers to its superclass. */
  readonly superclass: string | undefined;
  /** The text around it, where it is known. Looked for when first asked. */
  readonly place: Place | undefined;
  readonly strict: boolean;
  /** Where its text begins in the file; from 0. */
  readonly line: number;
  readonly column: number;
  /** A place in it for a message: file, line and column from 1. */
  at(offset: number): string;
}

/** Stands in for `import.meta` outside of modules; as long as that. */
export const META = 'import$meta';

const literals = new Map<string, Literal>();
/** Programs that make functions from text make ever new ones. */
const literalsKept = 2000;

const keyOf = (source: string, { scriptId, line, column }: Inside) => `${scriptId}:${line}:${column}:${source.length}`;

/** The literal behind a function, if it was met before. */
export function literalKnown(source: string, inside: Inside): Literal | undefined {
  const known = literals.get(keyOf(source, inside));
  return known?.source === source ? known : undefined;
}

/** The literal behind a function. @throws SourceError when its text is no function by itself. */
export function literalOf(source: string, inside: Inside): Literal {
  const known = literalKnown(source, inside);
  if (known !== undefined) return known;
  const literal = read(source, inside);
  literals.set(keyOf(source, inside), literal);
  if (literals.size > literalsKept) literals.delete(literals.keys().next().value as string);
  return literal;
}

function read(source: string, inside: Inside): Literal {
  const isModule = inside.scopes.some((scope) => scope.kind === 'module');
  const plain = plainArrow(source);
  const parsed = plain?.parsed ?? parseFunction(source, isModule ? 'module' : 'script');
  const analysis = plain?.analysis ?? analyze(parsed.node);
  const script = scriptOf(inside.scriptId);
  const superclass = superclassName(source, parsed);
  let place: Place | undefined | null = null;
  // Else the file around it has to be read, and parsed.
  let strict: boolean | undefined = isModule || plain?.anyMode ? true : undefined;
  const { line: atLine, column: atColumn } = inside; // and not all of it, whose variables would be kept alive
  const around = () => {
    if (place === null) place = placeOf(script, source, atLine, atColumn);
    return place;
  };
  const { line, column } = beginning(source, parsed, inside, around);
  return {
    source,
    text: standingAlone(source, parsed, analysis, superclass),
    parsed,
    analysis,
    script,
    file: nameOf(script, isModule),
    isModule,
    superclass,
    get place() {
      return around();
    },
    get strict() {
      strict ??= this.place !== undefined && isStrictAt(script, this.place);
      return strict;
    },
    line,
    column,
    at(offset) {
      const before = source.slice(0, offset).split(LINE);
      const last = before.at(-1)?.length ?? 0;
      return written(script, line + before.length - 1, before.length === 1 ? column + last : last);
    },
  };
}

function nameOf(script: Script, isModule: boolean): string {
  if (script.name !== '') return script.name;
  return !isModule && script.url.startsWith('file:') && !/[?#]/.test(script.url)
    ? fileURLToPath(script.url)
    : script.url;
}

/** A place as people wrote it: where the script was made of another file, and Node has the map that says so, in that file. From 0. */
function written(script: Script, line: number, column: number): string {
  const { findSourceMap } = process.getBuiltinModule('node:module');
  const entry = findSourceMap(script.url)?.findEntry(line, column);
  if (entry === undefined || !('originalSource' in entry)) return `${nameOf(script, false)}:${line + 1}:${column + 1}`;
  const { originalSource: source, originalLine, originalColumn } = entry;
  return `${source.startsWith('file:') ? fileURLToPath(source) : source}:${originalLine + 1}:${originalColumn + 1}`;
}

/**
 * Where the text begins, from the place the engine gives: of arrow functions that is the beginning itself, of functions
 * the opening parenthesis of the parameters, of classes that of the constructor, if they have one.
 */
function beginning(
  source: string,
  parsed: ParsedFunction,
  inside: Inside,
  around: () => Place | undefined,
): { line: number; column: number } {
  const before = source.slice(0, anchorOf(source, parsed)).split(LINE);
  if (before.length === 1) return { line: inside.line, column: inside.column - (before[0] as string).length };
  // The beginning is on an earlier line; its column is known where the text around it is.
  const place = around();
  const column = place === undefined ? 0 : (place.text.slice(0, place.offset).split(LINE).at(-1) as string).length;
  return { line: inside.line - (before.length - 1), column };
}

const LINE = /\r\n|[\n\r\u2028\u2029]/;

function anchorOf(source: string, parsed: ParsedFunction): number {
  const { node } = parsed;
  if (node.type === 'ArrowFunctionExpression') return 0;
  if (node.type === 'FunctionExpression') return parsed.form === 'member' ? node.start : parenthesis(source, parsed);
  const members = (node.body as { body: { kind?: string; value: { start: number } }[] }).body;
  return members.find((member) => member.kind === 'constructor')?.value.start ?? 0;
}

/** The opening parenthesis of a function expression's parameters. */
function parenthesis(source: string, { node }: ParsedFunction): number {
  const id = node.id as { end: number } | null;
  return source.indexOf('(', id?.end ?? 0);
}

/** A name for the superclass: its own where it is one, else one that the class does not use. */
function superclassName(source: string, { node }: ParsedFunction): string | undefined {
  const superClass = node.superClass as { type: string; name?: string } | null | undefined;
  if (superClass === null || superClass === undefined || superClass.type === 'Literal') return undefined;
  if (superClass.type === 'Identifier') return superClass.name;
  return [...'_$ABCDEFGHIJKLMNOPQRSTUVWXYZ'].find((name) => !source.split(/[^\w$]+/).includes(name));
}

function standingAlone(
  source: string,
  parsed: ParsedFunction,
  analysis: Analysis,
  superclass: string | undefined,
): string {
  let text = source;
  const replace = (start: number, end: number, by: string) => {
    const blanks = text.slice(start + by.length, end).replace(/[^\n\r\u2028\u2029]/g, ' ');
    text = text.slice(0, start) + by + blanks + text.slice(end);
  };
  for (const { start, end } of analysis.importMeta) replace(start, end, META);
  if (parsed.computedKey !== undefined) {
    // The name was computed when the method was made; the brackets go with it.
    const open = text.lastIndexOf('[', parsed.computedKey.start);
    const close = text.indexOf(']', parsed.computedKey.end);
    replace(open, close + 1, '_');
  }
  if (superclass !== undefined) {
    const { start, end } = parsed.node.superClass as { start: number; end: number };
    replace(start, end, superclass);
  }
  return text;
}
