/** The cases in which values matter, with each encoder by force wherever it can carry the rows. The general one has `plain.test.ts`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EncoderName } from '../../src/codec/options.js';

const names: Readonly<Record<Exclude<EncoderName, 'general'>, true>> = {
  numbers: true,
  constants: true,
  strings: true,
  views: true,
  records: true,
};
const file = fileURLToPath(new URL(`./scripts/encoder${extname(import.meta.url)}`, import.meta.url));

/** Runs the cases in a process of their own; what they say, and how many passed. */
async function casesWith(encoder: string): Promise<{ passed: number; said: string }> {
  // Else it would report to the runner of this file.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', file], {
    env: { ...environment, SHEAF_ENCODER: encoder },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 300_000,
  });
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8')) said += text;
  const fails = said.split('\n').filter((line) => /^\s*not ok/.test(line));
  assert.deepEqual(fails, [], said);
  return { passed: Number(/^# pass (\d+)$/m.exec(said)?.[1]), said };
}

describe('by force, each encoder', { timeout: 900_000 }, () => {
  for (const encoder of Object.keys(names)) {
    test(`for ${encoder}`, async (context) => {
      const { passed, said } = await casesWith(encoder);
      assert.ok(passed > 50, said);
      context.diagnostic(`${passed} cases`);
    });
  }
});
