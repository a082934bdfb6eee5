/**
 * Functions that travel: every case in every column is right or refused with the path to what cannot travel; never wrong.
 * Prints the matrix. `SHEAF_CAPTURE=mjs,tsx` runs only the columns whose names begin so.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  buildToolchain,
  type Column,
  type ColumnRun,
  columns,
  makeWorkshop,
  removeWorkshop,
  runColumn,
} from './columns.js';
import { judge, type Mark, type Verdict } from './verdict.js';

const wanted = process.env.SHEAF_CAPTURE?.split(',');
const chosen = columns.filter(({ name }) => wanted?.some((prefix) => name.startsWith(prefix)) ?? true);
const runs = new Map<Column, ColumnRun>();
let workshop: string;

suite('capture', () => {
  before(async () => {
    workshop = makeWorkshop();
    const builds = new Map<string, Promise<readonly string[]>>();
    for (const { toolchain } of chosen) {
      if (!builds.has(toolchain.name)) builds.set(toolchain.name, buildToolchain(toolchain, workshop));
    }
    await Promise.all(builds.values());
    const next = chosen.values();
    const lane = async () => {
      for (const column of next) {
        const args = (await builds.get(column.toolchain.name)) as readonly string[];
        runs.set(column, await runColumn(column, args, workshop));
      }
    };
    await Promise.all([lane(), lane()]);
  });

  after(() => {
    console.log(matrix());
    removeWorkshop(workshop);
  });

  for (const column of chosen) {
    test(column.name, async (t) => {
      const { outcomes, entries, exit, output } = runs.get(column) as ColumnRun;
      for (const outcome of outcomes) {
        await t.test(outcome.name, () => {
          const { mark, why } = judge(outcome, column.tags);
          assert.ok(mark !== 'wrong', why);
        });
      }
      assert.equal(exit, '0', `The process ended with ${exit} after ${outcomes.length} cases:\n${output}`);
      assert.equal(entries, 1, 'The entry script is evaluated once');
      assert.equal(new Set(outcomes.map(({ name }) => name)).size, outcomes.length, 'Names are unique');
      assert.ok(outcomes.length > 100, `Only ${outcomes.length} cases ran:\n${output}`);
    });
  }
});

/** The marks of all cases in all columns. */
function matrix(): string {
  const symbols: { readonly [mark in Mark]: string } = {
    right: '+',
    refused: 'r',
    wrong: 'W',
    missing: '?',
    'not-here': ' ',
  };
  const names = new Set([...runs.values()].flatMap(({ outcomes }) => outcomes.map(({ name }) => name)));
  const width = Math.max(0, ...[...names].map((name) => name.length));
  const totals: { [mark in Mark]: number } = { right: 0, refused: 0, wrong: 0, missing: 0, 'not-here': 0 };
  const lines: string[] = [];
  for (const name of names) {
    const cells = chosen.map((column) => symbolOf(column, name));
    for (const { mark } of cells) totals[mark] += 1;
    lines.push(`${name.padEnd(width)}  ${cells.map(({ mark }) => symbols[mark].padEnd(2)).join(' ')}`);
  }
  const head = chosen.map(({ name }, index) => `${index + 1} ${name}`).join(' · ');
  const numbers = chosen.map((_, index) => String(index + 1).padEnd(2)).join(' ');
  return [
    `\nFunctions that travel. Columns: ${head}`,
    `${''.padEnd(width)}  ${numbers}`,
    ...lines,
    `+ right ${totals.right} · r refused ${totals.refused} · W wrong ${totals.wrong} · ? missing ${totals.missing}\n`,
  ].join('\n');
}

function symbolOf(column: Column, name: string): Verdict {
  const { outcomes = [], exit = '0' } = runs.get(column) ?? {};
  const outcome = outcomes.find((each) => each.name === name);
  // A case of another column's files.
  if (outcome === undefined && exit === '0') return { mark: 'not-here' };
  return judge(outcome, column.tags);
}
