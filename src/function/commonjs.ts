/** CommonJS modules, and the objects that loaders and bundlers put in the place of modules. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { isObject } from './data.js';
import { leadsToEntry } from './entry.js';
import { declaresVariable, reassignsExport } from './module.js';
import type { AnyFunction, ImportNode } from './portable.js';
import { fileText } from './scripts.js';

// For the cache and built-in modules, which are the same from anywhere. A CommonJS bundle has no import.meta.url.
const require = createRequire(process.execPath);

interface CommonJsModule {
  readonly exports: unknown;
  readonly loaded: boolean;
}

/** The modules that are loaded, by file. */
export function cache(): Readonly<Record<string, CommonJsModule | undefined>> {
  return require.cache as unknown as Record<string, CommonJsModule | undefined>;
}

/** The file whose module exports this object. Looked for in a loop, which costs a third of a list of all modules, of which there are many. */
function fileThatExports(value: object): string | undefined {
  const modules = cache();
  for (const file in modules) if (modules[file]?.exports === value) return file;
  return undefined;
}

/** The file of the CommonJS module whose exports this object is, if it may be loaded again. */
export function commonJsModule(value: object): string | undefined {
  const file = fileThatExports(value);
  if (file === undefined || (!file.startsWith('/') && !/^[A-Za-z]:/.test(file))) return undefined;
  return leadsToEntry(pathToFileURL(file).href) ? undefined : file;
}

/** What is among the exports of the module in a file. */
export function exportsOf(file: string): unknown[] {
  const exports: unknown = cache()[file]?.exports;
  return isObject(exports) ? Object.values(Object.getOwnPropertyDescriptors(exports)).map(({ value }) => value) : [];
}

/** Whether a module still exports a function by that name. */
export function isExported({ specifier, path: [name] }: ImportNode, fn: AnyFunction): boolean {
  const exports: unknown = cache()[specifier]?.exports;
  return (name === undefined ? exports : (exports as Record<string, unknown> | undefined)?.[name]) === fn;
}

/** Whether an object is all that a CommonJS module exports. */
export const isOwnExports = (value: object): boolean => fileThatExports(value) !== undefined;

/** Whether an object looks as if {@link isNamespace} might find something. */
export const isLikeNamespace = (value: object): boolean =>
  'default' in value || '__esModule' in value || Symbol.toStringTag in value;

/** A module's exports in one of the forms that loaders and bundlers give them. */
export function isNamespace(value: object): boolean {
  if (types.isModuleNamespaceObject(value)) return true;
  if (types.isProxy(value)) return false;
  // What compilers wrap around the exports of a CommonJS module: them as `default`, and their members.
  const { default: exports } = value as { default?: unknown };
  return (
    ((isObject(exports) || typeof exports === 'function') && commonJsModule(exports) !== undefined) ||
    Object.hasOwn(value, '__esModule') ||
    (value as Record<symbol, unknown>)[Symbol.toStringTag] === 'Module' ||
    isOwnExports(value)
  );
}

/** Whether the module that exports a variable may assign to it, as far as its text tells. */
export function isReassigned({ base, specifier, path: [name = ''] }: ImportNode): boolean {
  if (!/^(\.|\/|file:)/.test(specifier)) return false;
  const url = new URL(specifier, base).href;
  const text = fileText({ id: '', url, name: '' }) ?? fileText({ id: '', url: url.replace(/js$/, 'ts'), name: '' });
  return text === undefined || declaresVariable(text, name);
}

/** A function among these members of a CommonJS module's exports that the module may have put in the place of another one. */
export function replacedFunction(exports: object, members: ReadonlySet<string>, file: string): string | undefined {
  return [...members].find((member) => {
    const value = (exports as Record<string, unknown>)[member];
    return typeof value === 'function' && reassignsExport(file, member);
  });
}

/** Whether a function is the `require` of some module. */
export function isRequire(value: AnyFunction): boolean {
  const { resolve, cache: its } = value as unknown as {
    resolve?: { readonly paths?: unknown } | undefined;
    cache?: unknown;
  };
  return typeof resolve?.paths === 'function' && its === require.cache;
}

/** The file at `url`, if a `require` function resolves from its folder; else one in the folder it does resolve from. */
export function baseOfRequire(value: AnyFunction, url: string): string {
  const [folder = process.cwd()] = (value as NodeJS.Require).resolve.paths('./x') ?? [];
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : '';
  return dirname(file) === folder ? file : join(folder, '_.cjs');
}
