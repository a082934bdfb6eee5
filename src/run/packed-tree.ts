import { packParts } from '../exchange/packed.js';
import type { Tree } from '../stage/spec.js';

/** As it travels: what is read of very many tasks is packed. */
export function packedTree(tree: Tree): Tree {
  const { from } = tree;
  if (from.kind === 'join') {
    const [left, right] = from.sides;
    return { ...tree, from: { ...from, sides: [packedTree(left), packedTree(right)] } };
  }
  const packed = from.kind === 'parts' ? packParts(from.parts) : undefined;
  if (packed === undefined) return tree;
  const { keep } = from as { keep?: string };
  return { ...tree, from: { kind: 'packed', packed, ...(keep === undefined ? {} : { keep }) } };
}
