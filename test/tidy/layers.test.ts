import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { filesUnder } from './files.js';
import { importsOf, namesIn } from './imports.js';

/**
 * Which layer may import which: dependencies point inward only. `engine` is the contract in engine/engine.ts, `engines` what
 * implements it; `pool` is what stands at the top of src/. Every layer may import itself and errors.ts,
 * and all but the pure ones timers.ts.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  index: [
    'pool',
    'dataset',
    'run',
    'engine',
    'engines',
    'schedule',
    'function',
    'codec',
    'worker',
    'partition',
    'observe',
  ],
  ray: ['engines', 'engine'],
  cli: ['index', 'observe', 'dashboard'],
  dashboard: ['index', 'observe'],
  // It makes the engine it runs on, and draws the bar of `progress: true`.
  pool: ['run', 'plan', 'partition', 'function', 'engine', 'engines', 'schedule', 'codec', 'observe'],
  // An action runs on the engine of those who name none, unless one is named.
  dataset: [
    'run',
    'plan',
    'partition',
    'function',
    'files',
    'stage',
    'exchange',
    'codec',
    'engine',
    'engines',
    'observe',
  ],
  run: ['engine', 'plan', 'stage', 'exchange', 'files', 'partition', 'codec', 'function', 'schedule', 'observe'],
  plan: ['partition', 'function', 'files', 'stage', 'exchange'],
  stage: ['partition', 'exchange', 'files', 'codec', 'function', 'worker'],
  engine: ['schedule', 'codec', 'function', 'observe'],
  engines: ['engine', 'schedule', 'exchange', 'worker', 'codec', 'function', 'observe'],
  worker: ['engine', 'function', 'exchange', 'codec', 'partition', 'observe'],
  exchange: ['codec', 'partition'],
  partition: ['codec'],
  files: ['codec', 'exchange'],
  function: ['codec'],
  codec: [],
  schedule: [],
  // It starts the page that it was asked for.
  observe: ['dashboard'],
};

/** Layers that decide and do nothing: time and events come to them as values. */
const pure = ['schedule', 'plan'];
const effects = [
  ...[
    'Date',
    'performance',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'queueMicrotask',
    'process',
    'crypto',
    'Promise',
    'fetch',
  ],
  ...['Math.random', 'console', 'globalThis', 'require'],
];

/** What the build carries along; nothing is installed with the package. */
const carried = ['acorn', 'commander', 'preact', 'preact/hooks', 'uplot', 'uplot/dist/uPlot.min.css'];

/** Files at the top that are not the pool's. */
const tops: Readonly<Record<string, string>> = {
  'index.ts': 'index',
  'ray.ts': 'ray',
  'errors.ts': 'errors',
  'timers.ts': 'timers',
};

/** What the package is entered by. */
const entries = ['src/index.ts', 'src/ray.ts', 'src/cli/main.ts'];

const sources = filesUnder('src', /\.tsx?$/).filter((path) => !path.endsWith('.d.ts'));

function layerOf(path: string): string {
  const [, first, second] = path.split('/');
  if (second === undefined) return tops[first!] ?? 'pool';
  if (first !== 'engine') return first!;
  return ['engine.ts', 'program.ts', 'storage.ts', 'told.ts'].includes(second) ? 'engine' : 'engines';
}

test('there are sources', () => {
  assert.ok(sources.length > 10);
});

test('imports point inward only', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    const from = layerOf(path);
    for (const target of importsOf(path).files) {
      const to = layerOf(target);
      if (to === from || to === 'errors' || allowed[from]?.includes(to)) continue;
      if (to === 'timers' && !pure.includes(from)) continue;
      wrong.push(`${path} (${from}) imports ${target} (${to})`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('nothing imports the engine for Ray but its own entry', () => {
  const wrong = sources.filter(
    (path) =>
      !path.startsWith('src/engine/ray') &&
      path !== 'src/ray.ts' &&
      importsOf(path).files.some((file) => file.startsWith('src/engine/ray')),
  );
  assert.deepEqual(wrong, []);
});

test('imports name files that exist, node: modules, or what is carried along', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    const { files, packages } = importsOf(path);
    wrong.push(
      ...files
        .filter((file) => !sources.includes(file) && !(/\.css$/.test(file) && existsSync(file)))
        .map((file) => `${path}: ${file}`),
    );
    wrong.push(
      ...packages
        .filter((name) => !name.startsWith('node:') && !carried.includes(name))
        .map((name) => `${path}: ${name}`),
    );
  }
  assert.deepEqual(wrong, []);
});

test('every source is reached from an entry', () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    importsOf(path).files.forEach(visit);
  };
  for (const entry of entries) visit(entry);
  assert.deepEqual(
    sources.filter((path) => !reached.has(path)),
    [],
  );
});

test('the layers that decide have no clock, timer, randomness, I/O or async', () => {
  const wrong: string[] = [];
  for (const path of sources.filter((source) => pure.includes(layerOf(source)))) {
    const { names, isAsync } = namesIn(path);
    if (isAsync) wrong.push(`${path}: async`);
    wrong.push(...effects.filter((name) => names.has(name)).map((name) => `${path}: ${name}`));
    wrong.push(...importsOf(path).packages.map((name) => `${path}: ${name}`));
  }
  assert.deepEqual(wrong, []);
});
