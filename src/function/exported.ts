/** Looks for a function among the exports of a CommonJS module. */
import type { AnyFunction } from './portable.js';

const GETTER = /^(?:function\s*\(\)\s*\{\s*return [\w$.]+;?\s*\}|(?:get: )?\(\)\s*=>\s*[\w$.]+(?:\[[\w$]+\])?)$/;

/** Where `fn` is among a module's exports: its name, nothing if it is all the module exports; `undefined` if it is not there. */
export function pathInExports(exports: unknown, fn: AnyFunction): readonly string[] | undefined {
  if (exports === fn) return [];
  if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null) return undefined;
  for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
    if (value === fn) return [name];
    // The getters that compilers write; others might do anything.
    if (get !== undefined && GETTER.test(get.toString()) && get.call(exports) === fn) return [name];
  }
  return undefined;
}
