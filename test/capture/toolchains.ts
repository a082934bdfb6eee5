/**
 * The toolchains of the matrix: each turns the sources in `fixtures/` into a program of its own, as its users would have it.
 * tsc is used through `transpileModule`, which writes what `tsc` writes but checks nothing; the whole tree is checked elsewhere.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build as bundle } from 'esbuild';
import ts from 'typescript';
import type { Tag } from './fixtures/case.js';

/** A program's files, by their path within it. */
export type Files = ReadonlyMap<string, string>;

export interface Toolchain {
  readonly name: string;
  readonly tags: readonly Tag[];
  /** Writes the program into `dir`, and gives the arguments with which Node, started there, runs it. */
  readonly build: (sources: Files, dir: string) => Promise<readonly string[]>;
}

// As `npx tsx` starts it.
const tsxCommand = join('..', 'node_modules', 'tsx', 'dist', 'cli.mjs');

export const toolchains: readonly Toolchain[] = [
  { name: 'mjs', tags: ['esm', 'files'], build: plainModules },
  { name: 'cjs', tags: ['cjs', 'files'], build: plainCommonJs },
  { name: 'native', tags: ['esm', 'files', 'native'], build: native },
  { name: 'tsx', tags: ['esm', 'files', 'tsx'], build: tsx('module', [tsxCommand]) },
  { name: 'tsx-import', tags: ['esm', 'files', 'tsx'], build: tsx('module', ['--import', 'tsx']) },
  { name: 'tsx-cjs', tags: ['cjs', 'files', 'tsx'], build: tsx('commonjs', [tsxCommand]) },
  { name: 'tsc-2022', tags: ['esm', 'files'], build: tsc(ts.ScriptTarget.ES2022, ts.ModuleKind.ESNext) },
  { name: 'tsc-2017', tags: ['esm', 'files', 'es2017'], build: tsc(ts.ScriptTarget.ES2017, ts.ModuleKind.ESNext) },
  {
    name: 'tsc-2017-cjs',
    tags: ['cjs', 'files', 'es2017'],
    build: tsc(ts.ScriptTarget.ES2017, ts.ModuleKind.CommonJS),
  },
  {
    name: 'tsc-2015-cjs',
    tags: ['cjs', 'files', 'es2017', 'es2015'],
    build: tsc(ts.ScriptTarget.ES2015, ts.ModuleKind.CommonJS),
  },
  { name: 'bundle', tags: ['esm', 'bundled'], build: esbuild({ format: 'esm', sourcemap: true }) },
  { name: 'bundle-cjs', tags: ['cjs', 'bundled'], build: esbuild({ format: 'cjs' }) },
  { name: 'bundle-all', tags: ['esm', 'bundled', 'all-in'], build: esbuild({ format: 'esm', external: [] }) },
  { name: 'bundle-all-cjs', tags: ['cjs', 'bundled', 'all-in'], build: esbuild({ format: 'cjs', external: [] }) },
  { name: 'minify', tags: ['esm', 'bundled', 'minified'], build: esbuild({ format: 'esm', minify: true }) },
  {
    name: 'minify-names',
    tags: ['esm', 'bundled', 'minified'],
    build: esbuild({ format: 'esm', minify: true, keepNames: true }),
  },
  { name: 'stdin', tags: ['esm', 'bundled', 'stdin'], build: esbuild({ format: 'esm' }) },
  { name: 'vitest-threads', tags: ['esm', 'vitest'], build: vitest('threads') },
  { name: 'vitest-forks', tags: ['esm', 'vitest'], build: vitest('forks') },
];

/** The program in plain modules, as one would write it by hand. */
async function plainModules(sources: Files, dir: string): Promise<readonly string[]> {
  for (const [path, text] of sources) {
    if (!isTypeScript(path)) write(dir, path, text);
    else write(dir, withExtension(path, '.mjs'), withExtensions(withoutTypes(text), '.mjs'));
  }
  asScript(dir, 'main.mjs');
  return ['main.mjs'];
}

/** The program in plain CommonJS, as one would write it by hand: sloppy mode, `const { a: b } = require(…)`, `exports.a = a`. */
async function plainCommonJs(sources: Files, dir: string): Promise<readonly string[]> {
  for (const [path, text] of sources) {
    if (!isTypeScript(path)) write(dir, path, text);
    else write(dir, withExtension(path, '.cjs'), withExtensions(asCommonJs(withoutTypes(text)), '.cjs'));
  }
  asScript(dir, 'main.cjs');
  write(dir, 'package.json', '{ "main": "main.cjs" }');
  return ['.'];
}

/** The TypeScript sources themselves. */
async function native(sources: Files, dir: string): Promise<readonly string[]> {
  write(dir, 'package.json', '{ "type": "module" }');
  for (const [path, text] of sources) write(dir, path, isTypeScript(path) ? withExtensions(text, '.ts') : text);
  // By another name than its own, as programs in node_modules/.bin are started.
  symlinkSync('main.ts', join(dir, 'start.ts'));
  return ['start.ts'];
}

function tsx(type: 'module' | 'commonjs', args: readonly string[]): Toolchain['build'] {
  return async (sources, dir) => {
    write(dir, 'package.json', JSON.stringify({ type }));
    for (const [path, text] of sources) write(dir, path, text);
    return [...args, 'main.ts'];
  };
}

function tsc(target: ts.ScriptTarget, module: ts.ModuleKind): Toolchain['build'] {
  const isCommonJs = module === ts.ModuleKind.CommonJS;
  return async (sources, dir) => {
    write(dir, 'package.json', JSON.stringify({ type: isCommonJs ? 'commonjs' : 'module' }));
    for (const [path, text] of sources) {
      write(dir, path, text);
      if (!isTypeScript(path)) continue;
      const { outputText, sourceMapText } = transpile(path, text, { target, module, sourceMap: true });
      write(dir, withExtension(path, '.js'), outputText);
      write(dir, `${withExtension(path, '.js')}.map`, sourceMapText ?? '');
    }
    // Once with the maps in use, once as most programs run.
    return isCommonJs ? ['main.js'] : ['--enable-source-maps', 'main.js'];
  };
}

function esbuild(options: BuildOptions): Toolchain['build'] {
  return async (sources, dir) => {
    for (const [path, text] of sources) write(dir, `src/${path}`, text);
    const outfile = options.format === 'esm' ? 'main.mjs' : 'main.cjs';
    await bundle({
      entryPoints: [join(dir, 'src/main.ts')],
      outfile: join(dir, outfile),
      bundle: true,
      platform: 'node',
      target: 'node20.19',
      external: ['sheaf', 'acorn'],
      // For the programs that lie apart from the packages, so as to find out what they do not bring along.
      nodePaths: [join(dir, '../../installed/node_modules')],
      logLevel: 'error',
      ...options,
    });
    return options.sourcemap ? ['--enable-source-maps', outfile] : [outfile];
  };
}

function vitest(pool: 'threads' | 'forks'): Toolchain['build'] {
  return async (sources, dir) => {
    write(dir, 'package.json', '{ "type": "module" }');
    for (const [path, text] of sources) write(dir, path, text);
    write(dir, 'vitest.config.mjs', `export default { test: { include: ['spec.ts'], pool: '${pool}' } };`);
    return [join('..', 'node_modules', 'vitest', 'vitest.mjs'), 'run'];
  };
}

function transpile(path: string, text: string, options: ts.CompilerOptions): ts.TranspileOutput {
  return ts.transpileModule(text, { fileName: path, compilerOptions: { ...options, esModuleInterop: true } });
}

/** JavaScript with the source's own layout and comments. */
function withoutTypes(text: string): string {
  return transpile('source.ts', text, { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext }).outputText;
}

/** Rewrites the module syntax that the sources use. */
function asCommonJs(text: string): string {
  const exported: string[] = [];
  const body = text
    .replace(/^import \* as (\w+) from ('.*?')( with .*)?;$/gm, 'const $1 = require($2);')
    .replace(/^import (\w+), (\{.*?\}) from ('.*?');$/gm, 'import $1 from $3; import $2 from $3;')
    .replace(/^(.*)\bimport (\w+) from ('.*?')( with .*?\})?;/gm, (_, before, name, from) => {
      const isOwn = from.endsWith(".js'");
      // In the package of two formats and in the program's own modules, what was the default is a property.
      return `${before}const ${name} = require(${from})${isOwn || from === "'tiny-dual'" ? '.default' : ''};`;
    })
    .replace(/\bimport (\{.*?\}) from ('.*?');$/gm, (_, names: string, from) => {
      return `const ${names.replace(/ as /g, ': ')} = require(${from});`;
    })
    .replace(/^export \* from ('.*?');$/gm, 'Object.assign(exports, require($1));')
    .replace(/^export \{ (.*?) \} from ('.*?');$/gm, (_, names: string, from) => {
      const pairs = names.split(', ').map((name) => name.split(' as '));
      return pairs.map(([name, as = name]) => `exports.${as} = require(${from}).${name};`).join(' ');
    })
    .replace(/^export default (?=\()/gm, 'exports.default = ')
    .replace(/^export default (function \w+|\w+;)/gm, (_, what: string) => {
      const name = what.replace(/^function |;$/g, '');
      exported.push(`exports.default = ${name};`);
      return what.startsWith('function') ? what : '';
    })
    .replace(/^export ((?:async )?function\*?|const|let|class) (\w+)/gm, (_, kind, name) => {
      // What changes later is a getter, as compilers make it.
      const getter = `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => ${name} });`;
      exported.push(kind === 'let' ? getter : `exports.${name} = ${name};`);
      return `${kind} ${name}`;
    })
    .replace(/^export \{\};$/gm, '');
  return `${body}\n${exported.join('\n')}\n`;
}

/** Gives a file the first line of a program that a shell can start. */
function asScript(dir: string, path: string): void {
  write(dir, path, `#!/usr/bin/env node\n${readFileSync(join(dir, path), 'utf8')}`);
}

function isTypeScript(path: string): boolean {
  return path.endsWith('.ts');
}

function withExtension(path: string, extension: string): string {
  return path.replace(/\.ts$/, extension);
}

/** The program's own modules under another extension, wherever they are imported. */
function withExtensions(text: string, extension: string): string {
  return text.replace(/(from |import\(|require\()'(\.{1,2}\/[^']+)\.js'/g, `$1'$2${extension}'`);
}

function write(dir: string, path: string, text: string): void {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
