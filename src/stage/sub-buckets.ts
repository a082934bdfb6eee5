/** Rows of a partition that are too many for memory, split by key into files that are worked on one after the other. */
import { partOf, placeOf, type Segment } from '../exchange/segment.js';
import type { SegmentWriter } from '../exchange/writer.js';
import { hashKey } from '../partition/keys.js';
import type { Batches } from './batches.js';
import type { Surroundings } from './surroundings.js';

/** Files of one split. */
export const subBuckets = 32;
/** Splits of splits: after so many, the rows of one bucket have keys alike, and splitting does not help. */
export const deepest = 4;

export class SubBuckets {
  readonly #writer: SegmentWriter;
  readonly #level: number;
  readonly #surroundings: Surroundings;
  #segment: Segment | undefined;

  /** @param pairs rows are arrays of which nothing but their first two items is asked for again */
  constructor(surroundings: Surroundings, level: number, pairs = false) {
    this.#surroundings = surroundings;
    this.#level = level;
    const file = surroundings.scratchFile('split');
    const { work: room } = surroundings.store;
    this.#writer = surroundings.writer({ partitions: subBuckets, room, file, shared: false }, pairs);
  }

  put(key: unknown, row: unknown): void {
    this.#writer.put(bucketOf(key, this.#level), row);
  }

  /** Nothing more comes. */
  finish(): void {
    this.#segment = this.#writer.finish();
    this.#surroundings.spilled(this.#segment);
  }

  bytes(bucket: number): number {
    const at = placeOf(this.#segment!, bucket);
    return at < 0 ? 0 : this.#segment!.bytes[at]!;
  }

  read(bucket: number): Batches {
    const reader = this.#surroundings.reader(partOf(this.#segment!, -1, -1, bucket, true));
    return { next: () => reader.next(), close: () => reader.close() };
  }

  drop(): void {
    if (this.#segment !== undefined) this.#surroundings.dropScratch(this.#segment);
    this.#segment = undefined;
  }
}

/** Another hash at each level, and none that says in which partition a key is. */
function bucketOf(key: unknown, level: number): number {
  let h = hashKey(key) ^ Math.imul(level + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) % subBuckets;
}
