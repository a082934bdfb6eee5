// Builds the package (dist/) and, with `--tests`, a transpiled copy of src/, test/ and bench/ (build/) that plain Node can run.
//   --no-types   leaves out the .d.ts files, which take most of the time
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import { root } from './prepare.mjs';

process.chdir(root);
const common = { target: 'node20.19', platform: 'node', logLevel: 'warning', legalComments: 'none' };

/**
 * Code that the library carries as text, so that it is there wherever a bundler puts the library: the worker's, and the parser's, of
 * which as text nothing is compiled before the first function travels.
 */
const carriedText = {
  name: 'carried-text',
  setup(build_) {
    const texts = {
      // Where the program's own flags say so (--input-type=module), Node runs the worker's text as a module, without `require`.
      'sheaf:worker': {
        entryPoints: ['src/worker/main.ts'],
        format: 'iife',
        banner: { js: "var require = process.getBuiltinModule('node:module').createRequire(process.execPath);" },
      },
      'sheaf:parser': { entryPoints: ['node_modules/acorn/dist/acorn.js'], format: 'cjs' },
    };
    build_.onResolve({ filter: /^sheaf:(worker|parser)$/ }, ({ path }) => ({ path, namespace: 'text' }));
    build_.onLoad({ filter: /.*/, namespace: 'text' }, async ({ path }) => ({
      contents: await bundledText(path, texts[path]),
      loader: 'text',
    }));
    build_.onLoad({ filter: /src[\\/]function[\\/]acorn\.ts$/ }, () => ({
      contents: `import { compileFunction } from 'node:vm';
        import text from 'sheaf:parser';
        export function loadAcorn() {
          const module = { exports: {} };
          compileFunction(text, ['module', 'exports'])(module, module.exports);
          return module.exports;
        }`,
    }));
  },
};

async function bundledText(sourceURL, options) {
  const footer = { js: `//# sourceURL=${sourceURL}` };
  const { outputFiles } = await build({ ...common, ...options, bundle: true, minify: true, footer, write: false });
  return outputFiles[0].text;
}

async function buildPackage(outdir) {
  await build({
    ...common,
    entryPoints: { index: 'src/index.ts' },
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [carriedText],
  });
  // What is carried along is told.
  copyFileSync('node_modules/acorn/LICENSE', join(outdir, 'LICENSE-acorn.txt'));
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
  visit(resolve(outdir, 'index.d.ts'));
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
