/** Refuses what no copy of a function could do right, whatever its variables are. */
import type { Literal } from './literal.js';
import { ADVICE, refuse } from './refuse.js';

/** Refuses what no copy of a function could do right. */
export function judge({ analysis, at, parsed }: Literal, path: readonly string[]): void {
  const { outer, directEval, withStatement, privateName } = analysis;
  if (outer !== undefined) {
    const { what } = outer;
    const owner =
      what === 'super' && parsed.form === 'member'
        ? 'belongs to the object that the method is of.'
        : 'belongs to the function around it.';
    const advice = what === 'new.target' ? ADVICE.target : ADVICE[what];
    throw refuse([...path, what], owner, advice, at(outer.at));
  }
  if (privateName !== undefined)
    throw refuse(
      [...path, `#${privateName}`],
      'is a private name, which exists only inside its class.',
      ADVICE.private,
    );
  if (analysis.resolved !== undefined) {
    throw refuse(
      [...path, 'import.meta.resolve'],
      `is asked for the package ${analysis.resolved}, which only the module itself can find.`,
      'Call it outside of the function and capture the result.',
    );
  }
  if (directEval !== undefined)
    throw refuse([...path, 'eval'], 'runs code in the scope of the function.', ADVICE.eval, at(directEval));
  if (withStatement !== undefined)
    throw refuse([...path, 'with'], 'makes names out of properties.', ADVICE.eval, at(withStatement));
  if (analysis.staticPrivate !== undefined) {
    throw refuse(
      [...path, `#${analysis.staticPrivate}`],
      'is a static private field, whose value cannot be read from outside of its class.',
      ADVICE.exported,
    );
  }
}
