/** Which nodes of a cluster may have workers, by their labels: what callers say, and how two of these go together. */
import { checkOptionsObject, show } from './check.js';
import type { Labels, Where } from './engine.js';

export type { Labels, NotLabel, Where } from './engine.js';

export function checkLabels(labels: unknown): void {
  if (labels === undefined) return;
  checkOptionsObject('labels', labels);
  if (Array.isArray(labels)) throw new TypeError(`labels must be an object of names and values, not ${show(labels)}.`);
  for (const [name, rule] of Object.entries(labels as Labels)) {
    const values = typeof rule === 'object' && rule !== null && 'not' in rule ? rule.not : rule;
    const list = Array.isArray(values) ? values : [values];
    if (list.length === 0 || list.some((value) => typeof value !== 'string')) {
      throw new TypeError(
        `labels.${name} must be a value, a list of values, or { not: … } with either, not ${show(rule)}.`,
      );
    }
  }
}

export function checkSpreadOver(value: unknown): void {
  if (value !== undefined && (typeof value !== 'string' || value === ''))
    throw new TypeError(`spreadOver must be the name of a label, not ${show(value)}.`);
}

/** What a job says of its place; `undefined` where it says nothing. */
export function whereOf({
  labels,
  spreadOver,
}: {
  readonly labels?: Labels | undefined;
  readonly spreadOver?: string | undefined;
}): Where | undefined {
  return labels === undefined && spreadOver === undefined ? undefined : { labels: labels ?? {}, spreadOver };
}

export function labelMatches(value: string | undefined, rule: Labels[string]): boolean {
  if (typeof rule === 'string') return value === rule;
  if (!('not' in rule)) return value !== undefined && rule.includes(value);
  return !listOf(rule.not).includes(value ?? '');
}

/** Both of them. A list without a value in it is what no node has. */
export function bothLabels(one: Labels, other: Labels): Labels {
  const both: Record<string, Labels[string]> = { ...one };
  for (const [name, rule] of Object.entries(other)) both[name] = name in one ? bothRules(one[name]!, rule) : rule;
  return both;
}

function bothRules(one: Labels[string], other: Labels[string]): Labels[string] {
  const [a, b] = [one, other].map((rule) => (typeof rule === 'object' && 'not' in rule ? rule : listOf(rule)));
  if ('not' in a! && 'not' in b!) return { not: [...new Set([...listOf(a.not), ...listOf(b.not)])] };
  // At least one of them lists values, of which those stay that the other has nothing against.
  const [values, rule] = 'not' in a! ? [b as readonly string[], one] : [a as readonly string[], other];
  return values.filter((value) => labelMatches(value, rule));
}

function listOf(values: string | readonly string[]): readonly string[] {
  return typeof values === 'string' ? [values] : values;
}
