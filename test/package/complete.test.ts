/** Pages that promise to tell all of something do. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const read = (path: string) => readFileSync(path, 'utf8');

/** What messages of refusal say of what they refuse, in the words of the source; what is filled in may be anything. */
function reasonsIn(file: string): string[] {
  const words = /(['"`])((?:is|uses|has|runs|makes|cannot be) (?:\w|\$\{)(?:(?!\1).)*)\1/g;
  return [...read(file).matchAll(words)].map(([, , reason]) => reason!);
}

test('docs/functions.md tells every way in which a function is refused', () => {
  const page = read('docs/functions.md').replace(/`/g, '');
  const files = readdirSync('src/function').map((name) => join('src/function', name));
  const reasons = files.flatMap(reasonsIn).map((reason) => reason.replace(/[.,:]$/, ''));
  assert.ok(reasons.length >= 20, reasons.join('\n'));
  const untold = reasons.filter((reason) => {
    const parts = reason.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return !new RegExp(parts.join('.+')).test(page);
  });
  assert.deepEqual(untold, []);
});

/** Names of the properties of an interface. */
function propertiesOf(file: string, name: string): string[] {
  const [, body = ''] = new RegExp(`interface ${name}\\b[^{]*\\{([\\s\\S]*?)^\\}`, 'm').exec(read(file)) ?? [];
  const properties = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, property]) => property!);
  assert.ok(properties.length >= 2, `${name} in ${file}`);
  return properties;
}

/** Rows of tables whose first cell names something. */
function rowsOf(page: string): string {
  return [...read(page).matchAll(/^\| ([^|]*) \|/gm)].map(([, cell]) => cell).join('\n');
}

for (const [page, file, name] of [
  ['docs/pool.md', 'src/options.ts', 'RunOptions'],
  ['docs/pool.md', 'src/options.ts', 'MapOptions'],
  ['docs/pool.md', 'src/options.ts', 'PoolOptions'],
  ['docs/pool.md', 'src/worker/context.ts', 'TaskContext'],
  ['docs/errors.md', 'src/errors.ts', 'TaskInfo'],
  ['docs/errors.md', 'src/run/retry.ts', 'RetryPolicy'],
] as const) {
  test(`${page} has a row for each property of ${name}`, () => {
    const rows = rowsOf(page);
    const missing = propertiesOf(file, name).filter((property) => !new RegExp(`[\`.]${property}\\b`).test(rows));
    assert.deepEqual(missing, []);
  });
}

test('docs/errors.md has a row for each class of errors, and each way in which a worker ends', () => {
  const rows = rowsOf('docs/errors.md');
  const text = read('src/errors.ts');
  const codes = [...text.matchAll(/\| '(ERR_SHEAF_\w+)'/g)].map(([, code]) => code!);
  const ends = [...(/readonly how: (.*);/.exec(text)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(([, how]) => how!);
  assert.ok(codes.length >= 7 && ends.length >= 5);
  assert.deepEqual(
    [...codes, ...ends].filter((one) => !rows.includes(one)),
    [],
  );
});
