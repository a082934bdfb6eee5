import { MessagePort } from 'node:worker_threads';
import type { TaskEnd } from '../engine/engine.js';
import type { TaskCause } from '../observe/events.js';

/** Rows on their way: a part of a job's input that is submitted as one task. */
export interface Piece {
  /** The rows are `rows[from .. to]`. Kept until they are done, since a lost worker takes its copy with it. */
  readonly rows: ArrayLike<unknown>;
  readonly from: number;
  readonly to: number;
  /** Place of `rows[from]` in the job's input. */
  readonly firstIndex: number;
  /** Places of the rows in the job's input where they are not consecutive: of `rows[i]` it is `indices[i]`. */
  readonly indices: readonly number[] | undefined;
  /** Errors of the function so far, and workers lost to these rows so far. */
  readonly failures: number;
  readonly losses: number;
  /** Losses that one of several rows was the cause of, unknown which: charged to the row that kills again. */
  readonly suspicion: number;
}

export function pieceOf(
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  firstIndex: number,
  indices?: readonly number[],
): Piece {
  return { rows, from, to, firstIndex, indices, failures: 0, losses: 0, suspicion: 0 };
}

export function sizeOf(piece: Piece): number {
  return piece.to - piece.from;
}

/** Place of a piece's `row` in the job's input. */
export function indexOf(piece: Piece, row: number): number {
  return piece.indices === undefined ? piece.firstIndex + row : piece.indices[piece.from + row]!;
}

/** The row of a piece whose place in the job's input is `index`; `undefined` if it has none. */
export function rowOf(piece: Piece, index: number): number | undefined {
  const row =
    piece.indices === undefined ? index - piece.firstIndex : piece.indices.indexOf(index, piece.from) - piece.from;
  return row >= 0 && row < sizeOf(piece) ? row : undefined;
}

/** Rows `start .. end` of a piece, counted within it. */
export function part(piece: Piece, start: number, end: number): Piece {
  return { ...piece, from: piece.from + start, to: piece.from + end, firstIndex: piece.firstIndex + start };
}

/** A piece in so many parts at most, about equal. */
export function cut(piece: Piece, parts: number): Piece[] {
  const size = Math.ceil(sizeOf(piece) / parts);
  const list: Piece[] = [];
  for (let start = 0; start < sizeOf(piece); start += size)
    list.push(part(piece, start, Math.min(start + size, sizeOf(piece))));
  return list;
}

/** Takes the first of `waiting`, and together with it those behind it that are at the same try, up to `most` rows in one piece. */
export function takeTogether(waiting: Piece[], most: number): Piece | undefined {
  const first = waiting.shift();
  if (first === undefined || first.losses + first.suspicion > 0) return first;
  const others: Piece[] = [];
  let size = sizeOf(first);
  for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
    size += sizeOf(next);
    if (size > most || next.failures !== first.failures || next.losses + next.suspicion > 0) break;
    others.push(waiting.shift()!);
  }
  return others.length === 0 ? first : joined(first, others);
}

/** A piece that has the rows of `others` behind its own. */
export function joined(first: Piece, others: readonly Piece[]): Piece {
  const rows: unknown[] = [];
  const indices: number[] = [];
  for (const piece of [first, ...others]) {
    for (let row = 0; row < sizeOf(piece); row++) {
      rows.push(piece.rows[piece.from + row]);
      indices.push(indexOf(piece, row));
    }
  }
  return { ...first, rows, from: 0, to: rows.length, firstIndex: indices[0] ?? first.firstIndex, indices };
}

/** The end of a task, for those of its rows that are left: `told` of the first ones were told of before. */
export function later(end: TaskEnd, told: number): TaskEnd {
  switch (end.kind) {
    case 'done':
      return { ...end, failures: end.failures.map((failure) => ({ ...failure, row: failure.row - told })) };
    case 'threw':
      return { ...end, failure: { ...end.failure, row: end.failure.row - told } };
    case 'timed-out':
      // The row has been told of: it was done in time, and those behind it have not begun.
      if (end.row < told) return { kind: 'worker-lost', blame: 'none', exit: { how: 'replaced' }, worker: end.worker };
      return { ...end, row: end.row - told };
    case 'worker-lost':
      if (typeof end.blame === 'string') return end;
      return { ...end, blame: end.blame.row < told ? 'none' : { row: end.blame.row - told } };
    default:
      return end;
  }
}

/** Which try at these rows it is, from 1. */
export function attemptOf(piece: Piece): number {
  return 1 + piece.failures + piece.losses;
}

/** Why it is tried again, if it is. */
export function causeOf(piece: Piece): TaskCause | undefined {
  if (piece.losses + piece.suspicion > 0) return 'worker-lost';
  return piece.failures > 0 ? 'failed' : undefined;
}

/**
 * What of a piece is moved to the worker.
 *
 * @param keeps it may be needed again: only what cannot be copied is moved
 */
export function movedOf(
  { rows, from, to }: Piece,
  transfer: Iterable<object> | ((row: unknown) => Iterable<object>),
  keeps: boolean,
): object[] {
  const moved: object[] = [];
  if (typeof transfer !== 'function') moved.push(...transfer);
  else for (let row = from; row < to; row++) moved.push(...transfer(rows[row]));
  return keeps ? moved.filter((one) => one instanceof MessagePort) : moved;
}
