/**
 * Which files a pattern means. `*` and `?` stand for characters of one name, `**` for any number of folders, `[a-z]` and `[!a-z]` for one
 * character, `{a,b}` for either; a backslash takes a character as it is. Names that begin with a dot are found only by a pattern with that
 * dot, and `**` does not follow links to folders, as in a shell.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { ExchangeError } from '../errors.js';

/** A file that was found. */
export interface Found {
  /** The absolute path. */
  readonly file: string;
  /** The path as the pattern has it: relative if the pattern is. */
  readonly name: string;
}

/** All files that `pattern` means, in no order. What is there by that very name is taken so, whatever characters it has. */
export function glob(pattern: string, cwd: string): Found[] {
  const literal = kindOf(resolve(cwd, pattern));
  if (literal === 'file' && !/\/\.?$/.test(pattern)) return [{ file: resolve(cwd, pattern), name: pattern }];
  if (literal === 'folder') return filesIn(resolve(cwd, pattern), pattern);
  const found = new Map<string, Found>();
  for (const one of alternatives(sep === '\\' ? pattern.replaceAll('\\', '/') : pattern)) {
    const { root, parts } = partsOf(one);
    for (const name of walk(resolve(cwd, root), root, parts)) {
      const file = resolve(cwd, name);
      found.set(file, { file, name });
    }
  }
  return [...found.values()];
}

type Kind = 'file' | 'folder' | undefined;

function kindOf(path: string): Kind {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    return isAbsent(error) ? undefined : fail(error);
  }
}

/** There is no such file; a pattern may be longer than any name. */
function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** What is not ours to read may hold files that are meant: they must not be missing in silence. */
function fail(error: unknown): never {
  const { message } = error as Error;
  throw new ExchangeError(`Files cannot be looked for: ${message}.`, { cause: error });
}

/** The files directly in a folder, but for hidden ones: what a write left there. */
function filesIn(folder: string, shown: string): Found[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && kindOf(join(folder, name)) === 'file')
    .map((name) => ({ file: join(folder, name), name: join(shown, name) }));
}

/** Patterns without braces that together mean the same. */
export function alternatives(pattern: string): string[] {
  const open = findOpen(pattern);
  if (open < 0) return [pattern];
  const choices: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let i = open; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '\\') i++;
    else if (c === '{') depth++;
    else if (c === ',' && depth === 1) {
      choices.push(pattern.slice(from, i));
      from = i + 1;
    } else if (c === '}' && --depth === 0) {
      choices.push(pattern.slice(from, i));
      const [before, behind] = [pattern.slice(0, open), pattern.slice(i + 1)];
      return choices.flatMap((choice) => alternatives(before + choice + behind));
    }
  }
  return [pattern];
}

/** The first brace that has its end and a comma of its own, or -1: any other is a character. */
function findOpen(pattern: string): number {
  for (let open = 0; open < pattern.length; open++) {
    if (pattern[open] === '\\') open++;
    else if (pattern[open] === '{') {
      let depth = 0;
      let commas = 0;
      for (let i = open; i < pattern.length; i++) {
        if (pattern[i] === '\\') i++;
        else if (pattern[i] === '{') depth++;
        else if (pattern[i] === ',' && depth === 1) commas++;
        else if (pattern[i] === '}' && --depth === 0) {
          if (commas > 0) return open;
          break;
        }
      }
    }
  }
  return -1;
}

/** One name of a path: a name as it stands, a pattern for one, or any number of folders. */
type Part = string | RegExp | typeof anyDepth;
const anyDepth = Symbol('**');

function partsOf(pattern: string): { root: string; parts: Part[] } {
  const root = (sep === '/' ? /^\// : /^(?:[A-Za-z]:)?\//).exec(pattern)?.[0] ?? '';
  const names = pattern.slice(root.length).split('/').filter(Boolean);
  const parts = names.map((name) => (name === '**' ? anyDepth : matcher(name)));
  return { root, parts: parts.filter((part, i) => part !== anyDepth || parts[i - 1] !== anyDepth) };
}

function matcher(name: string): string | RegExp {
  if (!/[*?[\]\\]/.test(name)) return name;
  if (!/[*?[]/.test(name.replace(/\\./gs, ''))) return name.replace(/\\(.)/gs, '$1');
  let source = '';
  for (let i = 0; i < name.length; i++) {
    const c = name[i]!;
    if (c === '*') source += '.*';
    else if (c === '?') source += '.';
    else if (c === '[') {
      const set = setAt(name, i);
      source += set?.source ?? '\\[';
      i = set?.end ?? i;
    } else source += (c === '\\' ? (name[++i] ?? '\\') : c).replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  }
  const dot = name.startsWith('.') || name.startsWith('\\.') ? '' : '(?!\\.)';
  return new RegExp(`^${dot}${source}$`, 'su');
}

/** A set of characters, `[abc]`. Without its end, the bracket is a character. */
function setAt(name: string, open: number): { source: string; end: number } | undefined {
  let i = open + 1;
  const not = name[i] === '!' || name[i] === '^';
  if (not) i++;
  let source = '';
  for (const first = i; i < name.length; i++) {
    const c = name[i]!;
    if (c === ']' && i > first) return { source: `[${not ? '^' : ''}${source}]`, end: i };
    if (c === '-' && i > first && name[i + 1] !== ']') source += '-';
    else source += (c === '\\' ? (name[++i] ?? '\\') : c).replace(/[\\^\][-]/, '\\$&');
  }
  return undefined;
}

function walk(folder: string, shown: string, parts: readonly Part[]): string[] {
  const [part, ...rest] = parts;
  if (part === undefined) return [];
  const last = rest.length === 0;
  if (typeof part === 'string') {
    const path = join(folder, part);
    // Not `join`, which would take `./` away: a name stays as it was asked for.
    const name = shown + part;
    const kind = kindOf(path);
    if (last) return kind === 'file' ? [name] : [];
    return kind === 'folder' ? walk(path, `${name}/`, rest) : [];
  }
  const entries = readable(folder);
  if (part === anyDepth) {
    // `**` at the end means every file.
    const here = walk(folder, shown, last ? [/^(?!\.)/s] : rest);
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    return [...here, ...folders.flatMap(({ name }) => walk(join(folder, name), `${shown}${name}/`, parts))];
  }
  return entries
    .filter(({ name }) => part.test(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const kind = entry.isSymbolicLink() ? kindOf(path) : entry.isDirectory() ? 'folder' : 'file';
      if (last) return kind === 'file' ? [shown + entry.name] : [];
      return kind === 'folder' ? walk(path, `${shown}${entry.name}/`, rest) : [];
    });
}

function readable(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    return isAbsent(error) ? [] : fail(error);
  }
}
