import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import ts from 'typescript';

const folder = mkdtempSync(join(tmpdir(), 'sheaf-site-'));
after(() => rmSync(folder, { recursive: true }));

const built = spawnSync(process.execPath, ['scripts/site.mjs', folder], { encoding: 'utf8', timeout: 300_000 });
const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.html'))
  .map((path) => ({ path, html: readFileSync(join(folder, path), 'utf8') }));

test('the site builds without a warning', () => {
  const said = (built.stdout + built.stderr).split('\n').filter((line) => /warning|error/i.test(line));
  assert.deepEqual({ status: built.status, said }, { status: 0, said: [] });
});

for (const [entry, module] of [
  ['dist/index.d.ts', 'sheaf'],
  ['dist/ray.d.ts', 'sheaf_ray'],
] as const) {
  test(`everything that ${entry} exports has a page`, () => {
    const exports = exportsOf(entry);
    assert.ok(exports.length > 0);
    // What the main module exports, too, has its page there.
    const isThere = (name: string): boolean =>
      pages.some(({ path }) => new RegExp(`^[a-z]+[/\\\\](?:sheaf|${module})\\.${name}\\.html$`).test(path));
    assert.deepEqual(
      exports.filter((name) => !isThere(name)),
      [],
    );
  });
}

test('every page of docs/ is a page of the site, by its heading', () => {
  const titles = pages.map(({ html }) => /<title>(.*?)(?: \| Sheaf)?<\/title>/.exec(html)?.[1]);
  for (const name of readdirSync('docs').filter((file) => file.endsWith('.md'))) {
    const [, heading] = /^# +(.*)$/m.exec(readFileSync(join('docs', name), 'utf8')) ?? [];
    assert.ok(heading !== undefined && titles.includes(escaped(heading)), `docs/${name}: ${heading}`);
  }
});

test('no page asks another host for anything', () => {
  const asked = pages.flatMap(({ path, html }) =>
    [...html.matchAll(/<(?:script|img|link|iframe|source|video)\b[^>]*?\s(?:src|href)="((?:https?:)?\/\/[^"]*)"/g)].map(
      ([, address]) => `${path}: ${address}`,
    ),
  );
  assert.deepEqual(asked, []);
  const styles = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.css'));
  assert.ok(styles.length > 0);
  for (const name of styles)
    assert.doesNotMatch(readFileSync(join(folder, 'assets', name), 'utf8'), /url\(["']?(https?:)?\/\/|@import/);
});

test('links within the site lead somewhere', () => {
  const anchors = new Map(
    pages.map(({ path, html }) => [
      join(folder, path),
      new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!)),
    ]),
  );
  const broken: string[] = [];
  let followed = 0;
  for (const { path, html } of pages) {
    for (const [, link] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [file, anchor = ''] = link!.replace(/&amp;/g, '&').split('#').map(decodeURIComponent);
      const target = file === '' ? join(folder, path) : join(folder, dirname(path), file!);
      followed++;
      const isThere = existsSync(target) && (anchor === '' || anchors.get(target)?.has(anchor) !== false);
      if (!isThere) broken.push(`${path}: ${link}`);
    }
  }
  assert.ok(followed > 1000);
  assert.deepEqual([...new Set(broken)], []);
});

function exportsOf(entry: string): string[] {
  // Nothing but names is asked for, which needs no library.
  const options = {
    noLib: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  return checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!)
    .map(({ name }) => name);
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/`/g, '');
}
