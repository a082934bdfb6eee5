/** Judges what came of a case in a column. */
import type { Tag } from './fixtures/case.js';
import type { Outcome, Thrown } from './fixtures/outcome.js';

/** `missing`: the column ended before it came to the case. */
export type Mark = 'right' | 'refused' | 'wrong' | 'missing' | 'not-here';

export interface Verdict {
  readonly mark: Mark;
  /** Why it is wrong, or why a refusal will do. */
  readonly why?: string;
}

/**
 * Right is what the case expects of a value; refused, what it expects or allows of a refusal. Everything else is wrong: another
 * value, a refusal of what must work, one that comes too late or names something else, an error of another kind, no end.
 */
export function judge(outcome: Outcome | undefined, tags: readonly Tag[]): Verdict {
  if (outcome === undefined) return { mark: 'missing', why: 'the column did not come to it' };
  switch (outcome.kind) {
    case 'not-here':
      return { mark: 'not-here' };
    case 'hung':
      return { mark: 'wrong', why: 'it did not end' };
    case 'refused':
      return judgeRefusal(outcome, tags);
    case 'threw':
      return judgeThrow(outcome);
    case 'value':
      if (outcome.expect.kind === 'refused') return { mark: 'wrong', why: `it ran and gave ${outcome.actual}` };
      if (!outcome.same) return { mark: 'wrong', why: `it gave ${outcome.actual} in place of ${outcome.expected}` };
      return { mark: 'right' };
  }
}

function judgeRefusal(outcome: Outcome & { kind: 'refused' }, tags: readonly Tag[]): Verdict {
  const { expect, message, path } = outcome;
  if (outcome.ran) return { mark: 'wrong', why: `it ran before it was refused: ${message}` };
  if (path.length === 0 || outcome.variable !== path.at(-1)) {
    return { mark: 'wrong', why: `the refusal names no variable (path ${path.join(' → ')}): ${message}` };
  }
  if (!path.every((step) => message.includes(step))) {
    return { mark: 'wrong', why: `the message does not name its path ${path.join(' → ')}: ${message}` };
  }
  // What is wrong, and where; then what to do.
  if (!/^.+[^.]\. .+[^.]\.$/s.test(message) || /\.\.\s|\. \(/.test(message)) {
    return { mark: 'wrong', why: `the message is not made of whole sentences: ${message}` };
  }
  if (expect.kind === 'refused') {
    // A minifier renames variables and joins functions.
    const found = named(path, outcome.fn, tags.includes('bundled'));
    const isRight = tags.includes('minified') || found === expect.path.join(' → ');
    if (isRight) return { mark: 'refused' };
    return { mark: 'wrong', why: `refused at ${path.join(' → ')} in place of ${expect.path.join(' → ')}: ${message}` };
  }
  const allowed = tags.map((tag) => outcome.mayRefuse[tag]).find((reason) => reason !== undefined);
  const reason = expect.kind === 'either' ? expect.reason : allowed;
  if (reason !== undefined) return { mark: 'refused', why: reason };
  return { mark: 'wrong', why: `refused, but must work: ${message}` };
}

/** The path as cases write it: with `fn` for the function's own name, and without the numbers that bundlers add to names. */
function named([first, ...rest]: readonly string[], fn: string, isBundled: boolean): string {
  const names = isBundled ? rest.map((step) => step.replace(/\d+$/, '')) : rest;
  return [first === fn ? 'fn' : first, ...names].join(' → ');
}

function judgeThrow(outcome: Outcome & { kind: 'threw' }): Verdict {
  const { actual, expected, expect } = outcome;
  if (expected === undefined) return { mark: 'wrong', why: `it threw ${told(actual)}` };
  if (actual.what !== expected.what)
    return { mark: 'wrong', why: `it threw ${told(actual)}\nin place of ${told(expected)}` };
  const count = expect.kind === 'throws' ? expect.frames : 0;
  const there = actual.frames.slice(0, count);
  const here = expected.frames.slice(0, count);
  if (here.length < count) return { mark: 'wrong', why: `in place it has no ${count} frames: ${told(expected)}` };
  if (there.join('\n') !== here.join('\n')) {
    return { mark: 'wrong', why: `it threw from ${there.join(', ')}\nin place of ${here.join(', ')}\n${told(actual)}` };
  }
  return { mark: 'right' };
}

function told({ what, stack }: Thrown): string {
  return `${what}\n${stack}`;
}
