import type { Inside } from './inspect.js';
import type { Literal } from './literal.js';
import type { CodeNode } from './portable.js';
import { lookUp, userGlobal } from './variables.js';

/** The text of an exported function, which travels by its name. Whoever counts on it has to see that a worker has the same. */
export interface ExportedText {
  readonly text: string;
  readonly strict: boolean;
}

const texts = new WeakMap<CodeNode, ExportedText>();

/** Notes the text of an exported function that uses no variable of its module. */
export function noteText(node: CodeNode, { source, strict, parsed, analysis }: Literal, { scopes }: Inside): void {
  if (parsed.form !== 'expression' || analysis.importMeta.length > 0 || analysis.free.size > mostNames) return;
  for (const name of analysis.free.keys()) {
    if ((lookUp(scopes, name) ?? userGlobal(name)) !== undefined) return;
  }
  texts.set(node, { text: source, strict });
}

/** Names of globals that a function uses. */
const mostNames = 16;

export function textOfExport(node: CodeNode | undefined): ExportedText | undefined {
  return node === undefined ? undefined : texts.get(node);
}
