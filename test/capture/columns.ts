/** The columns of the capture matrix: which toolchain on which Node; and how one is made and run. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Tag } from './fixtures/case.js';
import type { EntryMark, Outcome } from './fixtures/outcome.js';
import { type Files, type Toolchain, toolchains } from './toolchains.js';

// The compiled test lies in build/test/capture/.
const root = fileURLToPath(new URL('../../../', import.meta.url));
const fixtures = join(root, 'test/capture/fixtures');
const limitMs = 240_000;

export interface Column {
  readonly name: string;
  readonly toolchain: Toolchain;
  readonly node: number;
  readonly tags: readonly Tag[];
  /** Node's own options. */
  readonly flags?: readonly string[];
  readonly env?: (workshop: string) => NodeJS.ProcessEnv;
}

/** Case files that need something which not every column has. */
const caseFiles: { readonly [file: string]: (tags: readonly Tag[]) => boolean } = {
  'esm.ts': (tags) => tags.includes('esm'),
  'cjs.ts': (tags) => tags.includes('cjs'),
  'sloppy.ts': (tags) => tags.includes('files'),
  'enums.ts': (tags) => !tags.includes('native'),
};

const nodes: { readonly [toolchain: string]: readonly number[] } = {
  mjs: [20, 24, 26],
  cjs: [20, 24],
  native: [24, 26],
  tsx: [20, 24],
  'tsc-2017-cjs': [20, 24],
  minify: [20, 24],
  'vitest-threads': [20, 24],
};

export const columns: readonly Column[] = [
  ...toolchains.flatMap((toolchain) =>
    (nodes[toolchain.name] ?? [20]).map((node) => ({
      name: `${toolchain.name} ${node}`,
      toolchain,
      node,
      tags: toolchain.tags,
    })),
  ),
  ...toolchains
    .filter(({ name }) => name === 'mjs')
    .flatMap((toolchain) => [
      { name: 'mjs 20 processes', toolchain, node: 20, tags: [...toolchain.tags, 'process'] as const },
      {
        name: 'mjs 20 inspected',
        toolchain,
        node: 20,
        tags: toolchain.tags,
        flags: ['--inspect=127.0.0.1:0'],
      },
      {
        name: 'mjs 24 covered',
        toolchain,
        node: 24,
        tags: toolchain.tags,
        env: (workshop: string) => ({ NODE_V8_COVERAGE: join(workshop, 'coverage') }),
      },
    ]),
];

/** How a column's process ended, and what it reported. */
export interface ColumnRun {
  readonly outcomes: readonly Outcome[];
  /** How often the entry script was evaluated. */
  readonly entries: number;
  readonly exit: string;
  /** The end of what it printed. */
  readonly output: string;
}

/** The path of a Node of a major version, fetched if need be. */
export async function nodeBinary(major: number): Promise<string> {
  const versions = await import(pathToFileURL(join(root, 'scripts/node-versions.mjs')).href);
  return versions.nodeBinary(major);
}

/** A folder in which columns are made: outside of the project, with Sheaf in it as it would be installed. */
export function makeWorkshop(): string {
  const workshop = realpathSync(mkdtempSync(join(tmpdir(), 'sheaf-capture-')));
  const modules = join(workshop, 'installed/node_modules');
  mkdirSync(modules, { recursive: true });
  // A copy of it, since a symbolic link would lead back into the project.
  cpSync(join(root, 'dist'), join(modules, 'sheaf/dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(modules, 'sheaf/package.json'));
  cpSync(join(fixtures, 'packages'), modules, { recursive: true });
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of new Set([...Object.keys(dependencies), 'acorn', 'tsx', 'vitest'])) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  return workshop;
}

export function removeWorkshop(workshop: string): void {
  rmSync(workshop, { recursive: true, force: true, maxRetries: 3 });
}

/** Makes the program of a toolchain in its own folder of the workshop; gives Node's arguments. */
export async function buildToolchain(toolchain: Toolchain, workshop: string): Promise<readonly string[]> {
  return toolchain.build(sourcesFor(toolchain), projectOf(toolchain, workshop));
}

/** Beside the packages, but for what brings them along. */
function projectOf({ name, tags }: Toolchain, workshop: string): string {
  // Plain Node takes any name of a folder; not all tools do.
  const folder = /^(mjs|cjs|native)$/.test(name) ? `${name}, ü #1 100%` : name;
  return join(workshop, tags.includes('all-in') ? 'alone' : 'installed', folder);
}

/** Runs a column to its end. */
export async function runColumn(column: Column, args: readonly string[], workshop: string): Promise<ColumnRun> {
  const project = projectOf(column.toolchain, workshop);
  const reportFile = join(workshop, `${column.name.replaceAll(/\W+/g, '-')}.jsonl`);
  const isStdin = column.tags.includes('stdin');
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(
    await nodeBinary(column.node),
    [...(column.flags ?? []), ...(isStdin ? ['--input-type=module', '-'] : args)],
    {
      cwd: project,
      env: {
        ...inherited,
        CAPTURE_REPORT: reportFile,
        CAPTURE_PROJECT: project,
        CAPTURE_TAGS: column.tags.join(','),
        NODE_NO_WARNINGS: '1',
        ...column.env?.(workshop),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  child.stdin.end(isStdin ? readFileSync(join(project, args.at(-1) as string)) : undefined);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const exit = await new Promise<string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? String(code)));
  });
  clearTimeout(timer);
  const lines = readLines(reportFile);
  return {
    outcomes: lines.filter((line): line is Outcome => 'name' in line),
    entries: lines.filter((line) => 'entry' in line).length,
    exit,
    output,
  };
}

function readLines(file: string): (Outcome | EntryMark)[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The sources of a toolchain's program, with the list of its cases. */
function sourcesFor(toolchain: Toolchain): Files {
  const files = new Map<string, string>();
  for (const path of readdirSync(fixtures, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|cjs|json)$/.test(path) || /^packages|^debugger|^biome|^spec|\.d\./.test(path)) continue;
    files.set(path.replaceAll('\\', '/'), readFileSync(join(fixtures, path), 'utf8'));
  }
  if (toolchain.tags.includes('vitest')) files.set('spec.ts', readFileSync(join(fixtures, 'spec.ts'), 'utf8'));
  const chosen: string[] = [];
  for (const path of [...files.keys()]) {
    const file = /^cases\/(.*)$/.exec(path)?.[1];
    if (file === undefined || file === 'all.ts') continue;
    if (caseFiles[file]?.(toolchain.tags) ?? true) chosen.push(file.replace(/\.ts$/, ''));
    else files.delete(path);
  }
  const imports = chosen.map((name) => `import { cases as ${name} } from './${name}.js';`);
  const list = chosen.map((name) => `...${name}`).join(', ');
  const lines = files.get('cases/lines.ts') as string;
  files.set('cases/lines.ts', `\ufeff${lines.replaceAll('\n', '\r\n')}`);
  files.set('cases/all.ts', `${imports.join('\n')}\nexport const all = [${list}];\n`);
  return files;
}
