import type { EngineError } from '../../errors.js';
import type { WorkerKind } from '../../observe/events.js';
import type { Allocation } from '../../schedule/policy.js';
import type { EngineStorage } from '../storage.js';
import type { Connect } from './channel.js';

export interface LocalEngineOptions {
  /** As many as there may be at most; may change. */
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
  readonly storage: EngineStorage;
  /** Workers are not on this machine, so that what the way to them takes has to be measured. */
  readonly far?: boolean | undefined;
  /** How far ahead a worker is handed short tasks, in µs, where the way there is longer than to a worker of this machine. */
  readonly aheadUs?: number | undefined;
  /** How far ahead they are handed long ones: see `ScheduleOptions`. */
  readonly oneAhead?: boolean | undefined;
  /** Where workers cannot simply be started. */
  readonly room?: Room | undefined;
}

/** Room for workers that somebody else gives, when he has some. Whoever connects a worker takes a part of it. */
export interface Room {
  attach(hooks: { changed(): void; failed(error: EngineError): void }): void;
  /** Asks for room for so many workers, those that are there included; how many there is room for now. */
  want(workers: number): number;
  /** Workers that have had nothing to do for so long end, so that others can have the room, in ms. */
  readonly idleMs: number;
  /** There is less room than was asked for, but more is expected soon. */
  readonly isComing: boolean;
  /** None is needed any more. */
  end(): void;
}
