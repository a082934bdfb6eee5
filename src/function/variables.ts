/** Looks variables up in the scopes around a function. */
import { isObject } from './data.js';
import type { Scope } from './inspect.js';
import type { Literal } from './literal.js';
import { declaresVariable } from './module.js';
import { NODE_GLOBALS } from './natives.js';

/** A variable as it was found. */
export interface Found {
  readonly value: unknown;
  readonly scope: Scope['kind'];
  /** A variable of the module itself, not of a function in it. */
  readonly isOfModule: boolean;
  /** Declared, but its declaration has not run. */
  readonly early: boolean;
}

/** The innermost variable of this name; `undefined` for names of the global object. */
export function lookUp(scopes: readonly Scope[], name: string): Found | undefined {
  for (const [i, { kind, variables }] of scopes.entries()) {
    if (kind === 'global') break;
    // The scope of a CommonJS module is that of the function that Node makes of it.
    const isOfModule = kind === 'module' || scopes[i + 1]?.kind === 'global';
    try {
      if (Object.hasOwn(variables, name)) return { value: variables[name], scope: kind, isOfModule, early: false };
    } catch {
      return { value: undefined, scope: kind, isOfModule, early: true };
    }
  }
  return undefined;
}

/** A global that the program itself has made, which workers do not have. */
export function userGlobal(name: string): Found | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  if (descriptor === undefined || descriptor.enumerable !== true || NODE_GLOBALS.has(name)) return undefined;
  return { value: (globalThis as Record<string, unknown>)[name], scope: 'global', isOfModule: false, early: false };
}

/** Whether code of the module may change a variable, or what it holds. */
export function mayChange(value: unknown, name: string, { place }: Literal): boolean {
  if (typeof value === 'function') return false;
  return isObject(value) || place === undefined || declaresVariable(place.text, name);
}
