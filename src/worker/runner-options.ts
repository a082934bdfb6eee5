import type { Claims } from './claims.js';
import type { Marks } from './marks.js';
import type { FromWorker } from './protocol.js';

/** Where a runner is. */
export interface RunnerOptions {
  readonly worker: number;
  readonly claims: Claims | undefined;
  /** Present where the driver learns from a file what a process died of. */
  readonly marks: Marks | undefined;
  /** Other tasks may run between the turns of this runner's on the same thread, so that each needs a context of its own. */
  readonly sharesThread: boolean;
  /** False where memory cannot be shared with the driver. */
  readonly sharedMemory: boolean;
  /** Messages to the driver are structured clones. */
  readonly clones: boolean;
  /** The driver is on this same thread: what it is told does not travel, and functions that ask for their context are not run. */
  readonly stays: boolean;
  post(message: FromWorker): void;
  /** Everything is done after `close`. */
  closed(): void;
}
