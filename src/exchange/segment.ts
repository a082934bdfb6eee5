/**
 * What a task of a stage leaves for the next one: rows as frames, in one piece of memory or in a file, with an index that says where the
 * frames of each output partition lie. Plain data: it travels as part of a task's result, and parts of it as part of tasks.
 */

import type { ObjectPlace } from './objects.js';

/** Where frames lie. Memory is shared between threads; elsewhere it is a copy. */
export type Place = { readonly memory: Uint8Array } | { readonly file: string } | { readonly object: ObjectPlace };

/** All output of one task. */
export interface Segment {
  readonly place: Place;
  /** The output partitions that have rows here, ascending; what follows says of each of them, at its place in this list, how many and where. */
  readonly partitions: readonly number[];
  /** Offset and length of each run of frames, one after the other. */
  readonly runs: readonly (readonly number[])[];
  readonly rows: readonly number[];
  readonly bytes: readonly number[];
  /** Tells whether another try has given the same. */
  readonly digest: number;
}

/** What one task reads of one segment. */
export interface Part {
  /** Which exchange, and which of its segments: names them when they turn out to be lost. */
  readonly exchange: number;
  readonly from: number;
  readonly place: Place;
  /** Offset and length of each run of frames. */
  readonly runs: readonly number[];
  readonly rows: number;
  readonly bytes: number;
}

/** A segment is gone or damaged: whoever drives the stage has it made again. */
export class PartLost extends Error {
  readonly part: { readonly exchange: number; readonly from: number };
  readonly reason: string;
  constructor(part: Part, reason: string) {
    super(`Rows that were exchanged are lost: ${reason}`);
    this.part = { exchange: part.exchange, from: part.from };
    this.reason = reason;
  }
}

/** The part of a segment that is for one output partition. `shared`: memory need not be copied to be given away. */
export function partOf(segment: Segment, exchange: number, from: number, partition: number, shared: boolean): Part {
  const { place } = segment;
  const at = placeOf(segment, partition);
  if (at < 0) return { exchange, from, place: nowhere, runs: [], rows: 0, bytes: 0 };
  const [runs, rows, bytes] = [segment.runs[at]!, segment.rows[at]!, segment.bytes[at]!];
  return travelling({ exchange, from, place, runs, rows, bytes }, shared);
}

const nowhere: Place = { memory: new Uint8Array(0) };

/** The place of a partition in the lists of a segment; below 0 if it has no rows there. */
export function placeOf({ partitions }: Segment, partition: number): number {
  let low = 0;
  let high = partitions.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = partitions[middle]!;
    if (found === partition) return middle;
    if (found < partition) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Offsets and lengths of frames, those that lie behind each other as one. */
export function stretchesOf(frames: Iterable<{ readonly offset: number; readonly length: number }>): number[] {
  const runs: number[] = [];
  for (const { offset, length } of frames) {
    if (runs.length > 0 && runs.at(-2)! + runs.at(-1)! === offset) runs[runs.length - 1]! += length;
    else runs.push(offset, length);
  }
  return runs;
}

/** All rows of a segment. */
export function rowsIn({ rows }: Segment): number {
  return rows.reduce((sum, count) => sum + count, 0);
}

/** The part with no more memory than it needs. */
export function travelling(part: Part, shared: boolean): Part {
  const { place, runs } = part;
  if (shared || !('memory' in place) || runs.length === 0) return part;
  const low = runs[0]!;
  const high = runs.at(-2)! + runs.at(-1)!;
  const memory = place.memory.subarray(low, high);
  return { ...part, place: { memory }, runs: runs.map((at, i) => (i % 2 === 0 ? at - low : at)) };
}
