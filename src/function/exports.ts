/** Finds the module that exports a function, so that it can travel by name. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isEntry, leadsToEntry } from './entry.js';
import { pathInExports } from './exported.js';
import type { Literal } from './literal.js';
import { factsOf, reassignsExport } from './module.js';
import type { AnyFunction } from './portable.js';
import { fileText } from './scripts.js';

/** Where a function is exported. */
export interface Export {
  readonly base: string;
  readonly specifier: string;
  readonly via: 'import' | 'require';
  readonly path: readonly string[];
}

// For the cache and built-in modules, which are the same from anywhere. A CommonJS bundle has no import.meta.url.
const require = createRequire(process.execPath);

/**
 * The export by which a function can be found again; `undefined` if there is none, or if it belongs to the program that was started:
 * that must not run a second time.
 */
export function exportOf(fn: AnyFunction, literal: Literal): Export | undefined {
  const { script, isModule } = literal;
  if (!script.url.startsWith('file:') || isEntry(script.url)) return undefined;
  return isModule ? exportOfModule(literal) : exportOfCommonJs(fn, literal);
}

/** Asked last: for this, the files are read that a module imports, and those that they import. */
const mayBeImported = ({ script }: Literal): boolean => !leadsToEntry(script.url) && fileText(script) !== undefined;

function exportOfModule(literal: Literal): Export | undefined {
  const { script, place } = literal;
  if (place === undefined) return undefined;
  // Only what is bound to a name at the top of a module can be exported; most functions are seen not to be without parsing the file.
  const before = place.text.slice(Math.max(0, place.offset - 200), place.offset).trimEnd();
  if (!/export\b/.test(place.text) || (/[,(:?>|&[]$|return$/.test(before) && !/__name\($/.test(before)))
    return undefined;
  if (!mayBeImported(literal)) return undefined;
  const name = factsOf(script, place.text).exports.get(place.offset);
  return name === undefined ? undefined : { base: script.url, specifier: script.url, via: 'import', path: [name] };
}

function exportOfCommonJs(fn: AnyFunction, literal: Literal): Export | undefined {
  const file = fileURLToPath(literal.script.url.replace(/[?#].*$/, ''));
  const module = require.cache[file];
  if (module === undefined || !module.loaded || !mayBeImported(literal)) return undefined;
  const path = pathInExports(module.exports, fn);
  if (path?.[0] !== undefined && reassignsExport(file, path[0])) return undefined;
  return path === undefined ? undefined : { base: file, specifier: file, via: 'require', path };
}
