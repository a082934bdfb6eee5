/** Our scope analysis against the TypeScript compiler's, on the functions of real packages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { analyze } from '../../src/function/analyze.js';
import { parseFunction } from '../../src/function/parse.js';
import { referencesIn } from './references.js';

const modules = new URL('../../../node_modules/', import.meta.url);

for (const path of [
  'acorn/dist/acorn.mjs',
  'fast-check/lib/fast-check.js',
  'piscina/dist/index.js',
  'tinypool/dist/index.js',
]) {
  test(`finds the free variables of the functions in ${path}`, () => {
    let count = 0;
    for (const { line, text, free, assigned } of referencesIn(fileURLToPath(new URL(path, modules)))) {
      const found = [...analyze(parseFunction(text, 'module').node).free.values()];
      const where = `${path}:${line}: ${text.slice(0, 80)}`;
      assert.deepEqual(found.map(({ name }) => name).sort(), [...free].sort(), `Free variables of ${where}`);
      const targets = found.filter((variable) => variable.assigned !== undefined).map(({ name }) => name);
      assert.deepEqual(targets.sort(), [...assigned].sort(), `Variables assigned to in ${where}`);
      count += 1;
    }
    assert.ok(count > 50, `${count} functions`);
  });
}
