/**
 * Paths by which native functions and the engine's own objects are found again in another thread: from `globalThis`
 * (`Math.max`, `Array.prototype.map`), or from a built-in module's exports (`path.join`).
 */
import { builtinModules, createRequire } from 'node:module';
import { symbolName } from './names.js';
import type { PropertyName } from './portable.js';

/** Where something is found: from a built-in module, or from `globalThis` where there is none. */
export interface NativePath {
  readonly module: string | undefined;
  readonly path: readonly PropertyName[];
}

/** Globals, and built-in modules, that tell one thread from another; code made from text may ask for any of them. */
const globalsOfThread: readonly unknown[] = ['process', 'globalThis', 'global', 'Function', 'eval'];
const modulesOfThread = /^(node:)?(process|worker_threads|cluster)$/;

/** Whether what a path leads to is another in each thread. */
export function isOfThread({ module, path }: NativePath): boolean {
  if (module !== undefined) return modulesOfThread.test(module);
  return path.length === 0 || globalsOfThread.includes(path[0]);
}

// For the cache and built-in modules, which are the same from anywhere. A CommonJS bundle has no import.meta.url.
const require = createRequire(process.execPath);

const propertyName = (key: string | symbol): PropertyName | undefined => {
  if (typeof key === 'string') return key;
  const symbol = symbolName(key);
  return symbol === undefined ? undefined : { symbol };
};

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Notes the functions of an object that every worker has one of, by name. */
function indexMethods(into: Map<object, NativePath>, object: object, name: string): void {
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    if (typeof value === 'function' && !key.startsWith('_') && !into.has(value))
      into.set(value, { module: undefined, path: [name, key] });
  }
}

/** Notes what is reachable from `root` in two steps, or three by way of `prototype`. Getters are not called. */
function index(into: Map<object, NativePath>, root: object, module: string | undefined): void {
  const walk = (object: object, path: readonly PropertyName[], depth: number) => {
    for (const key of Reflect.ownKeys(object)) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      const name = propertyName(key);
      if (descriptor === undefined || name === undefined || name === 'globalThis' || name === 'global') continue;
      if (typeof key === 'string' && key.startsWith('_')) continue;
      const value: unknown = descriptor.value;
      if (!isObject(value) || into.has(value)) continue;
      if (module === undefined && depth === 0 && descriptor.enumerable === true && !NODE_GLOBALS.has(key as string))
        continue;
      into.set(value, { module, path: [...path, name] });
      if (depth < 1 || key === 'prototype') walk(value, [...path, name], depth + 1);
    }
  };
  walk(root, [], 0);
}

/** Enumerable properties that Node itself gives `globalThis`; others were put there by the program. */
export const NODE_GLOBALS: ReadonlySet<string> = new Set([
  ...[
    'global',
    'clearImmediate',
    'setImmediate',
    'clearInterval',
    'clearTimeout',
    'setInterval',
    'setTimeout',
    'queueMicrotask',
  ],
  ...[
    'structuredClone',
    'atob',
    'btoa',
    'performance',
    'fetch',
    'navigator',
    'crypto',
    'localStorage',
    'sessionStorage',
  ],
]);

let globals: Map<object, NativePath> | undefined;

function globalIndex(): Map<object, NativePath> {
  if (globals === undefined) {
    globals = new Map();
    globals.set(globalThis, { module: undefined, path: [] });
    // These are accessors, or hide behind one.
    for (const name of ['process', 'Buffer', 'console', 'performance', 'crypto'] as const) {
      const value: unknown = (globalThis as Record<string, unknown>)[name];
      if (isObject(value)) globals.set(value, { module: undefined, path: [name] });
    }
    index(globals, globalThis, undefined);
    indexMethods(globals, console, 'console');
    indexMethods(globals, process, 'process');
  }
  return globals;
}

const modules = new Map<object, NativePath>();
const indexed = new Set<string>();

/** Built-in modules this process has loaded, so that looking into them loads none. */
function indexModules(): void {
  const loaded = (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList ?? [];
  const known = new Set(builtinModules);
  for (const entry of loaded) {
    const name = entry.replace(/^NativeModule /, '');
    if (!known.has(name) || name.startsWith('_') || indexed.has(name)) continue;
    indexed.add(name);
    const exports: unknown = require(`node:${name}`);
    if (!isObject(exports) || globalIndex().has(exports)) continue;
    if (!modules.has(exports)) modules.set(exports, { module: `node:${name}`, path: [] });
    index(modules, exports, `node:${name}`);
  }
}

/** The path to a native function, or to an object of the engine's; `undefined` if none leads there. */
export function nativePath(value: object): NativePath | undefined {
  // Node loads many globals (`TextEncoder`, `Blob` …) when they are first asked for, so they are tried by name.
  const { name } = value as { name?: unknown };
  if (
    typeof name === 'string' &&
    !(name in Object.prototype) &&
    (globalThis as Record<string, unknown>)[name] === value
  ) {
    return { module: undefined, path: [name] };
  }
  const found = globalIndex().get(value) ?? modules.get(value);
  if (found !== undefined) return found;
  indexModules();
  return modules.get(value);
}

/** Only what is known already, at the price of a look-up. For objects, which are mostly the program's own. */
export function knownNative(value: object): NativePath | undefined {
  if (indexed.size === 0) indexModules();
  return globalIndex().get(value) ?? modules.get(value);
}
