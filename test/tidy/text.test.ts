import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { filesUnder } from './files.js';

const longest = 300;
/** Sources of more lines than that, each with the reason why it is one thing nevertheless. */
const longer: Readonly<Record<string, string>> = {
  'src/function/analyze.ts': 'one walk over one grammar, whose cases are short and share its state',
  'src/engine/local/local.ts':
    'every message of a worker and every command of the scheduler, beside the state that they share',
  'src/observe/events.ts': 'one closed union, each member with its meaning',
  'src/observe/view.ts': 'every event, and what it changes',
  'src/run/attempts.ts': 'every way a task can end, side by side',
  'src/function/graph.ts': 'one decision (what is this value, and how does it travel?) whose branches call each other',
};

const texts = filesUnder('.', /\.([cm]?[jt]s|md|json|ya?ml|sh|svg)$|^run$/).filter(
  (path) => path !== 'package-lock.json',
);
const read = (path: string) => readFileSync(path, 'utf8');

function linesWith(pattern: RegExp, paths: string[]): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}

test(`a source file has at most ${longest} lines, or a reason`, () => {
  const lines = (path: string) => read(path).trimEnd().split('\n').length;
  const tooLong = filesUnder('src', /\.ts$/).filter((path) => lines(path) > longest);
  assert.deepEqual(
    tooLong.filter((path) => longer[path] === undefined).map((path) => `${path}: ${lines(path)}`),
    [],
  );
  assert.deepEqual(
    Object.keys(longer).filter((path) => !tooLong.includes(path)),
    [],
    'no longer too long',
  );
});

test('nothing is left for later', () => {
  const notes = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK', 'X' + 'XX'].join('|')})\\b`);
  assert.deepEqual(linesWith(notes, texts), []);
});

test('no test is left alone or out', () => {
  const left = /\b(test|it|describe|suite)\.(only|skip|todo)\(|\bonly: true\b|\bskip: true\b/;
  assert.deepEqual(
    linesWith(
      left,
      filesUnder('test', /\.ts$/).filter((path) => path !== 'test/tidy/text.test.ts'),
    ),
    [],
  );
});

test('the project speaks of itself only: no places of a machine, no tickets, no registry', () => {
  const words = [
    /(^|[\s'"`(=])\/(work|root|home|opt)\//,
    /\bissues? #?\d/i,
    /\b(fix|close|resolve|see)[sd]? #\d/i,
    /registry\.[a-z]+\.(org|com)/,
  ];
  const paths = texts.filter((path) => path !== 'test/tidy/text.test.ts');
  assert.deepEqual(
    words.flatMap((word) => linesWith(word, paths)),
    [],
  );
});

test('links in documents lead somewhere', () => {
  const broken: string[] = [];
  for (const path of filesUnder('.', /\.md$/)) {
    for (const [, link, attribute] of withoutCode(read(path)).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)) {
      const target = link ?? attribute!;
      if (/^[a-z]+:/.test(target)) continue;
      const [file, anchor] = target.split('#');
      const aim = file === '' ? path : posix.join(posix.dirname(path), file!);
      if (!existsSync(aim)) broken.push(`${path}: ${target}`);
      else if (anchor !== undefined && aim.endsWith('.md') && !anchorsOf(read(aim)).has(anchor))
        broken.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

function withoutCode(markdown: string): string {
  return markdown.replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}
