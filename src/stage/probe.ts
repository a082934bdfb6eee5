/** The smaller side of a join in a table, and the larger one passing by it. */
import { KeyIndex } from '../partition/key-index.js';
import { type Batches, batchRows, ofIterable } from './batches.js';
import { refusePair } from './keyed.js';
import type { JoinKind } from './spec.js';
import { Weigher } from './weigh.js';
import { located } from './where.js';

export type Pair = readonly [unknown, unknown];

/** The rows of one side by key. */
export class Table {
  readonly index = new KeyIndex();
  readonly weigher = new Weigher();
  /** By slots: the only value of a key; or a list of its own kind, of all of them. Most keys of most joins have one. */
  readonly #values: unknown[] = [];
  /** No key has several values. */
  isSingle = true;
  /** Keys that have met one of the other side. */
  readonly #matched: boolean[] = [];

  add(key: unknown, value: unknown): void {
    const slot = this.index.slotOf(key);
    const values = this.#values;
    if (slot === values.length) {
      values.push(value);
      this.#matched.push(false);
      this.weigher.add(key);
    } else {
      const before = values[slot];
      if (before instanceof Several) before.values.push(value);
      else {
        values[slot] = new Several([before, value]);
        this.isSingle = false;
      }
    }
    this.weigher.add(value);
  }

  /** Values by the slots of `index`: always the same list. */
  get values(): readonly unknown[] {
    return this.#values;
  }

  /** What there is of a key: its value, or `Several`; `none` where there is nothing. */
  find(key: unknown): unknown {
    const slot = this.index.find(key);
    return slot < 0 ? none : this.#values[slot];
  }

  /** The same, and remembers that the key has met one. */
  meet(key: unknown): unknown {
    const slot = this.index.find(key);
    if (slot < 0) return none;
    this.#matched[slot] = true;
    return this.#values[slot];
  }

  *unmatched(): Generator<Pair> {
    for (const [slot, value] of this.#values.entries()) {
      if (this.#matched[slot]) continue;
      const key = this.index.keyAt(slot);
      if (value instanceof Several) for (const one of value.values) yield [key, one];
      else yield [key, value];
    }
  }
}

/** Values of one key. */
class Several {
  readonly values: unknown[];
  constructor(values: unknown[]) {
    this.values = values;
  }
}

const none = Symbol('none');

/** The rows of the larger side pass by the table, then come those of the table that none has met. */
export function probing(how: JoinKind, table: Table, probe: Batches, buildLeft: boolean): Batches {
  const keepsProbe = how === 'full' || how === 'subtract' || how === (buildLeft ? 'right' : 'left');
  const keepsBuild = how === 'full' || how === (buildLeft ? 'left' : 'right');
  const met = new Meeting(how, table, keepsProbe, keepsBuild, buildLeft);
  let rest: Batches | undefined;
  const take = (rows: unknown[] | undefined): unknown[] | undefined | Promise<unknown[] | undefined> => {
    if (rows !== undefined) met.take(rows);
    else rest = ofIterable(keepsBuild ? unmet(table, buildLeft) : []);
    return next();
  };
  const next = (): unknown[] | undefined | Promise<unknown[] | undefined> => {
    for (;;) {
      if (rest !== undefined) return rest.next();
      const made = met.next();
      if (made !== undefined) return made;
      const more = probe.next();
      return more instanceof Promise ? more.then(take) : take(more);
    }
  };
  return { next, close: () => probe.close() };
}

/** Rows of the table that none has met, as what a join makes of them. */
function* unmet(table: Table, buildLeft: boolean): Generator<unknown> {
  for (const [key, value] of table.unmatched()) yield [key, buildLeft ? [value, undefined] : [undefined, value]];
}

/** A batch of the larger side meets the table: a batch of what comes out at a time, since one row may meet very many. */
class Meeting {
  readonly #how: JoinKind;
  readonly #table: Table;
  readonly #keepsProbe: boolean;
  readonly #keepsBuild: boolean;
  readonly #buildLeft: boolean;
  #rows: readonly unknown[] = [];
  /** The next row, and of the one before what it has met and not been put to yet. */
  #at = 0;
  #found: readonly unknown[] = [];
  #foundAt = 0;

  constructor(how: JoinKind, table: Table, keepsProbe: boolean, keepsBuild: boolean, buildLeft: boolean) {
    this.#how = how;
    this.#table = table;
    this.#keepsProbe = keepsProbe;
    this.#keepsBuild = keepsBuild;
    this.#buildLeft = buildLeft;
  }

  take(rows: readonly unknown[]): void {
    this.#rows = rows;
    this.#at = 0;
  }

  next(): unknown[] | undefined {
    const rows = this.#rows;
    const how = this.#how;
    const table = this.#table;
    const marks = this.#keepsBuild;
    const buildLeft = this.#buildLeft;
    const out: unknown[] = [];
    let row: unknown;
    try {
      if (this.#foundAt < this.#found.length) this.#rest(rows[this.#at - 1] as Pair, out);
      while (this.#at < rows.length && out.length < batchRows) {
        row = rows[this.#at++];
        const pair = pairOf(row, how);
        const key = pair[0];
        const found = marks ? table.meet(key) : table.find(key);
        if (found === none) {
          if (!this.#keepsProbe) continue;
          if (how === 'subtract') out.push(key);
          else out.push([key, buildLeft ? [undefined, pair[1]] : [pair[1], undefined]]);
        } else if (how === 'subtract') {
          // It is taken away.
        } else if (!(found instanceof Several)) {
          out.push([key, buildLeft ? [found, pair[1]] : [pair[1], found]]);
        } else {
          this.#found = found.values;
          this.#foundAt = 0;
          this.#rest(pair, out);
        }
      }
    } catch (error) {
      throw located(joinNames[how], row, error);
    }
    return out.length > 0 ? out : undefined;
  }

  /** Puts a row to what it has met, as far as there is room in the batch. */
  #rest([key, value]: Pair, out: unknown[]): void {
    const found = this.#found;
    const end = Math.min(found.length, this.#foundAt + batchRows - out.length);
    for (; this.#foundAt < end; this.#foundAt++) {
      const built = found[this.#foundAt];
      out.push([key, this.#buildLeft ? [built, value] : [value, built]]);
    }
    if (end === found.length) this.#found = [];
  }
}

/** Rows that are compared whole are their own keys. */
export function pairOf(row: unknown, how: JoinKind): Pair {
  if (how === 'intersection' || how === 'subtract') return [row, row];
  return Array.isArray(row) ? (row as unknown as Pair) : refusePair('A join', row);
}

/** What the user called. */
export const joinNames: Readonly<Record<JoinKind, string>> = {
  inner: 'join',
  left: 'leftJoin',
  right: 'rightJoin',
  full: 'fullJoin',
  cogroup: 'cogroup',
  intersection: 'intersection',
  subtract: 'subtract',
};
