import type { EncodedRow } from '../codec/index.js';
import type { JobSpec, QuickCall } from '../engine/engine.js';
import { type Caller, unknownCaller } from './caller.js';
import { type Settleable, settleable } from './settleable.js';

/** Whose calls they are. */
interface Owner {
  readonly job: JobSpec;
  answered(call: SingleCall, result: unknown): void;
  settled(runUs: number): void;
  asTask(call: SingleCall): ReturnType<QuickCall['asTask']>;
}

/** A call that was sent alone and is no task so far. */
export class SingleCall implements QuickCall {
  readonly #owner: Owner;
  readonly job: JobSpec;
  /** The arguments, copied. */
  readonly row: EncodedRow;
  readonly args: readonly unknown[];
  readonly made: Settleable<unknown> = settleable();
  caller: Caller = unknownCaller;

  constructor(owner: Owner, row: EncodedRow, args: readonly unknown[]) {
    this.#owner = owner;
    this.job = owner.job;
    this.row = row;
    this.args = args;
  }

  calledBy(caller: Caller): void {
    this.caller = caller;
  }

  answered(result: unknown): void {
    this.#owner.answered(this, result);
  }

  settled(runUs: number): void {
    this.#owner.settled(runUs);
  }

  asTask(): ReturnType<QuickCall['asTask']> {
    return this.#owner.asTask(this);
  }
}
