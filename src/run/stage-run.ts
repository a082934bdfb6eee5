/** What is to be run of one stage, and who takes what it gives. */
import type { Flow } from '../plan/flow.js';
import type { Done, FinalOutput } from './action.js';
import type { Stored } from './stored.js';

/** A stage to run: all of its partitions, or some. */
export interface StageRun {
  readonly name: string;
  readonly flow: Flow;
  readonly output: FinalOutput;
  readonly partitions: readonly number[];
  /** Gets what each task gives, in any order; of a partition that is made again, the last counts. */
  take(result: Done): void;
  readonly writes: Stored | undefined;
  /** Why its partition is made again. */
  readonly lost?: LostResult | undefined;
  readonly loop?: Loop | undefined;
  /** Gets a function to call when a result has been taken. */
  running?: ((more: () => void) => void) | undefined;
}

/** A partition whose result was damaged after it had been taken. */
export interface LostResult {
  readonly partition: number;
  readonly reason: string;
}

/** Somebody takes the results one after the other, in the order of `partitions`: they cannot be called back. */
export interface Loop {
  /** Results that have not been taken yet. */
  held(): number;
  /** Of which try at what the stage reads the results are, since there are some. */
  changes: number | undefined;
}
