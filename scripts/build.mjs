// Builds the package (dist/) and, with `--tests`, a transpiled copy of src/, test/ and bench/ (build/) that plain Node can run.
//   --no-types   leaves out the .d.ts files, which take most of the time
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import { carriedText } from './carried-text.mjs';
import { pageText } from './page.mjs';
import { root } from './prepare.mjs';

process.chdir(root);
const common = { target: 'node20.19', platform: 'node', logLevel: 'warning', legalComments: 'none' };

/** Files of their own, loaded when what they do is asked for; they have nothing in common with the rest. */
const chunks = {
  progress: 'src/observe/progress.ts',
  observer: 'src/observe/observer.ts',
  dashboard: 'src/dashboard/index.ts',
};

const pythonFolder = 'src/engine/ray/python';

/** What the file for Ray has in common with the library is the library's: there must be one copy of it only. */
const coreApart = {
  name: 'core-apart',
  setup(build_) {
    build_.onResolve({ filter: /\/(engine\/)?core\.js$|\/errors\.js$/ }, () => ({
      path: './index.js',
      external: true,
    }));
  },
};

/** Leaves imports of the chunks, and of the library itself, as they are, for a file that finds them under `toChunks` and `toRoot`. */
const apart = (toChunks, toRoot, but) => ({
  name: 'apart',
  setup(build_) {
    const names = new Map(Object.entries(chunks).map(([name, path]) => [resolve(path), `${toChunks}${name}.js`]));
    if (toRoot !== undefined) names.set(resolve('src/index.ts'), `${toRoot}index.js`);
    names.delete(resolve(but ?? ''));
    build_.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir, kind }) => {
      const name = names.get(resolve(resolveDir, path).replace(/\.js$/, '.ts'));
      return name === undefined || kind === 'entry-point' ? undefined : { path: name, external: true };
    });
  },
});

// What is not a module asks for Node's by `require`.
const requireInModule = `import { createRequire as requireOf } from 'node:module';
const require = requireOf(import.meta.url);`;

async function buildPackage(outdir) {
  const bundle = { ...common, bundle: true, format: 'esm', outdir, charset: 'ascii' };
  const texts = {};
  await build({
    ...bundle,
    entryPoints: ['src/index.ts'],
    minifyWhitespace: true,
    lineLimit: 120,
    plugins: [carriedText(common, texts), apart('./chunks/')],
  });
  writeTexts(outdir, texts);
  for (const [name, path] of Object.entries(chunks)) {
    await build({
      ...bundle,
      entryPoints: { [`chunks/${name}`]: path },
      plugins: [pageText(common), apart('./', '../', path)],
    });
  }
  await build({
    ...bundle,
    entryPoints: { cli: 'src/cli/main.ts' },
    minifyWhitespace: true,
    lineLimit: 120,
    plugins: [apart('./chunks/', './')],
    banner: { js: requireInModule },
  });
  chmodSync(join(outdir, 'cli.js'), 0o755);
  await build({ ...bundle, entryPoints: ['src/ray.ts'], plugins: [coreApart] });
  for (const path of filesUnder(pythonFolder).filter((file) => file.endsWith('.py')))
    cpSync(path, join(outdir, 'python', basename(path)));
  // What is carried along is told.
  for (const name of ['acorn', 'commander', 'preact', 'uplot'])
    copyFileSync(`node_modules/${name}/LICENSE`, join(outdir, `LICENSE-${name}.txt`));
  if (process.argv.includes('--no-types')) return;
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', outdir],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) throw new Error('The types do not check.');
  keepReachableTypes(outdir);
}

/**
 * The texts, each a module that exports a string. In Node, the library reads such a file when it needs the text. Bundlers are given
 * another entry (`exports` in package.json), which imports them all, so that they are in the bundle.
 */
function writeTexts(outdir, texts) {
  mkdirSync(join(outdir, 'texts'));
  const names = Object.keys(texts).map((name) => name.replace('sheaf:', ''));
  for (const name of names)
    writeFileSync(join(outdir, 'texts', `${name}.js`), `export default ${literal(texts[`sheaf:${name}`])};\n`);
  const lines = [
    "import { core } from './index.js';",
    ...names.map((name) => `import ${name} from './texts/${name}.js';`),
    `core.carry({ ${names.join(', ')} });`,
    "export * from './index.js';",
  ];
  writeFileSync(join(outdir, 'whole.js'), `${lines.join('\n')}\n`);
}

/** In single quotes: code has mostly the other ones inside. */
function literal(text) {
  const escaped = JSON.stringify(text).slice(1, -1);
  return `'${escaped.replace(/\\(.)|'/g, (all, mark) => (all === "'" ? "\\'" : mark === '"' ? '"' : all))}'`;
}

/** tsc writes a .d.ts for every module; the package holds those that its public types lead to. */
function keepReachableTypes(outdir) {
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
      visit(resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts')));
    }
  };
  for (const entry of ['index.d.ts', 'ray.d.ts']) visit(resolve(outdir, entry));
  for (const entry of readdirSync(outdir, { recursive: true, withFileTypes: true })) {
    const file = resolve(entry.parentPath, entry.name);
    if (entry.isFile() && file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
  }
  removeEmptyFolders(outdir);
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

async function buildTests(outdir) {
  const entryPoints = ['src', 'test', 'bench'].flatMap(sources);
  await build({ ...common, entryPoints, outdir, outbase: '.', format: 'esm', sourcemap: 'inline' });
  for (const path of filesUnder('test').filter(isFixture)) cpSync(path, join(outdir, path));
}

function sources(folder) {
  return filesUnder(folder).filter((path) => /(?<!\.d)\.ts$/.test(path) && !isFixture(path));
}

// Fixtures are run as they are, from where the tests expect them.
function isFixture(path) {
  return path.split(sep).includes('fixtures');
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Makes a folder anew beside the old one and puts it in its place when it is whole, so that a failed build leaves the old one. */
async function replaceFolder(name, make) {
  // A sibling, so that paths in source maps hold after the move.
  const fresh = `${name}.${process.pid}.tmp`;
  try {
    await make(fresh);
    rmSync(name, { recursive: true, force: true });
    renameSync(fresh, name);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

try {
  await replaceFolder('dist', buildPackage);
  if (process.argv.includes('--tests')) await replaceFolder('build', buildTests);
} catch (error) {
  // What esbuild and tsc found, they have printed.
  console.error(`Build failed: ${error.message}`);
  process.exitCode = 1;
}
