import type { CodeNode } from './portable.js';

/** The text of an exported function, which travels by its name. Whoever counts on it has to see that a worker has the same. */
export interface ExportedText {
  readonly text: string;
  readonly strict: boolean;
}

const texts = new WeakMap<CodeNode, ExportedText>();

export function setTextOfExport(node: CodeNode, text: ExportedText): void {
  texts.set(node, text);
}

/** Known of functions that use no variable of their module. */
export function textOfExport(node: CodeNode | undefined): ExportedText | undefined {
  return node === undefined ? undefined : texts.get(node);
}
