/**
 * What a benchmark is made of. A workload is one or more cases; a case has one input and one right answer; each contender computes
 * that answer in its own way, in a process of its own.
 */

/** What a contender stands for in the table. `serial` is the plain loop; its answer is the right one. */
export type Role = 'sheaf' | 'pool' | 'reference' | 'serial';

/** One way of computing a case's answer. */
export interface Contender<Input, Output> {
  /** Unique within the case. */
  readonly name: string;
  /** The library, which `--contenders` selects by. */
  readonly family: string;
  readonly role: Role;
  /** Opens the pool, in the process that measures; imports its library only here. */
  open(): Promise<Session<Input, Output>>;
}

/** An opened contender. */
export interface Session<Input, Output> {
  /** Brings an input into the form in which this contender takes it. Not part of the time. */
  prepare?(input: Input): Input | Promise<Input>;
  run(input: Input): Output | PromiseLike<Output>;
  close(): Promise<void>;
}

/** One quantity that a case measures; what it measures is always a time. */
export interface Metric {
  /** Empty where a case has only one. */
  readonly label: string;
  readonly unit: string;
  /** The time in the unit in which people compare it, which may be a rate. */
  show(ms: number, size: number): number;
}

/** Times in ms, one for each metric of the case, and the answer. */
export interface Measured<Output> {
  readonly ms: readonly number[];
  readonly output: Output;
}

export interface Case<Input, Output> {
  /** The workload and the case, such as `W1-each`. */
  readonly id: string;
  readonly title: string;
  /** How much work: `full` counts, `quick` is for trying. */
  readonly size: { readonly full: number; readonly quick: number };
  readonly metrics: readonly Metric[];
  /** The same input for the same size, in every process. */
  input(size: number): Input;
  /** A small input of the same kind, run once before the clock starts; `undefined` where nothing may run before. */
  warm(): Input | undefined;
  readonly contenders: readonly Contender<Input, Output>[];
  /** A checksum of the answer. */
  digest(output: Output): string;
  /** Times a run; by default from the call of `run` until its promise is fulfilled. */
  measure?(session: Session<Input, Output>, input: Input): Promise<Measured<Output>>;
  /** A time to compare with besides the plain loop: this contender's, times `factor`. */
  readonly bound?: { readonly label: string; readonly contender: string; readonly factor: number };
}

/** A case whose types matter only inside it. */
// biome-ignore lint/suspicious/noExplicitAny: input and output meet only in the case that made them.
export type AnyCase = Case<any, any>;

/** Number of workers of every pool: the two cores that the figures are quoted for. */
export const WORKERS = 2;

/** Number of hand-made chunks for pools that have no map of their own. */
export const CHUNKS = 8;

export const microsecondsEach = (what: string): Metric => ({
  label: '',
  unit: `µs/${what}`,
  show: (ms, size) => (ms * 1000) / size,
});

export const milliseconds = (label = ''): Metric => ({ label, unit: 'ms', show: (ms) => ms });

export const microseconds = (label = ''): Metric => ({ label, unit: 'µs', show: (ms) => ms * 1000 });

export const thousandsPerSecond = (what: string): Metric => ({
  label: '',
  unit: `k ${what}/s`,
  show: (ms, size) => size / ms,
});
