import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matching, parseOptions, UsageError } from '../../bench/options.js';

test('words, lists and numbers are read', () => {
  const options = parseOptions([
    'W1',
    'W3',
    '--rounds',
    '7',
    '--contenders',
    'sheaf,raw',
    '--contenders=piscina',
    '--quick',
  ]);
  assert.deepEqual(options.words, ['W1', 'W3']);
  assert.equal(options.rounds, 7);
  assert.deepEqual(options.contenders, ['sheaf', 'raw', 'piscina']);
  assert.ok(options.quick);
});

test('what is not understood is refused', () => {
  for (const args of [['--rounds', '0'], ['--rounds', 'many'], ['--timeout', '1.5'], ['--nonsense']]) {
    assert.throws(() => parseOptions(args), UsageError, args.join(' '));
  }
});

test('a word chooses whole parts of a name', () => {
  const cases = ['W1-each', 'W1-map', 'W3-64-asc', 'W3-4096-asc'].map((id) => ({ id }));
  const chosen = (...words: string[]) => matching(cases, words).map(({ id }) => id);
  assert.deepEqual(chosen('w1'), ['W1-each', 'W1-map']);
  assert.deepEqual(chosen('W3-64'), ['W3-64-asc']);
  assert.throws(() => chosen('W3-6'));
  assert.equal(chosen().length, 4);
  assert.throws(() => chosen('W1', 'W9'), /No case begins with W9\. There are: W1-each/);
});
