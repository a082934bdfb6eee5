import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Expectation } from './fixtures/case.js';
import type { Outcome, Result } from './fixtures/outcome.js';
import { judge } from './verdict.js';

const outcome = (expect: Expectation, result: Result, mayRefuse = {}): Outcome => ({
  name: 'case',
  expect,
  mayRefuse,
  ...result,
});
const equal: Expectation = { kind: 'equal' };
const mustRefuse: Expectation = { kind: 'refused', path: ['fn', 'helper', 'this'] };
const refusal = (path: string[], ran = false): Result => ({
  kind: 'refused',
  fn: 'work',
  path,
  variable: path.at(-1),
  message: `It cannot travel: ${path.join(' → ')} is such a thing. Do without it.`,
  ran,
});
const value = (same: boolean): Result => ({ kind: 'value', same, actual: '1', expected: same ? '1' : '2' });
const thrown = (what: string, frames: string[]) => ({ what, frames, stack: '' });

test('a value is right where it is the same', () => {
  assert.equal(judge(outcome(equal, value(true)), []).mark, 'right');
  assert.equal(judge(outcome(equal, value(false)), []).mark, 'wrong');
  assert.equal(judge(outcome({ kind: 'either', reason: 'r' }, value(false)), []).mark, 'wrong');
  assert.equal(judge(outcome(mustRefuse, value(true)), []).mark, 'wrong');
});

test('a refusal is right where it is expected or allowed, in time, and names what the case says', () => {
  const path = ['fn', 'helper', 'this'];
  assert.equal(judge(outcome(mustRefuse, refusal(path)), ['esm']).mark, 'refused');
  assert.equal(judge(outcome(mustRefuse, refusal(['work', 'helper', 'this'])), ['esm']).mark, 'refused');
  assert.equal(judge(outcome(mustRefuse, refusal(['fn', 'helper2', 'this'])), ['bundled']).mark, 'refused');
  assert.equal(judge(outcome(mustRefuse, refusal(['other', 'helper', 'this'])), ['esm']).mark, 'wrong');
  assert.equal(judge(outcome(mustRefuse, refusal(path, true)), ['esm']).mark, 'wrong');
  assert.equal(judge(outcome(mustRefuse, refusal(['fn', 'other'])), ['esm']).mark, 'wrong');
  assert.equal(judge(outcome(mustRefuse, refusal(['a', 'b'])), ['minified']).mark, 'refused');
  assert.equal(judge(outcome(mustRefuse, refusal([])), ['minified']).mark, 'wrong');
  assert.equal(judge(outcome(mustRefuse, { ...refusal(path), message: 'no' } as Result), ['esm']).mark, 'wrong');
  for (const message of [
    'fn → helper → this is bad.',
    'fn → helper → this is bad.. Do better.',
    'fn → helper → this. ',
  ]) {
    assert.equal(judge(outcome(mustRefuse, { ...refusal(path), message } as Result), ['esm']).mark, 'wrong');
  }
  assert.equal(judge(outcome(equal, refusal(path)), ['esm']).mark, 'wrong');
  assert.equal(judge(outcome(equal, refusal(path), { es2017: 'lowered' }), ['cjs', 'es2017']).mark, 'refused');
  assert.equal(judge(outcome(equal, refusal(path), { es2017: 'lowered' }), ['cjs']).mark, 'wrong');
  assert.equal(judge(outcome({ kind: 'either', reason: 'r' }, refusal(path)), ['esm']).mark, 'refused');
});

test('an error is right where it is the same and from the same place', () => {
  const throws: Expectation = { kind: 'throws', frames: 2 };
  const here = thrown('Error: a', ['a.ts:1:2', 'a.ts:3:4', 'main.ts:1:1']);
  const judged = (actual: ReturnType<typeof thrown>, expected = here, expect = throws) =>
    judge(outcome(expect, { kind: 'threw', actual, expected }), []).mark;
  assert.equal(judged(thrown('Error: a', ['a.ts:1:2', 'a.ts:3:4', 'runner.ts:9:9'])), 'right');
  assert.equal(judged(thrown('Error: a', ['a.ts:1:2', 'a.ts:3:5'])), 'wrong');
  assert.equal(judged(thrown('Error: a', ['a.ts:1:2'])), 'wrong');
  assert.equal(judged(thrown('Error: b', here.frames)), 'wrong');
  assert.equal(judged(thrown('Error: a', ['a.ts:1:2']), thrown('Error: a', ['a.ts:1:2'])), 'wrong');
  assert.equal(judge(outcome(throws, { kind: 'threw', actual: here, expected: undefined }), []).mark, 'wrong');
});

test('no end and no report are failures', () => {
  assert.equal(judge(outcome(equal, { kind: 'hung' }), []).mark, 'wrong');
  assert.equal(judge(undefined, []).mark, 'missing');
  assert.equal(judge(outcome(equal, { kind: 'not-here' }), []).mark, 'not-here');
});
