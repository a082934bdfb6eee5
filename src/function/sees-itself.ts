import type { Literal } from './literal.js';

/** Whether a function that captures nothing may all the same get at itself, and so at its properties. Yes where that is not clear, and for classes. */
export function seesItself({ parsed: { node }, source }: Literal): boolean {
  if (node.type === 'ArrowFunctionExpression') return false; // its name would be a variable
  if (!/Function/.test(node.type)) return true;
  const { name } = (node.id ?? {}) as { name?: string };
  const words = source.match(/[\w$\\\x80-\uffff]+/g) ?? [];
  const isOwn = (word: string): boolean => word === 'arguments' || word === 'eval' || word.includes('\\');
  return words.some(isOwn) || words.filter((word) => word === name).length > 1;
}
