import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const page = readFileSync('docs/functions.md', 'utf8').replace(/`/g, '');

/** What messages of refusal say of what they refuse, in the words of the source; what is filled in may be anything. */
function reasonsIn(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(['"`])((?:is|uses|has|runs|makes|cannot be) (?:\w|\$\{)(?:(?!\1).)*)\1/g)].map(
    ([, , reason]) => reason!,
  );
}

test('every way a function is refused is told in docs/functions.md', () => {
  const files = readdirSync('src/function').map((name) => join('src/function', name));
  const reasons = files.flatMap(reasonsIn).map((reason) => reason.replace(/[.,:]$/, ''));
  assert.ok(reasons.length >= 20, reasons.join('\n'));
  const untold = reasons.filter((reason) => {
    const parts = reason.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return !new RegExp(parts.join('.+')).test(page);
  });
  assert.deepEqual(untold, []);
});
