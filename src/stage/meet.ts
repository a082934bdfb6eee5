/**
 * A join as one step of the loop that the larger side goes through: each of its rows meets one of the table, or none. What it gives need not
 * be put into a batch for the operators behind it, and mostly need not be made.
 */
import type { Opened } from './chain.js';
import { joinNames, pairOf, type Table } from './probe.js';
import type { JoinKind } from './spec.js';

export class Meet {
  /** The larger side's rows, and the operators that they go through first. */
  readonly opened: Opened;
  readonly op: MeetOp;
  readonly call: MeetCall;

  private constructor(opened: Opened, op: MeetOp, call: MeetCall) {
    this.opened = opened;
    this.op = op;
    this.call = call;
  }

  /** `undefined` where a row may meet several, or what nobody has met comes out, too. */
  static of(how: JoinKind, table: Table, opened: Opened, buildLeft: boolean): Meet | undefined {
    const keeps = how === (buildLeft ? 'right' : 'left');
    if (!table.isSingle || !(how === 'inner' || keeps)) return undefined;
    const { index, values } = table;
    const call = (row: unknown): unknown => {
      const pair = pairOf(row, how);
      const slot = index.find(pair[0]);
      if (slot < 0 && !keeps) return undefined;
      const found = slot < 0 ? undefined : values[slot];
      return [pair[0], buildLeft ? [found, pair[1]] : [pair[1], found]];
    };
    const more = { index, values, dense: denseOf(index.keys()) };
    return new Meet(opened, { kind: 'meet', name: joinNames[how], keeps, buildLeft }, Object.assign(call, more));
  }
}

/** One more than the slot, by key, where keys are whole numbers near each other, as identifiers are; 0 for those that are not there. */
function denseOf(keys: readonly unknown[]): Int32Array {
  const limit = keys.length * 4;
  const slots = new Int32Array(limit);
  for (let slot = 0; slot < keys.length; slot++) {
    const key = keys[slot];
    if (typeof key !== 'number' || key >>> 0 !== key || key >= limit) return new Int32Array(0);
    slots[key] = slot + 1;
  }
  return slots;
}

/** What generated code needs to know of it. */
export interface MeetOp {
  readonly kind: 'meet';
  readonly name: string;
  /** Rows that meet none come out, too. */
  readonly keeps: boolean;
  readonly buildLeft: boolean;
}

/** Gives what comes out for a row, or `undefined`. */
export type MeetCall = ((row: unknown) => unknown) & {
  readonly index: { find(key: unknown): number };
  readonly values: readonly unknown[];
  /** One more than the slot of a key that is a whole number below its length; what is not in here is asked of `index`. */
  readonly dense: Int32Array;
};
