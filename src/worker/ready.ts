import type { JobMessage } from './protocol.js';

/** A job of which a single call can run at once. */
export interface Ready {
  readonly job: JobMessage;
  readonly f: (...args: unknown[]) => unknown;
  readonly setup: unknown;
  /** Calls after this one may have the same, as long as the runner has nothing else to do. */
  readonly again: boolean;
}
