/** What an exchange holds in one action (or, where it lasts, in all of them): the segments that its tasks have left. */
import { fewestGathered, Gathered } from '../exchange/gathered.js';
import { type Part, partOf, rowsIn, type Segment, stretchesOf, travelling } from '../exchange/segment.js';
import { boundsOf } from '../partition/bounds.js';
import { compareKeys } from '../partition/keys.js';
import { RangePartitioner } from '../partition/range.js';
import type { Exchange } from '../plan/flow.js';
import type { Bound, FrameEntry, TaskResult } from '../stage/spec.js';
import { saveCheckpoint } from './checkpoint.js';
import { dropSegment, isThere, type Store } from './store.js';

let ids = 0;

export class Stored {
  readonly id = ids++;
  readonly exchange: Exchange;
  readonly #store: Store;
  readonly #segments: (Segment | undefined)[];
  readonly #frames: (readonly FrameEntry[] | undefined)[];
  #bounds: readonly unknown[] | undefined;
  #byRange: RunFrames[][] | undefined;
  #offsets: number[] | undefined;
  #byTarget: readonly (readonly number[] | undefined)[] | undefined;
  #folder: string | undefined;
  /** How often it has been dropped as a whole. */
  #releases = 0;
  readonly #memory: Gathered | undefined;
  readonly #workers = new Map<number, number>();
  /** Of the segments as they were first made. */
  readonly #digests: (number | undefined)[];
  #absent: number;
  #era: number | undefined;
  /** How often a segment turned out to be another than the first time. */
  changes = 0;
  /** The run that makes what is missing. */
  making: Promise<void> | undefined;
  /** Stages that will still read it. */
  readers = 0;

  constructor(exchange: Exchange, store: Store, partitions: number) {
    this.exchange = exchange;
    this.#store = store;
    this.#era = store.storage.objects?.era;
    if (exchange.lasting === undefined && partitions >= fewestGathered) this.#memory = new Gathered();
    this.#segments = new Array(partitions).fill(undefined);
    this.#frames = new Array(partitions).fill(undefined);
    this.#digests = new Array(partitions).fill(undefined);
    for (const [partition, segment] of (exchange.kept ?? []).entries()) this.#segments[partition] = segment;
    this.#absent = this.missing().length;
  }

  /** Where files of what lasts lie until the process ends. */
  folderIn(store: Store): string {
    this.#folder ??= store.folder();
    return this.#folder;
  }

  /** All that was missing has been made. */
  made(): void {
    const { lasting } = this.exchange;
    if (typeof lasting !== 'object') return;
    const saved = saveCheckpoint(lasting.dir, lasting.plan, this.#segments as Segment[]);
    for (const [partition, segment] of saved.entries()) this.#segments[partition] = segment;
  }

  get name(): string {
    return `x${this.id}`;
  }

  /** A name for what a try may leave in the engine's own store, if it has one. */
  objectFor(attempt: string): string | undefined {
    const isElsewhere = typeof this.exchange.lasting === 'object';
    return this.#store.storage.objects === undefined || isElsewhere ? undefined : `${this.#group}/${attempt}`;
  }

  /** The names of objects of it begin so. What a try before it was dropped leaves has other names. */
  get #group(): string {
    return `${this.name}-${this.#releases}`;
  }

  /** Partitions of the stage that writes. */
  get partitions(): number {
    return this.#segments.length;
  }

  /** There is something of every partition. */
  get isWhole(): boolean {
    this.#dropPast();
    return this.#absent === 0;
  }

  /** Partitions of which there is nothing. */
  missing(): number[] {
    return [...this.#segments.keys()].filter((partition) => this.#segments[partition] === undefined);
  }

  put(result: TaskResult & { readonly kind: 'done' }): void {
    this.#dropPast();
    const { partition, frames } = result;
    const segment = this.#memory?.take(result.segment) ?? result.segment;
    this.#drop(partition);
    this.#absent--;
    this.#segments[partition] = segment;
    this.#frames[partition] = frames;
    this.#store.took(segment);
    const before = this.#digests[partition];
    if (before !== undefined && before !== segment.digest) this.changes++;
    this.#digests[partition] = segment.digest;
    this.#byTarget = undefined;
    this.#byRange = undefined;
  }

  /** A segment is gone or damaged: where its file is gone or cut off, others may be. False if that was known. */
  lose(partition: number): boolean {
    const lost = this.#segments[partition];
    const others = lost === undefined || isThere(lost) ? [] : this.#segments.entries();
    this.#drop(partition);
    for (const [other, segment] of others) if (segment !== undefined && !isThere(segment)) this.#drop(other);
    return lost !== undefined;
  }

  release(): void {
    for (const partition of this.#segments.keys()) this.#drop(partition);
    this.#memory?.clear();
    // Not from under tasks of an action that fills it: what these make is kept, until it is dropped again.
    if (this.#folder !== undefined && this.making === undefined) {
      void this.#store.drop(this.#folder);
      this.#folder = undefined;
    }
    this.#store.storage.objects?.release(this.#group);
    this.#releases++;
  }

  /** What one partition of the next stage reads. */
  parts(partition: number, shared: boolean): Part[] {
    const own = this.exchange.output.kind === 'rows';
    if (own) return [partOf(this.#segmentOf(partition), this.id, partition, 0, shared)];
    const from = this.#froms()[partition] ?? [];
    return from.map((one) => partOf(this.#segmentOf(one), this.id, one, partition, shared));
  }

  /** The name under which workers keep the rows of a partition, as they decode them: what was made again and differs has another. */
  nameOf(partition: number): string {
    return `${this.name}/${partition}/${this.changes}`;
  }

  /** Notes who has made a partition. */
  madeBy({ partition, worker }: { partition: number; worker: number }): void {
    if (this.exchange.lasting === 'cache') this.readBy(partition, worker);
  }

  /** Notes that a worker has a partition at hand. */
  readBy(partition: number, worker: number): void {
    this.#workers.set(partition, worker);
  }

  /** The worker that has a partition at hand. */
  workerOf(partition: number): number | undefined {
    return this.#workers.get(partition);
  }

  /** For each partition that has rows, the segments that have them, in order. */
  #froms(): readonly (readonly number[] | undefined)[] {
    if (this.#byTarget !== undefined) return this.#byTarget;
    const froms: number[][] = [];
    for (let from = 0; from < this.#segments.length; from++)
      for (const partition of this.#segmentOf(from).partitions) {
        const list = froms[partition];
        if (list === undefined) froms[partition] = [from];
        else list.push(from);
      }
    this.#byTarget = froms;
    return froms;
  }

  /** Rows before those of a partition. */
  offset(partition: number): number {
    if (this.#offsets === undefined) {
      this.#offsets = [0];
      for (let i = 0; i < this.#count(); i++) this.#offsets.push(this.#offsets[i]! + this.rows(i));
    }
    return this.#offsets[partition]!;
  }

  rows(partition: number): number {
    if (this.exchange.output.kind === 'rows') return rowsIn(this.#segmentOf(partition));
    return this.parts(partition, true).reduce((sum, part) => sum + part.rows, 0);
  }

  /** Of sorted runs, what lies between the bounds of a partition. */
  runs(partition: number, count: number, shared: boolean): { parts: Part[]; low?: Bound; high?: Bound } {
    const { bounds, frames } = this.#ranges(count);
    const { output } = this.exchange;
    const place = output.kind === 'runs' && output.sort.descending ? count - 1 - partition : partition;
    const low = place === 0 ? undefined : { key: bounds[place - 1] };
    const high = place >= bounds.length ? undefined : { key: bounds[place] };
    const parts = (frames[place] ?? []).map((run) => this.#partOf(run, shared));
    return { parts, ...(low && { low }), ...(high && { high }) };
  }

  /** All runs that one task has left. */
  ownRuns(from: number, shared: boolean): { parts: Part[] } {
    const segment = this.#segmentOf(from);
    return { parts: segment.partitions.map((run) => partOf(segment, this.id, from, run, shared)) };
  }

  bounds(count: number): readonly unknown[] {
    this.#bounds ??= this.#findBounds(count);
    return this.#bounds;
  }

  /** Bounds, which stay when segments are made again, and for each range the frames that have something in it, run by run. */
  #ranges(count: number): Ranges {
    const bounds = this.bounds(count);
    if (this.#byRange !== undefined) return { bounds, frames: this.#byRange };
    const range = new RangePartitioner(bounds, count);
    const byRange: RunFrames[][] = Array.from({ length: count }, () => []);
    for (const [from, frames] of this.#frames.entries()) {
      for (const frame of frames ?? []) {
        const [least, most] = order(frame);
        for (let place = range.partitionOf(least); place <= range.partitionOf(most); place++) {
          const last = byRange[place]!.at(-1);
          if (last?.from === from && last.run === frame.run) last.frames.push(frame);
          else byRange[place]!.push({ from, run: frame.run, frames: [frame] });
        }
      }
    }
    this.#byRange = byRange;
    return { bounds, frames: byRange };
  }

  #partOf({ from, frames }: RunFrames, shared: boolean): Part {
    const { place } = this.#segmentOf(from);
    const rows = frames.reduce((sum, frame) => sum + frame.rows, 0);
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    return travelling({ exchange: this.id, from, place, runs: stretchesOf(frames), rows, bytes }, shared);
  }

  #findBounds(count: number): readonly unknown[] {
    const sample: unknown[] = [];
    const weights: number[] = [];
    for (const frames of this.#frames) {
      for (const frame of frames ?? []) {
        for (const key of frame.sample) {
          sample.push(key);
          weights.push(frame.weight);
        }
      }
    }
    return sample.length === 0 ? [] : boundsOf(sample, count, weights);
  }

  #count(): number {
    return this.exchange.output.kind === 'rows' ? this.#segments.length : (this.exchange.count ?? 0);
  }

  #segmentOf(partition: number): Segment {
    const segment = this.#segments[partition];
    if (segment === undefined) throw new RangeError(`${this.name} has nothing of partition ${partition}.`);
    return segment;
  }

  /** What was left in the engine's own store, before all there was lost. */
  #dropPast(): void {
    const era = this.#store.storage.objects?.era;
    if (era === this.#era) return;
    this.#era = era;
    for (const [partition, segment] of this.#segments.entries())
      if (segment !== undefined && 'object' in segment.place) this.#drop(partition);
  }

  #drop(partition: number): void {
    const segment = this.#segments[partition];
    if (segment === undefined) return;
    this.#absent++;
    this.#segments[partition] = undefined;
    this.#frames[partition] = undefined;
    this.#offsets = undefined;
    this.#byTarget = undefined;
    this.#byRange = undefined;
    dropSegment(segment, this.#store);
  }
}

/** Frames of one run. */
interface RunFrames {
  readonly from: number;
  readonly run: number;
  readonly frames: FrameEntry[];
}

interface Ranges {
  readonly bounds: readonly unknown[];
  readonly frames: readonly (readonly RunFrames[])[];
}

/** The least and the greatest key of a frame, whichever way it is sorted. */
function order({ first, last }: FrameEntry): readonly [unknown, unknown] {
  return compareKeys(first.key, last.key) <= 0 ? [first.key, last.key] : [last.key, first.key];
}
