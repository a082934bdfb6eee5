import type { Op, RowOp } from './spec.js';

/** Operators that one loop holds: more would nest its code deeper than it can be compiled. */
export const mostInLoop = 64;

/** Looks at one row at a time. */
export function isRowOp<F>(op: Op<F>): op is RowOp<F> {
  switch (op.kind) {
    case 'map':
    case 'filter':
    case 'flatMap':
    case 'keyBy':
    case 'mapValues':
    case 'flatMapValues':
    case 'keys':
    case 'values':
    case 'words':
    case 'index':
    case 'ofKey':
    case 'sample':
      return true;
    default:
      return false;
  }
}

/** Whether a row may become very many. */
export function mayGrow(ops: readonly RowOp[]): boolean {
  return ops.some(({ kind }) => kind === 'flatMap' || kind === 'flatMapValues');
}
