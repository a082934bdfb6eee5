/** Ways through plans that may be thousands of operators deep: none of these functions calls itself. */
import { inputsOf, type LastingNode, type PlanNode, type PlanOp } from './node.js';

/**
 * The nodes whose flows a node is made of. Of what is kept already, it does not matter how it was made: passes that build on each other's
 * caches may be thousands.
 */
export function needs(node: PlanNode, isKnown: (node: LastingNode) => boolean): readonly PlanNode[] {
  if (node.kind === 'narrow') return [narrowed(node).input];
  if (node.kind === 'union') return unitedBy(node);
  if ((node.kind === 'cache' || node.kind === 'checkpoint') && isKnown(node)) return [];
  return inputsOf(node);
}

/** Narrow operators one after the other, and what the first of them reads. */
export function narrowed(last: PlanNode): { readonly input: PlanNode; readonly ops: PlanOp[] } {
  const ops: PlanOp[] = [];
  let input = last;
  for (; input.kind === 'narrow'; input = input.input) ops.push(input.op);
  return { input, ops: ops.reverse() };
}

/** What a union puts one after the other, and the unions among it. */
export function unitedBy(union: PlanNode & { kind: 'union' }): PlanNode[] {
  const inputs: PlanNode[] = [];
  const waiting: PlanNode[] = [union];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.kind !== 'union') inputs.push(node);
    else for (let i = node.inputs.length - 1; i >= 0; i--) waiting.push(node.inputs[i]!);
  }
  return inputs;
}
