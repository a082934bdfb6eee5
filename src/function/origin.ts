/** Where a class that a worker has imported can be found by others. */
import { createRequire } from 'node:module';
import { lookInside } from './inspect.js';
import { scriptOf } from './scripts.js';

/** The module that exports a class; for an ES module, the file that holds it and what to look for among its exports. */
export type Origin =
  | { readonly required: string; readonly path: readonly string[] }
  | { readonly imported: string; readonly name: string; readonly source: string };

const found = new WeakMap<Function, { readonly origin: Origin | undefined }>();

/** Looks for the module of a class; `undefined` if it has none that can be named. */
export function placeOfClass(constructor: Function): Origin | undefined {
  let known = found.get(constructor);
  if (known === undefined) {
    known = { origin: inCommonJs(constructor) ?? inModule(constructor) };
    found.set(constructor, known);
  }
  return known.origin;
}

function inCommonJs(constructor: Function): Origin | undefined {
  const { cache } = createRequire(`${process.cwd()}/_.cjs`);
  for (const [file, module] of Object.entries(cache)) {
    const exports: unknown = module?.exports;
    if (exports === constructor) return { required: file, path: [] };
    if (typeof exports !== 'object' && typeof exports !== 'function') continue;
    const descriptor = exports === null ? undefined : Object.getOwnPropertyDescriptor(exports, constructor.name);
    if (descriptor?.value === constructor) return { required: file, path: [constructor.name] };
  }
  return undefined;
}

function inModule(constructor: Function): Origin | undefined {
  try {
    const [inside] = lookInside([constructor]);
    if (inside === undefined || !inside.scopes.some((scope) => scope.kind === 'module')) return undefined;
    const { url } = scriptOf(inside.scriptId);
    return url.startsWith('file:')
      ? { imported: url, name: constructor.name, source: constructor.toString() }
      : undefined;
  } catch {
    return undefined; // no inspector here: the nearest class that both sides have must do
  }
}
