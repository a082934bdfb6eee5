import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOnce } from '../../bench/fresh-process.js';

const assignment = { caseId: 'W6-burst', contender: 'serial loop', size: 10 };

test('a contender is measured in a process of its own', async () => {
  const outcome = await runOnce(assignment, 60_000);
  assert.ok(outcome.kind === 'measured', JSON.stringify(outcome));
  assert.equal(outcome.finding.digest, '10:true');
  assert.equal(outcome.afterwards, undefined);
  assert.ok(outcome.finding.ms[0]! > 0);
  assert.ok(outcome.finding.peakBytes > 1 << 20);
});

test('a process that ends without an answer has crashed, for the reason that it gave', async () => {
  const outcome = await runOnce({ ...assignment, contender: 'nobody' }, 60_000);
  assert.deepEqual(outcome, { kind: 'crashed', reason: 'Error: W6-burst has no contender nobody.' });
});

test('a process without an answer in time is ended', async () => {
  const outcome = await runOnce(assignment, 1);
  assert.deepEqual(outcome, { kind: 'timed-out', reason: 'no answer within 0.001 s' });
});
