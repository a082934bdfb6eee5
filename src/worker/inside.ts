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
  return (name) => (name === 'table' ? table() : (insideModules[name] ?? process.getBuiltinModule(name)));
}
