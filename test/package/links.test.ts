import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { anchorsOf, linksOf, type Page, readPages } from './pages.js';

const pages = readPages();
const byPath = new Map(pages.map((page) => [page.path, page]));

/** What is wrong with a link; nothing for a right one, and for one to another site. */
function wrongWith(from: Page, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path, anchor] = target.split('#') as [string, string?];
  const to = path === '' ? from.path : posix.join(posix.dirname(from.path), path);
  if (!existsSync(to)) return `there is no ${to}`;
  if (anchor === undefined) return undefined;
  const page = byPath.get(to);
  if (page === undefined) return `${to} is no page with headings`;
  return anchorsOf(page).has(anchor) ? undefined : `${to} has no heading #${anchor}`;
}

for (const page of pages) {
  test(`links of ${page.path} lead somewhere`, () => {
    const wrong = linksOf(page).flatMap(({ target, line }) => {
      const why = wrongWith(page, target);
      return why === undefined ? [] : [`${page.path}:${line}: ${target}: ${why}`];
    });
    assert.deepEqual(wrong, []);
  });
}

test('every page is reached from README.md', () => {
  const reached = new Set<string>();
  const visit = (page: Page): void => {
    if (reached.has(page.path)) return;
    reached.add(page.path);
    for (const { target } of linksOf(page)) {
      const next = byPath.get(posix.join(posix.dirname(page.path), target.split('#')[0]!));
      if (next !== undefined) visit(next);
    }
  };
  visit(byPath.get('README.md')!);
  assert.deepEqual(
    pages.map(({ path }) => path).filter((path) => !reached.has(path)),
    [],
  );
});
