/**
 * Sorting: each task of the first stage leaves its rows as sorted runs, with the first key of each frame, from which bounds are chosen for
 * the partitions of the next; each task of that one reads of every run only what lies within its bounds, and merges it.
 */
import { mostChunk, type PartReader } from '../exchange/reader.js';
import { type Part, partOf, type Segment } from '../exchange/segment.js';
import type { SegmentWriter } from '../exchange/writer.js';
import type { Lines } from '../files/lines.js';
import { argsort } from '../partition/argsort.js';
import { compareKeys } from '../partition/keys.js';
import { mergeRuns, type RunBatch } from '../partition/merge-runs.js';
import { Arena } from './arena.js';
import { afterAll, type Batches, batchRows, lazily, ofArrays, ofRows } from './batches.js';
import { HeldLines, type LaidFrame } from './held-lines.js';
import type { Bound, FrameEntry, Keyed, SortSpec } from './spec.js';
import { stretches } from './stretches.js';
import type { Surroundings } from './surroundings.js';
import { Weigher } from './weigh.js';

/** Rows of a frame: few, so that a partition reads little that is not its own, and that many runs can be merged in little memory. */
const mostFrameRows = 1024;
const fewestFrameRows = 64;
/** A frame is this part of what an operator may work on at once. */
const framesInWork = 64;
const leastChunk = 16 * 1024;

/** Lines that become a run, in bytes, where all stay in memory: few, so that they are near to each other while they are put in order. */
const mostLines = 10 * 2 ** 20;

/** Keys of a run that bounds are found from. */
const sampledKeys = 4096;

/** Keys that a user's function gave are not asked for again. */
function storesKeys(keyed: Keyed): boolean {
  return keyed.kind === 'fn' || keyed.kind === 'fnOfFirst';
}

/** Collects rows and their keys, and writes them as sorted runs. */
export class RunWriter {
  readonly #sort: SortSpec;
  readonly #surroundings: Surroundings;
  readonly #writer: SegmentWriter;
  readonly #weigher = new Weigher();
  /** Keys that can be read off the rows are not written beside them. */
  readonly #storesKeys: boolean;
  readonly #room: number;
  #keys: unknown[] = [];
  #rows: unknown[] = [];
  #lines: HeldLines | undefined;
  /** Bytes of all lines, about. */
  #expected = 0;
  #spills: boolean; // to the file
  readonly #arena: Arena;
  #run = 0;
  readonly #entries: (Omit<FrameEntry, 'offset' | 'length'> & { readonly bytes: number })[] = [];

  constructor(sort: SortSpec, surroundings: Surroundings, room: number, file: string) {
    this.#sort = sort;
    this.#surroundings = surroundings;
    this.#room = room;
    this.#spills = room === 0;
    this.#arena = new Arena(surroundings.store.shared && room > 0);
    this.#storesKeys = storesKeys(sort.keyed);
    this.#writer = surroundings.writer({ partitions: 0, room, file, shared: surroundings.store.shared });
  }

  add(key: unknown, row: unknown): void {
    this.#keys.push(key);
    this.#rows.push(row);
    this.#weigher.add(row);
    if (this.#weigher.bytes > this.#surroundings.store.work * 2) this.#flush();
  }

  /**
   * Lines that are their own keys. They have runs of their own.
   * @param least so many bytes there will be at least
   */
  addLines(lines: Lines, expected: number, least: number): void {
    const { work } = this.#surroundings.store;
    this.#expected = expected;
    this.#spills ||= least > this.#room;
    const most = expected < this.#room ? Math.min(work, mostLines) : work;
    this.#lines ??= HeldLines.of(Math.min(expected, most));
    this.#lines.add(lines);
    if (this.#lines.held > most) this.#flushLines(this.#lines);
  }

  finish(): { segment: Segment; frames: FrameEntry[] } {
    if (this.#rows.length > 0) this.#flush();
    if (this.#lines !== undefined && this.#lines.count > 0) this.#flushLines(this.#lines);
    this.#lines?.end();
    const segment = this.#writer.finish();
    const frames: FrameEntry[] = [];
    // Frames of a run follow each other, in as many stretches as there were.
    const places = segment.runs.map(stretches);
    for (const { bytes, ...entry } of this.#entries)
      frames.push({ ...entry, offset: places[entry.run]!(bytes), length: bytes });
    return { segment, frames };
  }

  #flush(): void {
    const keys = this.#keys;
    const rows = this.#rows;
    const order = argsort(keys, this.#sort.descending);
    const run = this.#run++;
    const weight = Math.max(1, Math.floor(order.length / sampledKeys));
    const frameRows = this.#frameRows(order.length, this.#weigher.bytes);
    for (let at = 0; at < order.length; at += frameRows) {
      const end = Math.min(order.length, at + frameRows);
      const frame = new Array<unknown>(end - at);
      for (let i = at; i < end; i++) {
        const row = order[i]!;
        frame[i - at] = this.#storesKeys ? [keys[row], rows[row]] : rows[row];
      }
      const bytes = this.#writer.putFrame(run, frame, this.#storesKeys);
      this.#enter(run, at, end, weight, bytes, (i) => keys[order[i]!]);
    }
    this.#keys = [];
    this.#rows = [];
    this.#weigher.clear();
  }

  #flushLines(lines: HeldLines): void {
    const { count } = lines;
    lines.sort(this.#sort.descending);
    const times = Math.max(1, this.#expected / (lines.bytes + count));
    const weight = Math.max(1, Math.floor((count * times) / sampledKeys));
    const run = this.#run++;
    const frameRows = this.#frameRows(count, lines.held);
    let at = 0;
    const put = (bytes: Uint8Array, frames: readonly LaidFrame[]): void => {
      const from = at;
      for (const { rows, length } of frames) {
        this.#enter(run, at, at + rows, weight, length, (i) => lines.at(i));
        at += rows;
      }
      const checksums = frames.map(({ checksum }) => checksum);
      this.#writer.putFrames(run, bytes, at - from, checksums, this.#spills);
    };
    this.#spills ||= lines.bytes > this.#room;
    if (this.#spills) lines.layOutInPieces(frameRows, put);
    else {
      const { bytes, frames } = lines.layOut(frameRows, (bytes) => this.#arena.take(bytes, times));
      put(bytes, frames);
    }
    lines.clear();
  }

  #frameRows(rows: number, bytes: number): number {
    const fitting = Math.floor((this.#surroundings.store.work * rows) / framesInWork / bytes);
    return Math.max(fewestFrameRows, Math.min(mostFrameRows, fitting));
  }

  /** Enters a frame of the rows `from` to `to` of a run. */
  #enter(
    run: number,
    from: number,
    to: number,
    weight: number,
    bytes: number,
    keyAt: (place: number) => unknown,
  ): void {
    const sample: unknown[] = [];
    for (let i = Math.ceil(from / weight) * weight; i < to; i += weight) sample.push(keyAt(i));
    const [first, last] = [{ key: keyAt(from) }, { key: keyAt(to - 1) }];
    this.#entries.push({ run, first, last, sample, weight, rows: to - from, bytes });
  }
}

/** All rows of an input in order, sorted by way of files where there are too many for memory. */
export function sorted(
  input: Batches,
  sort: SortSpec,
  keyOf: (row: unknown) => unknown,
  surroundings: Surroundings,
): Batches {
  const writer = new RunWriter(sort, surroundings, surroundings.store.work, surroundings.scratchFile('sort'));
  const add = (rows: unknown[]): void => {
    for (const row of rows) writer.add(keyOf(row), row);
  };
  return afterAll(input, add, () => {
    const { segment } = writer.finish();
    surroundings.spilled(segment);
    const parts = segment.partitions.map((run) => partOf(segment, -1, -1, run, true));
    return merged(parts, sort, undefined, undefined, keyOf, surroundings);
  });
}

/** The rows of sorted runs in order, of those keys that lie within the bounds. Each part is one run. */
export function merged(
  parts: readonly Part[],
  sort: SortSpec,
  low: Bound | undefined,
  high: Bound | undefined,
  keyOf: (row: unknown) => unknown,
  surroundings: Surroundings,
): Batches {
  const chunk = chunkOf(parts, surroundings);
  const readers = parts.map((part) => new RunReader(surroundings.reader(part, chunk), sort.keyed, keyOf, low, high));
  const close = (): void => {
    for (const reader of readers) reader.close();
  };
  return lazily({ close }, () => {
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    if (bytes <= surroundings.store.work) return atOnce(readers, sort.descending);
    const merging = mergeRuns(
      readers.map((reader) => iterated(reader)),
      sort.descending,
      batchRows,
    );
    return ofArrays(rowsOfMerged(merging), close);
  });
}

/** Bytes that are read of each run at a time. */
export function chunkOf(parts: readonly Part[], { store }: Surroundings): number {
  return Math.max(leastChunk, Math.min(mostChunk, Math.floor(store.work / (parts.length + 1))));
}

function* iterated(reader: RunReader): Generator<RunBatch<unknown>> {
  for (let batch = reader.next(); batch !== undefined; batch = reader.next()) yield batch;
}

function* rowsOfMerged(merging: Iterable<{ rows: unknown[] }>): Generator<unknown[]> {
  for (const { rows } of merging) yield rows;
}

/** All in memory: sorted anew, which is faster than merging. */
function atOnce(readers: readonly RunReader[], descending: boolean): Batches {
  const keys: unknown[] = [];
  const rows: unknown[] = [];
  for (const reader of readers) {
    for (let batch = reader.next(); batch !== undefined; batch = reader.next()) {
      for (let i = 0; i < batch.keys.length; i++) {
        keys.push(batch.keys[i]);
        rows.push(batch.rows[i]);
      }
    }
  }
  if (readers.length === 1) return ofRows(rows);
  const order = argsort(keys, descending);
  const sorted = new Array<unknown>(rows.length);
  for (let i = 0; i < sorted.length; i++) sorted[i] = rows[order[i]!];
  return ofRows(sorted);
}

/** Reads what lies within bounds of a run. */
class RunReader {
  readonly #reader: PartReader;
  readonly #keyed: Keyed;
  readonly #keyOf: (row: unknown) => unknown;
  readonly #low: Bound | undefined;
  readonly #high: Bound | undefined;

  constructor(
    reader: PartReader,
    keyed: Keyed,
    keyOf: (row: unknown) => unknown,
    low: Bound | undefined,
    high: Bound | undefined,
  ) {
    this.#reader = reader;
    this.#keyed = keyed;
    this.#keyOf = keyOf;
    this.#low = low;
    this.#high = high;
  }

  next(): { keys: unknown[]; rows: unknown[] } | undefined {
    for (;;) {
      const frame = this.#reader.next();
      if (frame === undefined) return undefined;
      const stored = storesKeys(this.#keyed);
      const keys = stored ? frame.map((pair) => (pair as [unknown, unknown])[0]) : frame.map(this.#keyOf);
      const rows = stored ? frame.map((pair) => (pair as [unknown, unknown])[1]) : frame;
      const batch = this.#within(keys, rows);
      if (batch.keys.length > 0) return batch;
    }
  }

  close(): void {
    this.#reader.close();
  }

  #within(keys: unknown[], rows: unknown[]): { keys: unknown[]; rows: unknown[] } {
    const low = this.#low;
    const high = this.#high;
    const inside = (key: unknown): boolean =>
      (low === undefined || compareKeys(key, low.key) >= 0) && (high === undefined || compareKeys(key, high.key) < 0);
    // Sorted, so that the ends tell for all.
    if (keys.length === 0 || (inside(keys[0]) && inside(keys[keys.length - 1]))) return { keys, rows };
    const kept = { keys: [] as unknown[], rows: [] as unknown[] };
    for (let i = 0; i < keys.length; i++) {
      if (!inside(keys[i])) continue;
      kept.keys.push(keys[i]);
      kept.rows.push(rows[i]);
    }
    return kept;
  }
}
