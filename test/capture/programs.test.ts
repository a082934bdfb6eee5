/**
 * Random closures give, when rebuilt from what was captured, what they give in place; or they are refused. `SHEAF_SEED=<n>` begins with
 * the programs of another seed.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { decodeValue, encodeValue } from '../../src/codec/index.js';
import { CaptureError } from '../../src/errors.js';
import { capture } from '../../src/function/capture.js';
import { FunctionTable } from '../../src/function/rebuild.js';
import { FUEL, ProgramMaker } from './programs.js';

type Closure = (x: number) => unknown;

const modules = 20;
const programsEach = 50;
const first = Number(process.env.SHEAF_SEED ?? 1);

suite('programs', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sheaf-programs-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test(`random closures are right or refused (seed ${first})`, async () => {
    const counts = { right: 0, refused: 0 };
    for (let seed = first; seed < first + modules; seed++) {
      const maker = new ProgramMaker(seed);
      const texts = Array.from({ length: programsEach }, () => maker.program());
      const file = join(folder, `${seed}.mjs`);
      writeFileSync(file, `export const programs = [\n${texts.join(',\n')}\n];\n`);
      const { programs } = (await import(pathToFileURL(file).href)) as { programs: (() => Closure)[] };
      for (const [i, make] of programs.entries()) {
        const outcome = await compare(make, `SHEAF_SEED=${seed}, program ${i}:\n${texts[i]}`);
        if (outcome !== 'no program') counts[outcome] += 1;
      }
    }
    // Nearly all of them are to be right, or the test says little.
    assert.ok(
      counts.right > (modules * programsEach) / 2 && counts.right > 10 * counts.refused,
      JSON.stringify(counts),
    );
  });
});

/** Compares a closure with its rebuilt copy; each run has a closure of its own, since running it may change what it captured. */
async function compare(make: () => Closure, story: string): Promise<'right' | 'refused' | 'no program'> {
  const original = attempt(make);
  const captured = attempt(make);
  if ('error' in original || 'error' in captured) return 'no program';
  const portable = attempt(() => capture(captured.value));
  if ('error' in portable) {
    assert.ok(portable.error instanceof CaptureError, `${portable.error}\n${story}`);
    return 'refused';
  }
  const { code, values } = portable.value;
  const table = new FunctionTable();
  const prepared = await table.prepare(code);
  const here = attempt(() => copy(original.value(3)));
  if ('error' in here && here.error === EXHAUSTED) return 'no program';
  const rebuilt = attempt(() => table.instantiate(prepared, values) as Closure);
  if ('error' in rebuilt) assert.fail(`It cannot be rebuilt: ${rebuilt.error}\n${story}`);
  const there = attempt(() => copy(rebuilt.value(3)));
  assert.deepEqual(there, here, story);
  return 'right';
}

type Attempt<T> = { readonly value: T } | { readonly error: unknown };

const EXHAUSTED = 'out of fuel';

function attempt<T>(action: () => T): Attempt<T> {
  const world = globalThis as unknown as Record<typeof FUEL, number>;
  // Little: a value that holds another twice, made again and again, takes time that doubles with each call.
  world[FUEL] = 20;
  try {
    const value = action();
    return world[FUEL] < 0 ? { error: EXHAUSTED } : { value };
  } catch (error) {
    return {
      error: error instanceof Error && !(error instanceof CaptureError) ? `${error.name}: ${error.message}` : error,
    };
  }
}

/** As it would come back from a worker. Functions do not: whether they are given counts, not which. */
function copy(value: unknown): unknown {
  try {
    return decodeValue(encodeValue(value));
  } catch {
    return 'no value that can be copied';
  }
}
