/** Opens what a task reads: trees of inputs and chains. */
import { headerAt, headerBytes, rowsOf as rowsOfFrame } from '../exchange/frames.js';
import { NumberRows } from '../exchange/number-rows.js';
import { wantObjects } from '../exchange/objects.js';
import { unpackParts } from '../exchange/packed.js';
import type { Part } from '../exchange/segment.js';
import { openFile } from '../files/open.js';
import { type Batches, batchRows, concat, ofArrays, packedOf, type Rows } from './batches.js';
import type { Chain } from './chain.js';
import { crossed } from './cross.js';
import { joined, type Side } from './join.js';
import { type Kept, keep, kept } from './kept.js';
import { keyOf } from './keyed.js';
import { merged } from './runs.js';
import type { Input, Tree } from './spec.js';
import type { Surroundings } from './surroundings.js';
import { located } from './where.js';

type Fn = (...args: unknown[]) => unknown;

/** What inputs need of the stage. */
export interface Opening {
  readonly chains: readonly Chain[];
  readonly functions: readonly Fn[];
  readonly surroundings: Surroundings;
}

function openedTree(tree: Tree, opening: Opening): Pick<Side, 'rows' | 'opened'> {
  const at = { partition: tree.partition, offset: tree.offset ?? 0 };
  return opening.chains[tree.chain]!.opened(openInput(tree.from, opening), at, opening.surroundings);
}

export function openTree(tree: Tree, opening: Opening): Batches {
  const at = { partition: tree.partition, offset: tree.offset ?? 0 };
  return opening.chains[tree.chain]!.through(openInput(tree.from, opening), at, opening.surroundings);
}

export function openInput(input: Input, opening: Opening): Batches {
  switch (input.kind) {
    case 'frames':
      return counted(ofArrays(input.frames.map(rowsOfWhole)), opening);
    case 'range':
      return counted(range(input), opening);
    case 'file':
      return counted(openFile(input.task, { onBadRow: badRow(input.onBadRow, opening.functions) }), opening);
    case 'packed':
      return openInput(unpacked(input), opening);
    case 'parts':
      want(input.parts);
      return counted(
        input.keep === undefined ? ofParts(input.parts, opening) : keeping(input.keep, input.parts, opening),
        opening,
      );
    case 'runs': {
      const { sort, low, high } = input;
      want(input.parts);
      const key = keyOf(sort.keyed, opening.functions, sort.name);
      return counted(merged(input.parts, sort, low, high, key, opening.surroundings), opening);
    }
    case 'concat':
      return concat(input.trees.map((tree) => () => openTree(tree, opening)));
    case 'join': {
      const [left, right] = input.sides.map((tree) => ({ ...openedTree(tree, opening), bytes: bytesOf(tree) }));
      return joined(input.how, [left!, right!], opening.surroundings);
    }
    case 'cross': {
      const [left, right] = input.sides;
      return crossed(openTree(left, opening), () => openTree(right, opening));
    }
  }
}

function unpacked({ packed, ...rest }: Input & { readonly kind: 'packed' }): Input {
  return { ...rest, kind: 'parts', parts: unpackParts(packed) };
}

/** What lies in the store of a cluster sets out. */
function want(parts: readonly Part[]): void {
  const stretches = parts.flatMap(({ place, runs }) => {
    if (!('object' in place)) return [];
    return runs.flatMap((at, i) => (i % 2 === 0 ? [[place.object, at, runs[i + 1]!] as const] : []));
  });
  if (stretches.length > 0) wantObjects(stretches);
}

/** Batches whose rows are counted. */
function counted(input: Batches, { surroundings }: Opening): Batches {
  const count = <R extends Rows>(rows: R | undefined): R | undefined => {
    if (rows !== undefined) surroundings.rowsIn += rows.length;
    return rows;
  };
  const from =
    <R extends Rows>(next: () => R | undefined | Promise<R | undefined>) =>
    (): R | undefined | Promise<R | undefined> => {
      const rows = next();
      return rows instanceof Promise ? rows.then(count) : count(rows);
    };
  return { next: from(() => input.next()), nextPacked: from(packedOf(input)), close: () => input.close() };
}

function rowsOfWhole(frame: Uint8Array): unknown[] {
  return rowsOfFrame(headerAt(frame, 0)!, frame.subarray(headerBytes));
}

function range({ start, step, from, count }: Input & { readonly kind: 'range' }): Batches {
  const end = from + count;
  let at = from;
  return {
    next: () => {
      if (at >= end) return undefined;
      const rows = new Array<number>(Math.min(batchRows, end - at));
      for (let i = 0; i < rows.length; i++) rows[i] = start + (at + i) * step;
      at += rows.length;
      return rows;
    },
    close: () => {
      at = end;
    },
  };
}

function ofParts(parts: readonly Part[], { surroundings }: Opening): Batches {
  return concat(
    parts.map((part) => () => {
      const reader = surroundings.reader(part);
      return {
        next: () => reader.next(),
        nextPacked: () => reader.nextPacked(),
        close: () => reader.close(),
      };
    }),
  );
}

/** Rows that this worker keeps from one task to the next. */
function keeping(name: string, parts: readonly Part[], opening: Opening): Batches {
  const known = kept(name);
  if (known !== undefined) return ofKept(known);
  const reading = ofParts(parts, opening);
  const input = packedOf(reading) as () => Rows | undefined;
  const all: Rows[] = [];
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const next = (): Rows | undefined => {
    const rows = input();
    if (rows === undefined) keep(name, all, bytes, opening.surroundings.store.keep);
    else all.push(rows);
    return rows === undefined ? undefined : own(rows);
  };
  return { next: () => asArray(next()), nextPacked: next, close: () => reading.close() };
}

function ofKept(all: readonly Kept[]): Batches {
  let at = 0;
  const next = (): Rows | undefined => {
    const rows = all[at++];
    return rows === undefined ? undefined : own(rows);
  };
  return {
    next: () => asArray(next()),
    nextPacked: next,
    close: () => {
      at = all.length;
    },
  };
}

/** A batch that may be changed. */
function own(rows: Kept): Rows {
  return rows instanceof NumberRows ? rows : rows.slice();
}

function asArray(rows: Rows | undefined): unknown[] | undefined {
  return rows instanceof NumberRows ? rows.rows() : rows;
}

function badRow(fn: number | undefined, functions: readonly Fn[]): ((bad: object) => unknown) | undefined {
  if (fn === undefined) return undefined;
  return (bad) => {
    try {
      return functions[fn]!(bad);
    } catch (error) {
      throw located('onBadRow', bad, error);
    }
  };
}

/** How many bytes a side is, where that is known. */
function bytesOf(tree: Tree): number | undefined {
  const { from } = tree;
  if (from.kind === 'parts') return from.parts.reduce((sum, part) => sum + part.bytes, 0);
  if (from.kind === 'packed') return unpackParts(from.packed).reduce((sum, part) => sum + part.bytes, 0);
  if (from.kind === 'frames') return from.frames.reduce((sum, frame) => sum + frame.length, 0);
  if (from.kind !== 'concat') return undefined;
  return from.trees.reduce((sum: number | undefined, one) => {
    const bytes = bytesOf(one);
    return sum === undefined || bytes === undefined ? undefined : sum + bytes;
  }, 0);
}
