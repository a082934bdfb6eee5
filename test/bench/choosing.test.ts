import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyCase, Contender } from '../../bench/case.js';
import { choices } from '../../bench/cases.js';

for (const case_ of choices) {
  test(`${case_.id}: all ways give the same answer`, async () => {
    const answers = new Map<string, string>();
    for (const contender of case_.contenders) answers.set(contender.name, await answerOf(case_, contender));
    const [right] = answers.values();
    assert.notEqual(right, undefined);
    assert.deepEqual(answers, new Map([...answers.keys()].map((name) => [name, right])));
  });
}

/** What it makes of the small input. */
async function answerOf(case_: AnyCase, contender: Contender<unknown, unknown>): Promise<string> {
  const session = await contender.open();
  try {
    const input = case_.warm();
    const prepared = session.prepare === undefined ? input : await session.prepare(input);
    const output = case_.measure ? (await case_.measure(session, prepared)).output : await session.run(prepared);
    return case_.digest(output);
  } finally {
    await session.close();
  }
}
