/** What an engine's actions have of memory and disk: one for each engine, made at its first action. */
import { statSync, unlinkSync } from 'node:fs';
import type { Engine } from '../engine/engine.js';
import { type Storage, storageOf } from '../engine/storage.js';
import { makeScratch, removeSubfolder, subfolder } from '../exchange/scratch.js';
import type { Segment } from '../exchange/segment.js';

/** Rows that an operator works on at once take about this share of the memory, but no more than `mostWork`. */
const workShare = 16;
const mostWork = 128 * 2 ** 20;
const mostKept = 256 * 2 ** 20;

const stores = new WeakMap<Engine, Store>();

export function storeOf(engine: Engine): Store {
  let store = stores.get(engine);
  if (store === undefined) {
    store = new Store(engine);
    stores.set(engine, store);
  }
  return store;
}

export class Store {
  readonly storage: Storage;
  /** Bytes that an operator may hold at once. The same on every machine, so that what it gives is. */
  readonly work: number;
  /** Encoded bytes of cached rows that each worker keeps decoded, which takes several times as much. */
  readonly keep: number;
  /** Bytes of exchanged rows that are in memory now. */
  #held = 0;
  #folder: string | undefined;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.storage = storageOf(engine.storage ?? {});
    this.work = Math.max(2 ** 20, Math.min(mostWork, Math.floor(this.storage.memory / workShare)));
    this.keep = Math.min(mostKept, Math.floor(this.storage.memory / (8 * engine.slots)));
  }

  /** A folder for the scratch files of one action. */
  folder(): string {
    this.#folder ??= makeScratch(this.storage.scratch);
    return subfolder(this.#folder);
  }

  /** Bytes of its output that a task may leave in memory. Tasks are sent ahead, so that what is free is shared among them. */
  room(): number {
    if (this.storage.apart) return Infinity;
    if (this.storage.exchange === 'file') return 0;
    const free = this.storage.memory / 2 - this.#held;
    return Math.max(0, Math.floor(free / (this.#engine.slots * 4)));
  }

  took(segment: Segment): void {
    if ('memory' in segment.place) this.#held += segment.place.memory.byteLength;
  }

  gave(segment: Segment): void {
    if ('memory' in segment.place) this.#held -= segment.place.memory.byteLength;
  }

  /** Tasks may be under way that would write there; they cannot any more. Resolves when what is there is gone. */
  drop(folder: string): Promise<void> {
    return removeSubfolder(folder);
  }
}

/** Nobody reads it any more. */
export function dropSegment(segment: Segment, store: Store | undefined): void {
  store?.gave(segment);
  if (!('file' in segment.place)) return;
  try {
    unlinkSync(segment.place.file);
  } catch {
    // It is lost already.
  }
}

/** Its file, if it has one, is as long as it should be. */
export function isThere({ place, runs }: Segment): boolean {
  if (!('file' in place)) return true;
  let end = 0;
  for (const run of runs) for (let at = 0; at < run.length; at += 2) end = Math.max(end, run[at]! + run[at + 1]!);
  return (statSync(place.file, { throwIfNoEntry: false })?.size ?? -1) >= end;
}
