import type { Block } from '../codec/block.js';

/**
 * The part of a function that is the same at every call: source or module, and what each free variable is. Plain JSON data, cached
 * per function object, sent once to each worker and then named by its hash.
 */
export interface PortableCode {
  /** Content hash of the rest. */
  readonly hash: string;
  readonly [detail: string]: unknown;
}

/** What the runner must know of a function without running it. */
export interface FunctionTraits {
  /** Declared `async` or an async generator, as far as the source tells; a plain function may still return a promise. */
  readonly async: boolean;
  /** Imports more than Node's built-in modules. */
  readonly importsModules: boolean;
  /** Mentions `process` somewhere in its own or captured code. */
  readonly mentionsProcess: boolean;
  /** Captures Sheaf's own `context` function. */
  readonly usesContext: boolean;
  /** Captures something mutable (an object, array, function with state …), so that two calls must not share one instance. */
  readonly stateful: boolean;
}

/** A function ready to travel: its code, and the values its variables had at the time of the call. */
export interface PortableFunction {
  readonly name: string;
  readonly code: PortableCode;
  /** The captured values, encoded afresh at each capture; absent where nothing is captured by value. */
  readonly values?: Block;
  readonly traits: FunctionTraits;
}
