import type { WorkerKind } from '../../observe/events.js';
import type { Allocation } from '../../schedule/policy.js';
import type { StorageOptions } from '../storage.js';
import type { Connect } from './channel.js';

export interface LocalEngineOptions {
  readonly workers: number;
  readonly allocation: Allocation;
  readonly graceMs: number;
  readonly maxTasksPerWorker: number | undefined;
  /** Bound for a kind stop of the workers when the engine closes, in ms. */
  readonly closeMs: number;
  readonly connect: Connect;
  /** What its workers are, for events. */
  readonly is: WorkerKind;
  readonly sharesMemory: boolean;
  readonly clones: boolean;
  readonly storage: StorageOptions;
}
