import { setTextOfExport } from './exported-text.js';
import type { Inside } from './inspect.js';
import type { Literal } from './literal.js';
import type { CodeNode } from './portable.js';
import { lookUp, userGlobal } from './variables.js';

/** Names of globals that a function uses: of one with more, the text is not noted. */
const mostNames = 16;

/** Notes the text of an exported function that uses no variable of its module. */
export function noteText(node: CodeNode, { source, strict, parsed, analysis }: Literal, { scopes }: Inside): void {
  if (parsed.form !== 'expression' || analysis.importMeta.length > 0 || analysis.free.size > mostNames) return;
  for (const name of analysis.free.keys()) {
    if ((lookUp(scopes, name) ?? userGlobal(name)) !== undefined) return;
  }
  setTextOfExport(node, { text: source, strict });
}
