import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnyCase, type Contender, microsecondsEach, type Role, thousandsPerSecond } from '../../bench/case.js';
import type { Assignment } from '../../bench/child.js';
import { compare } from '../../bench/comparison.js';
import type { Outcome } from '../../bench/fresh-process.js';
import { hasWrongAnswer, type RoundsOptions, runRounds } from '../../bench/rounds.js';
import { block } from '../../bench/table.js';

const contender = (name: string, role: Role): Contender<unknown, unknown> => ({
  name,
  family: name,
  role,
  open: () => assert.fail('opened in the wrong process'),
});

const example: AnyCase = {
  id: 'W0-example',
  title: 'an example',
  size: { full: 1000, quick: 10 },
  metrics: [microsecondsEach('item')],
  input: () => null,
  warm: () => undefined,
  digest: () => '',
  bound: { label: 'half the serial time', contender: 'serial', factor: 1 / 2 },
  contenders: [
    contender('sheaf', 'sheaf'),
    contender('slow', 'pool'),
    contender('fast', 'pool'),
    contender('raw', 'reference'),
    contender('serial', 'serial'),
  ],
};

const measured = (ms: number, digest = 'right'): Outcome => ({
  kind: 'measured',
  finding: { ms: [ms], digest, cpuSeconds: 0, peakBytes: 0 },
  afterwards: undefined,
});

/** Answers from a script: for each contender, one outcome a round. */
function scripted(script: Record<string, Outcome[]>): RoundsOptions & { readonly ran: string[] } {
  const ran: string[] = [];
  return {
    ran,
    rounds: 3,
    takesPart: ({ name }) => name in script,
    onRun: () => {},
    async run({ contender: name }: Assignment) {
      const round = ran.filter((other) => other === name).length;
      ran.push(name);
      return script[name]![round]!;
    },
  };
}

const same = (ms: number, digest?: string): Outcome[] => [1, 2, 3].map(() => measured(ms, digest));

test('contenders take turns, and the plain loop always takes part', async () => {
  const options = scripted({ slow: same(2), serial: same(1) });
  await runRounds(example, 1000, { ...options, takesPart: ({ name }) => name === 'slow' });
  assert.deepEqual(options.ran, ['slow', 'serial', 'slow', 'serial', 'slow', 'serial']);
});

test('an answer other than that of the plain loop is wrong and has no time', async () => {
  const result = await runRounds(example, 1000, scripted({ sheaf: same(1, 'other'), fast: same(2), serial: same(4) }));
  assert.ok(hasWrongAnswer(result));
  const [sheaf, fast] = compare(result, 0).rows;
  assert.ok(Number.isNaN(sheaf!.medianMs));
  assert.match(sheaf!.troubles[0]!, /^wrong answer: checksum other instead of right \(3 times\)$/);
  assert.equal(fast!.toSerial, 0.5);
});

test('the plain loop itself is not outvoted', async () => {
  const result = await runRounds(
    example,
    1000,
    scripted({ sheaf: same(1, 'a'), fast: same(1, 'a'), serial: same(1, 'b') }),
  );
  const wrong = result.contenders.filter(({ outcomes }) => outcomes[0]!.kind === 'wrong').map(({ name }) => name);
  assert.deepEqual(wrong, ['sheaf', 'fast']);
});

test('after a time-out a contender is not tried again, after a crash it is', async () => {
  const late: Outcome = { kind: 'timed-out', reason: 'no answer within 1 s' };
  const crash: Outcome = { kind: 'crashed', reason: 'Error: no' };
  const options = scripted({ slow: [late], fast: [crash, measured(1), measured(1)], serial: same(1) });
  const result = await runRounds(example, 1000, options);
  assert.equal(options.ran.filter((name) => name === 'slow').length, 1);
  assert.equal(options.ran.filter((name) => name === 'fast').length, 3);
  assert.ok(!hasWrongAnswer(result));
  const [slow, fast] = compare(result, 0).rows;
  assert.deepEqual(slow!.troubles, ['no answer within 1 s']);
  assert.deepEqual(fast!.troubles, ['Error: no']);
  assert.equal(fast!.toSerial, 1);
});

test('rows are compared with Sheaf, the fastest pool, the reference, the loop and the bound', async () => {
  const result = await runRounds(
    example,
    1000,
    scripted({ sheaf: same(3), slow: same(12), fast: same(6), raw: same(9), serial: same(4) }),
  );
  const { rows, bestPool, reference } = compare(result, 0);
  assert.equal(bestPool, 'fast');
  assert.equal(reference, 'raw');
  const { toSheaf, toBestPool, toReference, toSerial, toBound } = rows[0]!;
  assert.deepEqual([toSheaf, toBestPool, toReference, toSerial, toBound], [1, 3 / 6, 3 / 9, 3 / 4, 3 / 2]);
  assert.equal(rows[1]!.toSheaf, 4);
});

test('the table shows times and rates in their own units, smallest first', async () => {
  const outcomes = [measured(2), measured(1), measured(4)];
  const times = await runRounds(example, 1000, scripted({ serial: outcomes }));
  assert.match(block(times), /serial +2 +1 … 4 /);
  const rates = await runRounds(
    { ...example, metrics: [thousandsPerSecond('jobs')] },
    1000,
    scripted({ serial: outcomes }),
  );
  assert.match(block(rates), /serial +500 +250 … 1,000 /);
});
