import type { EncodedRow } from '../codec/index.js';
import { type Caller, unknownCaller } from './caller.js';
import { type Settleable, settleable } from './settleable.js';

/** More arguments than this are no small call. */
const mostArguments = 8;

/** A call that was sent alone and is no task so far. */
export class SingleCall {
  readonly row: EncodedRow;
  readonly given: readonly unknown[];
  readonly made: Settleable<unknown> = settleable();
  caller: Caller = unknownCaller;

  constructor(row: EncodedRow, given: readonly unknown[]) {
    this.row = row;
    this.given = given;
  }

  calledBy(caller: Caller): void {
    this.caller = caller;
  }
}

/** Arguments that a message carries as they are. */
export function isPlain(args: readonly unknown[]): boolean {
  if (args.length > mostArguments) return false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if ((typeof arg === 'object' && arg !== null) || typeof arg === 'function' || typeof arg === 'symbol') return false;
  }
  return true;
}
