/**
 * What a task of a stage leaves for the next one: rows as frames, in one piece of memory or in a file, with an index that says where the
 * frames of each output partition lie. Plain data: it travels as part of a task's result, and parts of it as part of tasks.
 */

/** Where frames lie. Memory is shared between threads; elsewhere it is a copy. */
export type Place = { readonly memory: Uint8Array } | { readonly file: string };

/** All output of one task. */
export interface Segment {
  readonly place: Place;
  /** For each output partition: offset and length of each run of frames, one after the other. */
  readonly index: readonly (readonly number[])[];
  /** Rows for each output partition. */
  readonly rows: readonly number[];
  /** Bytes for each output partition. */
  readonly bytes: readonly number[];
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

/** The part of a segment that is for one output partition. */
export function partOf(segment: Segment, exchange: number, from: number, partition: number, shared: boolean): Part {
  const rows = segment.rows[partition]!;
  const bytes = segment.bytes[partition]!;
  const runs = segment.index[partition]!;
  const { place } = segment;
  if (shared || 'file' in place || runs.length !== 2) return { exchange, from, place, runs, rows, bytes };
  // Only what the task needs travels.
  const [offset, length] = runs as [number, number];
  const memory = place.memory.subarray(offset, offset + length);
  return { exchange, from, place: { memory }, runs: [0, length], rows, bytes };
}
