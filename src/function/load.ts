/** Imports modules from the place of the file that mentions them: with its loader, its relative paths, its package's dependencies. */
import { createRequire, isBuiltin } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileFunction, constants } from 'node:vm';
import { keyOf } from './names.js';
import type { CodeNode } from './portable.js';

type ImportNode = CodeNode & { kind: 'import' };
type Import = (specifier: string, options?: object) => Promise<object>;

const importers = new Map<string, Import>();
let quiet = false;

/** `import()` as code in the file `base` would call it. */
function importerOf(base: string): Import {
  let importer = importers.get(base);
  if (importer === undefined) {
    importer = compileFunction('return (s, o) => o === undefined ? import(s) : import(s, o)', [], {
      filename: base,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never,
    })() as Import;
    importers.set(base, importer);
    silence();
  }
  return importer;
}

/** Lets Node say once, to nobody, that importing from compiled text is experimental. */
export function silence(): void {
  if (quiet) return;
  quiet = true;
  const emit = process.emitWarning;
  process.emitWarning = () => {};
  try {
    const first = compileFunction('return import("node:path")', [], {
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never,
    }) as () => Promise<unknown>;
    first().catch(() => {});
  } finally {
    process.emitWarning = emit;
  }
}

/** `require` as code in the file `base` would call it. */
export function requireOf(base: string): NodeJS.Require {
  return createRequire(base.startsWith('file:') ? base.replace(/[?#].*$/, '') : base);
}

/** What an import node stands for; a promise where it has to be loaded asynchronously. */
export function load(node: ImportNode): unknown {
  const { specifier, path, via, base } = node;
  if (via === 'require' || (isBuiltin(specifier) && path.length > 0)) {
    const exports: unknown = isBuiltin(specifier)
      ? process.getBuiltinModule(specifier)
      : withTsx(() => requireOf(base)(specifier));
    return then(exports, (module) =>
      follow(module, via === 'import' && path[0] === 'default' ? path.slice(1) : path, node),
    );
  }
  return loadModule(node).then((namespace) => follow(namespace, path, node));
}

const then = (value: unknown, next: (value: unknown) => unknown) =>
  value instanceof Promise ? value.then(next) : next(value);

async function loadModule({ base, specifier, attributes }: ImportNode): Promise<object> {
  await registerTsx();
  const from = base === '' ? pathToFileURL(`${process.cwd()}/`).href : base;
  return importerOf(from)(specifier, attributes === undefined ? undefined : { with: attributes });
}

function follow(module: unknown, path: readonly unknown[], { specifier }: ImportNode): unknown {
  let value = module;
  for (const step of path) {
    const key = keyOf(step as string);
    if (value === null || value === undefined || !(key in Object(value))) {
      throw new Error(`The module ${specifier} has no export ${String(key)} in this worker.`);
    }
    value = (value as Record<string | symbol, unknown>)[key];
  }
  return value;
}

let tsx: Promise<void> | undefined;

/** tsx does not load itself in worker threads, though the options that load it are passed on to them. */
function registerTsx(): Promise<void> {
  tsx ??= register();
  return tsx;
}

/** The arguments by which this process was told to load tsx. */
const tsxArgument = (): string | undefined =>
  [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
    .map((word) => word.replace(/^--(?:import|require|loader|experimental-loader)=/, ''))
    .find((word) => /^tsx(?:\/|$)|[\\/]tsx[\\/]dist[\\/]loader\.mjs$/.test(word));

async function register(): Promise<void> {
  const argument = tsxArgument();
  if (argument === undefined) return;
  // Its own files where it was given by one, and else the package as the working directory has it.
  const base = argument.startsWith('tsx') ? pathToFileURL(`${process.cwd()}/`).href : new URL('./', argument).href;
  const [cjs, esm] = argument.startsWith('tsx')
    ? ['tsx/cjs/api', 'tsx/esm/api']
    : ['./cjs/api/index.cjs', './esm/api/index.mjs'];
  requireOf(fileURLToPath(base))(cjs).register();
  const api = (await importerOf(base)(esm)) as { register(): void };
  api.register();
}

function withTsx(run: () => unknown): unknown {
  return tsxArgument() === undefined ? run() : registerTsx().then(run);
}
