/** Where a class that a worker has imported can be found by others. */
import { createRequire } from 'node:module';
import { pathInExports } from './exported.js';
import { lookInside } from './inspect.js';
import type { AnyFunction } from './portable.js';
import { scriptOf } from './scripts.js';
import { atHome } from './shipped.js';

/** The module that exports a class; for an ES module, the file that holds it and what to look for among its exports. */
export type Origin =
  | { readonly required: string; readonly path: readonly string[] }
  | { readonly imported: string; readonly name: string; readonly source: string };

const found = new WeakMap<AnyFunction, { readonly origin: Origin | undefined }>();

/** Looks for the module of a class; `undefined` if it has none that can be named. */
export function placeOfClass(itsClass: AnyFunction): Origin | undefined {
  let known = found.get(itsClass);
  if (known === undefined) {
    known = { origin: inCommonJs(itsClass) ?? inModule(itsClass) };
    found.set(itsClass, known);
  }
  return known.origin;
}

function inCommonJs(itsClass: AnyFunction): Origin | undefined {
  const { cache } = createRequire(process.execPath);
  for (const [file, module] of Object.entries(cache)) {
    const path = pathInExports(module?.exports, itsClass);
    if (path !== undefined) return { required: atHome(file), path };
  }
  return undefined;
}

function inModule(itsClass: AnyFunction): Origin | undefined {
  try {
    const [inside] = lookInside([itsClass]);
    if (inside === undefined || !inside.scopes.some((scope) => scope.kind === 'module')) return undefined;
    const { url } = scriptOf(inside.scriptId);
    return url.startsWith('file:')
      ? { imported: atHome(url), name: itsClass.name, source: itsClass.toString() }
      : undefined;
  } catch {
    return undefined; // no inspector here: the nearest class that both sides have must do
  }
}
