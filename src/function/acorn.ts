import { createRequire } from 'node:module';
import type * as Acorn from 'acorn';

/** Loads the parser. In the built package the build puts the parser itself in this module's place, so that it is there in any bundle. */
export function loadAcorn(): typeof Acorn {
  return createRequire(import.meta.url)('acorn') as typeof Acorn;
}
