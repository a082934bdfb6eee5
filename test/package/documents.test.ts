/**
 * Every block of code in README.md and docs/ is checked:
 * - `js` is run, and prints what its comments say;
 * - `ts` is type-checked against the package's types, and run too where comments say what it prints;
 * - `sh` names only commands, options and scripts that there are; so does `sheaf …` in the text;
 * - `python` is parsed, and `json` read, where that can be done.
 * A block whose first line is `// name.mjs` is a file that other blocks of its page import.
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { cleanEnvironment, cli } from '../cli/command.js';
import { type CodeBlock, expectedOutput, readPages } from './pages.js';

/** Pages that have no code that could be checked. */
const withoutCode = ['docs/architecture.md', 'docs/benchmarks.md', 'docs/performance.md'];
/** Languages that are shown and not checked. */
const shown = ['text', 'yaml', 'dockerfile'];
const checked = ['js', 'ts', 'sh', 'json', 'python'];
const atOnce = 3;
const boundMs = 120_000;

const pages = readPages();
const blocks = pages.flatMap((page) => page.blocks);
const of = (language: string) => blocks.filter((block) => block.language === language);
const runnable = blocks.filter(
  (block) =>
    block.file === undefined &&
    (block.language === 'js' || (block.language === 'ts' && expectedOutput(block).length > 0)),
);
const name = ({ page, line }: CodeBlock) => `${page}:${line}`;

// In the project, so that the library is found by its name.
const folder = resolve(mkdtempSync(join('build', 'documents-')));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

test('every block of code is of a language that is checked, or of one known to be only shown', () => {
  const other = blocks.filter(({ language }) => !checked.includes(language) && !shown.includes(language));
  assert.deepEqual(
    other.map((block) => `${name(block)}: ${block.language}`),
    [],
  );
});

test('every page has code that is checked, but for those known to have none', () => {
  const without = pages.filter((page) => !page.blocks.some(({ language }) => checked.includes(language)));
  assert.deepEqual(
    without.map(({ path }) => path),
    withoutCode,
  );
});

describe('what is run prints what it says', { concurrency: atOnce }, () => {
  for (const block of runnable) test(name(block), () => printsWhatItSays(block));
});

test('TypeScript is right by the types of the package', () => {
  const project = join(folder, 'types');
  for (const page of pages.filter(({ blocks }) => blocks.some(({ language }) => language === 'ts'))) {
    mkdirSync(join(project, page.name), { recursive: true });
    writeFiles(join(project, page.name), page.blocks);
    for (const block of page.blocks.filter(({ language, file }) => language === 'ts' && file === undefined))
      writeFileSync(join(project, page.name, `line-${block.line}.ts`), onItsLines(block));
  }
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        target: 'ES2022',
        lib: ['ES2023', 'ESNext.Disposable'],
        module: 'NodeNext',
        moduleDetection: 'force',
        types: ['node'],
        allowImportingTsExtensions: true,
        // Files of a page that are JavaScript.
        allowJs: true,
        skipLibCheck: true,
        noEmit: true,
      },
      include: ['*/*'],
    }),
  );
  const { stdout } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', project, '--pretty', 'false'],
    {
      encoding: 'utf8',
      timeout: 2 * boundMs,
    },
  );
  assert.equal(stdout, '');
});

test('commands are those that there are', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const lines = [
    ...of('sh').flatMap(({ page, line, code }) =>
      code.split('\n').map((text, i) => [`${page}:${line + i}`, text] as const),
    ),
    ...pages.flatMap(({ path, prose }) =>
      prose
        .split('\n')
        .flatMap((line, i) => [...line.matchAll(/`([^`]+)`/g)].map(([, text]) => [`${path}:${i + 1}`, text!] as const)),
    ),
  ];
  const wrong = lines.flatMap(([where, line]) => wrongCommands(line, scripts).map((why) => `${where}: ${why}`));
  assert.deepEqual(wrong, []);
});

test('JSON can be read', () => {
  for (const { code } of of('json')) JSON.parse(code);
});

const python = spawnSync('python3', ['--version']).status === 0;
test('Python can be parsed', {
  skip: of('python').length > 0 && !python && 'there is no python3',
}, () => {
  for (const block of of('python')) {
    const { stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
      input: onItsLines(block),
      encoding: 'utf8',
      timeout: boundMs,
    });
    assert.equal(stderr, '', name(block));
  }
});

/** Runs it in a folder of its own, which has the documents in `docs` and the page's files beside it. */
async function printsWhatItSays(block: CodeBlock): Promise<void> {
  const home = mkdtempSync(join(folder, 'run-'));
  mkdirSync(join(home, 'docs'));
  for (const file of readdirSync('docs').filter((file) => file.endsWith('.md')))
    writeFileSync(join(home, 'docs', file), readFileSync(join('docs', file)));
  writeFiles(home, pages.find(({ path }) => path === block.page)!.blocks);
  const { code } = await transform(onItsLines(block), {
    loader: block.language === 'ts' ? 'ts' : 'js',
    format: 'esm',
    // `await using` is of later versions.
    target: 'node20.19',
    sourcemap: 'inline',
    sourcefile: block.page,
  });
  writeFileSync(join(home, 'example.mjs'), code);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.mjs'], {
    cwd: home,
    encoding: 'utf8',
    timeout: boundMs,
    env: cleanEnvironment(),
  });
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trimEnd().split('\n'), expectedOutput(block));
}

/** Blocks that are files, under their names. */
function writeFiles(into: string, from: readonly CodeBlock[]): void {
  for (const block of from) if (block.file !== undefined) writeFileSync(join(into, block.file), onItsLines(block));
}

/** So that an error names the line of the page. */
function onItsLines({ code, line }: CodeBlock): string {
  return '\n'.repeat(line - 1) + code;
}

/** What a line of a shell asks for that is not there. */
function wrongCommands(line: string, scripts: Readonly<Record<string, string>>): string[] {
  const wrong: string[] = [];
  const text = line.replace(/(^|\s)#.*$/, '');
  for (const part of text.split(/&&|\|\|?|;/)) {
    const words = part.trim().split(/\s+/);
    while (/^([A-Z_]+=|npx$)/.test(words[0] ?? '')) words.shift();
    const [command, first = '', ...rest] = words;
    if (command === 'npm' && first === 'run' && rest[0] !== undefined && !(rest[0] in scripts))
      wrong.push(`there is no npm run ${rest[0]}`);
    if (command === 'node') {
      for (const file of [first, ...rest])
        if (/^(examples|scripts|bench)\//.test(file) && !existsSync(file)) wrong.push(`there is no ${file}`);
    }
    if (command === 'sheaf') wrong.push(...wrongWithSheaf([first, ...rest]));
  }
  return wrong;
}

function wrongWithSheaf(words: readonly string[]): string[] {
  const [command = ''] = words;
  if (command === '' || command.startsWith('-')) return unknownOptions('', words);
  if (!/^[a-z]+$/.test(command)) return []; // `sheaf …`
  if (!helpOf('').includes(`\n  ${command} `)) return [`there is no sheaf ${command}`];
  // What comes after the script is the script's.
  const script = command === 'run' ? words.findIndex((word) => /\.[cm]?[jt]s$/.test(word)) : -1;
  return unknownOptions(command, script < 0 ? words : words.slice(0, script));
}

function unknownOptions(command: string, words: readonly string[]): string[] {
  const known = new Set(helpOf(command).match(/(?<=[\s,])--?[a-zA-Z][a-z-]*/g));
  return words
    .filter((word) => /^--?[a-z]/i.test(word) && !known.has(word.split('=')[0]!))
    .map((word) => `sheaf ${command} has no option ${word}`);
}

const helps = new Map<string, string>();
function helpOf(command: string): string {
  let help = helps.get(command);
  if (help === undefined) {
    const args = [cli, ...(command === '' ? [] : [command]), '--help'];
    help = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: boundMs, env: cleanEnvironment() }).stdout;
    helps.set(command, help);
  }
  return help;
}
