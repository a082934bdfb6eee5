import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import { pack } from './packed.js';

const packed = pack();
after(() => packed.remove());

/** What every consumer does, given the library: a captured variable travels, the answer is right, the process ends by itself. */
const use = `const factor = 3;
  const pool = new Pool({ workers: 2 });
  pool.map([1, 2, 3, 4, 5], (x) => x * factor)
    .then((answer) => { console.log(JSON.stringify(answer)); return pool.close(); });`;
const answer = '[3,6,9,12,15]\n';

function run(cwd: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

const works = { status: 0, stdout: answer, stderr: '' };

test('an ES module imports it', () => {
  const project = packed.project('esm', { 'main.mjs': `import { Pool } from 'sheaf';\n${use}` });
  assert.deepEqual(run(project, 'main.mjs'), works);
});

test('a CommonJS module imports it dynamically', () => {
  const project = packed.project('cjs', { 'main.cjs': `import('sheaf').then(({ Pool }) => {\n${use}\n});` });
  assert.deepEqual(run(project, 'main.cjs'), works);
});

test('a CommonJS module requires it', () => {
  // Every supported Node can, those of 20 with a warning that it is experimental.
  const project = packed.project('require', { 'main.cjs': `const { Pool } = require('sheaf');\n${use}` });
  assert.deepEqual(run(project, '--no-warnings', 'main.cjs'), works);
});

test('a program on the command line uses it', () => {
  const project = packed.project('eval', {});
  assert.deepEqual(run(project, '--input-type=module', '-e', `import { Pool } from 'sheaf';\n${use}`), works);
  assert.deepEqual(run(project, '-e', `import('sheaf').then(({ Pool }) => {\n${use}\n});`), works);
});

for (const format of ['esm', 'cjs'] as const) {
  for (const minify of [false, true]) {
    test(`esbuild bundles it: ${format}${minify ? ', minified' : ''}`, async () => {
      const name = `bundle-${format}${minify ? '-min' : ''}`;
      const project = packed.project(name, { 'main.mjs': `import { Pool } from 'sheaf';\n${use}` });
      const outfile = join(project, 'out', format === 'esm' ? 'main.mjs' : 'main.cjs');
      const { warnings } = await build({
        absWorkingDir: project,
        entryPoints: ['main.mjs'],
        bundle: true,
        platform: 'node',
        format,
        minify,
        outfile,
        logLevel: 'silent',
      });
      assert.deepEqual(warnings, []);
      // All that it needs is in the bundle.
      rmSync(join(project, 'node_modules'), { recursive: true });
      assert.deepEqual(run(project, outfile), works);
    });
  }
}

// Our own declarations are checked once, as far as they lead; the settings differ in how they are found.
const settings = [
  { name: 'nodenext', module: 'NodeNext', moduleResolution: 'NodeNext', file: 'main.mts', skipLibCheck: false },
  { name: 'node16', module: 'Node16', moduleResolution: 'Node16', file: 'main.mts', skipLibCheck: true },
  { name: 'bundler', module: 'ESNext', moduleResolution: 'Bundler', file: 'main.ts', skipLibCheck: true },
];

for (const { name, file, module, moduleResolution, skipLibCheck } of settings) {
  test(`TypeScript resolves and checks its types: module ${module}`, () => {
    const project = packed.project(`types-${name}`, {
      [file]: `import { Pool, type Job } from 'sheaf';
        await using pool = new Pool({ workers: 2 });
        const job: Job<string> = pool.map([1, 2, 3], (x) => x.toFixed(1));
        const strings: string[] = await job;
        // @ts-expect-error: the item is a number
        pool.map([1, 2, 3], (x: string) => x);
        console.log(strings);`,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: 'ES2022',
          strict: true,
          noEmit: true,
          types: ['node'],
          skipLibCheck,
          exactOptionalPropertyTypes: true,
        },
        files: [file],
      }),
    });
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
    assert.deepEqual(run(project, tsc, '-p', '.'), { status: 0, stdout: '', stderr: '' });
  });
}
