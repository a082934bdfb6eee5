/** What code that travels to a worker as a bundle finds there, by the names of Sheaf's own modules, so that it need not bring them along. */
import * as codec from '../codec/index.js';
import * as errors from '../errors.js';
import type { FunctionTable } from '../function/rebuild.js';
import * as thrown from '../function/thrown.js';

export const insideModules: Readonly<Record<string, object>> = {
  'src/codec/index.ts': codec,
  'src/errors.ts': errors,
  'src/function/thrown.ts': thrown,
};

/** Gives a module; `table` gives the functions that this worker knows. */
export function insideOf(table: () => FunctionTable): (name: string) => unknown {
  const bundles = new Map<string, unknown>();
  const inside = (name: string): unknown => {
    if (name === 'table') return table();
    return name === 'once' ? once : (insideModules[name] ?? process.getBuiltinModule(name));
  };
  /** The exports of a bundle, which is run at its first use. */
  const once = (name: string, run: Bundle): unknown => {
    if (!bundles.has(name)) bundles.set(name, run(inside, { exports: {} }));
    return bundles.get(name);
  };
  return inside;
}

type Bundle = (require: (name: string) => unknown, module: { exports: object }) => unknown;
