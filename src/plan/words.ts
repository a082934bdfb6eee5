/** Where words of text are combined without anything that depends on what they are, but for whether they are empty. */
import { isIdentity, isSum, numberBeside } from '../function/simple.js';
import { dropsEmpty, splittingOf } from '../function/splits.js';
import type { WordCounting } from '../stage/spec.js';
import type { Flow } from './flow.js';
import type { PlanAggregate, PlanKeyed, PlanOp } from './node.js';

/** How often a word may be there, at the most, for the sum of its values to be exact. */
const mostWords = 2 ** 33;

/** How the rows of a flow are combined, if they are words of lines of text, each with the same value. */
export function wordsOf({ base, ops }: Flow, keyed: PlanKeyed, by: PlanAggregate): WordCounting | undefined {
  if (base.kind !== 'source' || base.source.kind !== 'files') return undefined;
  const { source } = base.source;
  if (source.format !== 'text' || source.withPath) return undefined;
  const [first, ...behind] = ops;
  const split = first?.kind === 'flatMap' ? splittingOf(first.fn) : undefined;
  if (first?.kind !== 'words' && split === undefined) return undefined;
  const filters = behind.findIndex((op) => op.kind !== 'filter' || !dropsEmpty(op.fn));
  const count = filters < 0 ? behind.length : filters;
  const [op, ...more] = behind.slice(count);
  if (more.length > 0) return undefined;
  const pieces = split && count > 0 ? { ...split, empties: false } : split;
  const combined = combinedOf(op, keyed, by);
  return combined && { ...combined, split: pieces };
}

/** What becomes of words that go through one more operator, or none. */
function combinedOf(
  op: PlanOp | undefined,
  keyed: PlanKeyed,
  by: PlanAggregate,
): Pick<WordCounting, 'value' | 'sum'> | undefined {
  const counts = by.kind === 'count' || by.kind === 'presence';
  if (op === undefined) return keyed.kind === 'row' && counts ? { value: undefined, sum: undefined } : undefined;
  if (keyed.kind !== 'first') return undefined;
  if (op.kind === 'keyBy') return counts && isIdentity(op.fn) ? { value: undefined, sum: undefined } : undefined;
  const value = op.kind === 'map' ? numberBeside(op.fn) : undefined;
  if (value === undefined) return undefined;
  const exact = Number.isInteger(value) && value * mostWords <= Number.MAX_SAFE_INTEGER;
  return { value, sum: exact && by.kind === 'reduce' && isSum(by.fn) ? value : undefined };
}
