import type { WorkerExit } from '../../errors.js';
import type { Claims } from '../../worker/claims.js';
import type { FromWorker, ToWorker } from '../../worker/protocol.js';

/** The way to one worker. What it carries is the same whatever the worker is: a thread, a process, or this very thread. */
export interface Channel {
  /** Present where driver and worker share memory. */
  readonly claims: Claims | undefined;
  /** Never blocks, never throws; what cannot be delivered is lost with the worker, whose exit is then reported. */
  send(message: ToWorker): void;
  /** Ends the worker at once, whatever it does. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ChannelEvents {
  message(message: FromWorker): void;
  /** Exactly once, after the last message. */
  exit(exit: WorkerExit): void;
}

/** Starts a worker. */
export type Connect = (worker: number, events: ChannelEvents) => Channel;

/** Memory limits of one worker, as of `worker_threads`. Sizes in MiB. */
export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number;
  readonly maxYoungGenerationSizeMb?: number;
  readonly codeRangeSizeMb?: number;
  readonly stackSizeMb?: number;
}
