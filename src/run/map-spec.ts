/** What a map is asked to do, and whom it tells. */
import type { Engine, JobSpec } from '../engine/engine.js';
import type { ValueError } from '../errors.js';
import type { Caller } from './caller.js';
import type { Cost } from './chunking.js';
import type { Room } from './direct.js';
import type { HereEngine } from './here-rows.js';
import type { Piece } from './piece.js';
import type { RetryPolicy } from './retry.js';

export interface MapSpec {
  readonly engine: Engine;
  readonly job: JobSpec;
  readonly items: Iterable<unknown> | AsyncIterable<unknown>;
  readonly label: string;
  readonly cost: Cost;
  readonly chunkSize: number | undefined;
  readonly retries: RetryPolicy | undefined;
  readonly costOf: ((item: unknown) => number) | undefined; // rows with a larger cost run first; needs the whole input
  readonly transfer: readonly object[] | ((item: unknown) => readonly object[]) | undefined; // moved to the worker, not copied
  readonly words?: ((index: number) => string) | undefined; // for messages, where items are not the user's
  readonly partitionOf?: (item: unknown) => number | undefined; // of a dataset: what an item, a task, makes
  readonly preferOf?: ((item: unknown) => readonly number[] | undefined) | undefined; // see `Task.prefer`
  readonly caller: Caller;
  readonly here: { readonly engine: HereEngine; readonly always: boolean } | undefined; // the caller's thread; `always`: does all
}

export interface MapHooks {
  succeeded(piece: Piece, results: ArrayLike<unknown>, refuse: (row: number, error: ValueError) => void): void;
  failed(index: number, error: unknown): void;
  /** The job cannot go on: the input threw, or the engine failed. */
  broken(error: unknown): void;
  /** Every row has succeeded or failed, or what ran when the map was halted is over. */
  finished(): void;
  /** Failing rows do not end the job. */
  keepGoing(): boolean;
  /** Lots of results that nobody has taken yet; `undefined` where results are kept. */
  held(): number | undefined;
  /** Where results that are numbers may be put by whoever says so by `filled`. */
  room?(): Room | undefined;
  filled?(from: number, to: number): void;
}
