import type { ValueError } from '../../errors.js';
import { describeRefused, type PathStep, refusal, unreadable } from '../refusal.js';

/** Where the writer is, for errors: the item, and the steps to the value in it. */
export class Place {
  /** The item's place in the input; `undefined` for a value that is no item. */
  index: number | undefined;
  depth = 0;
  // Steps past the depth are left from before: cheaper than to take each off again.
  readonly #steps: PathStep[] = [];

  start(index: number | undefined): void {
    this.index = index;
    this.depth = 0;
  }

  /** Lets go of what the steps refer to. */
  clear(): void {
    this.start(undefined);
    this.#steps.length = 0;
  }

  /** Goes down a step. Whoever does comes up again by `depth--`, unless an error is thrown. */
  enter(step: PathStep): void {
    this.#steps[this.depth++] = step;
  }

  refuse(value: unknown, detail?: string): ValueError {
    const isItem = this.index !== undefined && this.depth === 0;
    return refusal(detail ?? describeRefused(value, isItem), this.#steps.slice(0, this.depth), this.index);
  }

  unreadable(cause: unknown): ValueError {
    return unreadable(cause, this.#steps.slice(0, this.depth), this.index);
  }
}
