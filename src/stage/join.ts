/**
 * Two inputs by key. The smaller side is kept in a table, the other passes by it, so that no key of the larger side, however many rows it
 * has, is ever held. Where the table grows too large, both sides are split by key into files, and each pair of files is joined by itself.
 */
import { KeyIndex } from '../partition/key-index.js';
import { type Batches, concat, drain, type Lazy, lazily, ofIterable } from './batches.js';
import type { Opened } from './chain.js';
import { Meet } from './meet.js';
import { joinNames, type Pair, pairOf, probing, Table } from './probe.js';
import type { JoinKind } from './spec.js';
import { deepest, SubBuckets, subBuckets } from './sub-buckets.js';
import type { Surroundings } from './surroundings.js';
import { Weigher } from './weigh.js';
import { located } from './where.js';

/** One side: its rows, and about how many bytes they are; `undefined` where that is not known. */
export interface Side {
  readonly rows: Batches;
  readonly bytes: number | undefined;
  /** The same rows, before the last loop that they go through. */
  readonly opened?: Opened;
}

/** What a join gives; and the same as a step of a loop that the larger side goes through, where it can be one. */
export interface Joining extends Batches {
  readonly meet?: Meet | undefined;
}

/** A join that has not looked at its sides yet. */
export interface Joined extends Lazy<Joining> {
  readonly kind: 'join';
}

type Sides = readonly [Side, Side];

export function joined(how: JoinKind, sides: Sides, surroundings: Surroundings, level = 0): Joined {
  const [left, right] = sides;
  const closing = { close: () => closeBoth(sides) };
  const made = lazily<Joining>(closing, () => {
    // Whether a key is there is all that these need of the right side.
    if (how === 'cogroup' || how === 'intersection') return cogrouped(how, sides, surroundings, level);
    const buildLeft = how !== 'subtract' && (left.bytes ?? Infinity) < (right.bytes ?? Infinity);
    return hashJoin(how, sides, buildLeft, surroundings, level);
  });
  return { ...made, kind: 'join' };
}

function hashJoin(
  how: JoinKind,
  sides: Sides,
  buildLeft: boolean,
  surroundings: Surroundings,
  level: number,
): Joining | Promise<Joining> {
  const [build, probe] = buildLeft ? sides : [sides[1], sides[0]];
  const table = new Table();
  let split: SubBuckets | undefined;
  const draining = drain(build.rows, (rows) => {
    let row: unknown;
    try {
      for (let i = 0; i < rows.length; i++) {
        row = rows[i];
        const pair = pairOf(row, how);
        if (split === undefined) table.add(pair[0], pair[1]);
        else split.put(pair[0], row);
      }
    } catch (error) {
      throw located(joinNames[how], row, error);
    }
    if (split === undefined && table.weigher.bytes > surroundings.store.work && level < deepest)
      split = spill(how, table, surroundings, level);
  });
  const finish = (): Joining | Promise<Joining> => {
    if (split !== undefined) return splitJoin(how, split, probe, buildLeft, surroundings, level);
    const met = probing(how, table, probe.rows, buildLeft);
    return { ...met, meet: probe.opened && Meet.of(how, table, probe.opened, buildLeft) };
  };
  return draining instanceof Promise ? draining.then(finish) : finish();
}

function spill(how: JoinKind, table: Table, surroundings: Surroundings, level: number): SubBuckets {
  const split = new SubBuckets(surroundings, level, hasPairs(how));
  for (const row of table.unmatched()) split.put(row[0], rowOf(how, row));
  return split;
}

/** The other side is split as the first one was, and the files are joined two by two. */
function splitJoin(
  how: JoinKind,
  built: SubBuckets,
  probe: Side,
  buildLeft: boolean,
  surroundings: Surroundings,
  level: number,
): Batches | Promise<Batches> {
  const other = new SubBuckets(surroundings, level, hasPairs(how));
  const draining = drain(probe.rows, (rows) => {
    for (const row of rows) {
      const [key] = pairOf(row, how);
      keyed(how, row, () => other.put(key, row));
    }
  });
  const finish = (): Batches => {
    built.finish();
    other.finish();
    const side = (of: SubBuckets, bucket: number): Side => ({ rows: of.read(bucket), bytes: of.bytes(bucket) });
    const all = concat(
      Array.from({ length: subBuckets }, (_, bucket) => () => {
        const sides = [side(built, bucket), side(other, bucket)] as const;
        return joined(how, buildLeft ? sides : [sides[1], sides[0]], surroundings, level + 1);
      }),
    );
    const drop = (): void => {
      built.drop();
      other.drop();
    };
    return ending(all, drop);
  };
  return draining instanceof Promise ? draining.then(finish) : finish();
}

/** Groups of both sides under each key: those of the left in their order, then those that only the right has. */
function cogrouped(
  how: 'cogroup' | 'intersection',
  [left, right]: Sides,
  surroundings: Surroundings,
  level: number,
): Batches | Promise<Batches> {
  const index = new KeyIndex();
  const groups: [unknown[], unknown[]][] = [];
  const weigher = new Weigher();
  let split: [SubBuckets, SubBuckets] | undefined;
  const put =
    (side: 0 | 1) =>
    (rows: unknown[]): void => {
      for (const row of rows) {
        const [key, value] = pairOf(row, how);
        if (split !== undefined) {
          keyed(how, row, () => split![side].put(key, row));
          continue;
        }
        const slot = keyed(how, row, () => index.slotOf(key));
        if (slot === groups.length) {
          groups.push([[], []]);
          weigher.add(key);
        }
        groups[slot]![side].push(value);
        weigher.add(value);
      }
      if (split !== undefined || weigher.bytes <= surroundings.store.work || level >= deepest) return;
      const pairs = hasPairs(how);
      split = [new SubBuckets(surroundings, level, pairs), new SubBuckets(surroundings, level, pairs)];
      for (const [slot, group] of groups.entries()) {
        const key = index.keyAt(slot);
        for (const at of [0, 1] as const) for (const one of group[at]) split[at].put(key, rowOf(how, [key, one]));
      }
      groups.length = 0;
      index.clear();
    };
  const finish = (): Batches => {
    if (split === undefined) return ofIterable(results(how, index, groups));
    const [a, b] = split;
    a.finish();
    b.finish();
    const all = concat(
      Array.from({ length: subBuckets }, (_, bucket) => () => {
        const sides = [a, b].map((of) => ({ rows: of.read(bucket), bytes: of.bytes(bucket) }));
        return joined(how, sides as unknown as Sides, surroundings, level + 1);
      }),
    );
    return ending(all, () => {
      a.drop();
      b.drop();
    });
  };
  const first = drain(left.rows, put(0));
  const second = first instanceof Promise ? first.then(() => drain(right.rows, put(1))) : drain(right.rows, put(1));
  return second instanceof Promise ? second.then(finish) : finish();
}

function* results(how: JoinKind, index: KeyIndex, groups: readonly [unknown[], unknown[]][]): Generator<unknown> {
  for (const [slot, group] of groups.entries()) {
    if (how === 'cogroup') yield [index.keyAt(slot), group];
    else if (group[0].length > 0 && group[1].length > 0) yield index.keyAt(slot);
  }
}

function ending(input: Batches, after: () => void): Batches {
  return {
    next: () => {
      const rows = input.next();
      if (rows === undefined) after();
      return rows;
    },
    close: () => {
      after();
      return input.close();
    },
  };
}

function closeBoth([left, right]: Sides): void {
  void left.rows.close();
  void right.rows.close();
}

function rowOf(how: JoinKind, pair: Pair): unknown {
  return hasPairs(how) ? pair : pair[1];
}

/** Of rows only the key and the value are asked for. */
function hasPairs(how: JoinKind): boolean {
  return how !== 'intersection' && how !== 'subtract';
}

function keyed<R>(how: JoinKind, row: unknown, call: () => R): R {
  try {
    return call();
  } catch (error) {
    throw located(joinNames[how], row, error);
  }
}
