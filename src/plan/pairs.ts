/** Whether rows are pairs that nobody but Sheaf has: arrays of two and no more, so that who writes them need not look at each. */
import { makesPairs } from '../function/simple.js';
import type { Flow } from './flow.js';

export function givesPairs({ base, ops }: Flow): boolean {
  const last = ops.at(-1);
  switch (last?.kind) {
    case undefined:
      return base.kind === 'join' && base.how !== 'intersection' && base.how !== 'subtract';
    case 'map':
      return makesPairs(last.fn);
    case 'keyBy':
    case 'mapValues':
    case 'flatMapValues':
    case 'combine':
    case 'group':
      return true;
    default:
      return false;
  }
}
