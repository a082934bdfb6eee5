// Builds the package (dist/) and, with `--tests`, a transpiled copy of src/, test/ and bench/ (build/) that plain Node can run.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
process.chdir(root);
const common = { target: 'node20.19', platform: 'node', logLevel: 'warning', legalComments: 'none' };

/** The worker's code is carried as text, so that it is found wherever a bundler puts the library. */
const workerText = {
  name: 'worker-text',
  setup(build_) {
    build_.onResolve({ filter: /^sheaf:worker$/ }, () => ({ path: 'worker', namespace: 'worker-text' }));
    build_.onLoad({ filter: /.*/, namespace: 'worker-text' }, async () => {
      const result = await build({
        ...common,
        entryPoints: ['src/worker/main.ts'],
        bundle: true,
        format: 'cjs',
        minify: true,
        keepNames: false,
        write: false,
      });
      return { contents: result.outputFiles[0].text, loader: 'text', watchDirs: ['src/worker'] };
    });
  },
};

const sources = (folder) =>
  readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('fixtures')).map((name) => join(folder, name));

rmSync('dist', { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { index: 'src/index.ts' },
  bundle: true,
  splitting: true,
  format: 'esm',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  packages: 'external',
  plugins: [workerText],
});
if (!process.argv.includes('--no-types')) {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], { stdio: 'inherit' });
}
if (process.argv.includes('--tests')) {
  rmSync('build', { recursive: true, force: true });
  await build({ ...common, entryPoints: ['src', 'test', 'bench'].flatMap(sources), outdir: 'build', outbase: '.', format: 'esm', sourcemap: 'inline' });
}
