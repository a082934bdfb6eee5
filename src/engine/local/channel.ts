import type { WorkerExit } from '../../errors.js';
import type { Claims } from '../../worker/claims.js';
import type { FromWorker, QuickAnswer, QuickMessage, ToWorker } from '../../worker/protocol.js';

/** The way to one worker. What it carries is the same whatever the worker is: a thread, a process, or this very thread. */
export interface Channel {
  /** Present where driver and worker share memory. */
  readonly claims: Claims | undefined;
  /** What a worker that is a process noted of the task that it ran; absent elsewhere, and where no file can be made for it. */
  readonly marks: { read(): { readonly claim: number; readonly row: number } | undefined } | undefined;
  /** Of a worker that is a process. */
  readonly pid?: number | undefined;
  /**
   * Never blocks. What a dying worker does not get is lost with it, and its exit is then reported.
   * Throws for a message that no channel could carry, such as one that is too large.
   */
  send(message: ToWorker): void;
  /** Whether the worker has been told of a job, by its number. */
  knows(job: number): boolean;
  /** The least message that can carry a call: the task's id, its claim, the number of its job, then its arguments, all primitives. */
  quick(call: QuickMessage): void;
  /** Ends the worker at once, whatever it does. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ChannelEvents {
  message(message: FromWorker): void;
  /** A call that was sent by `quick` gave a primitive. */
  answer(answer: QuickAnswer): void;
  /** Exactly once, after the last message. */
  exit(exit: WorkerExit): void;
}

/** Starts a worker. */
export type Connect = (worker: number, events: ChannelEvents) => Channel;

/** Memory limits of one worker, as of `worker_threads`. Sizes in MiB. */
export interface ResourceLimits {
  /** The heap, in MiB. A worker that needs more is lost (`memory`). */
  readonly maxOldGenerationSizeMb?: number;
  /** The part of the heap for what was made lately, in MiB. */
  readonly maxYoungGenerationSizeMb?: number;
  /** Memory for generated code, in MiB. */
  readonly codeRangeSizeMb?: number;
  /** The stack, in MiB: how deep functions may call each other. */
  readonly stackSizeMb?: number;
}
