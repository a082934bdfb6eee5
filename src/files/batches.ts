/** A partition's rows, some thousands at a time: who wants more rows pulls them. At once where the source is at hand, else later. */
export interface Batches {
  /** The next rows, never none; `undefined` at the end. */
  next(): unknown[] | undefined | Promise<unknown[] | undefined>;
  /** Gives back what is open, also before the end. */
  close(): void | Promise<void>;
}

/** What `onBadRow` functions get: a row that cannot be read. */
export interface BadRow {
  /** The file, as the glob found it. */
  readonly file: string;
  /** The row's first line in it, counted from 1. */
  readonly line: number;
  /** The row as it stands there. */
  readonly text: string;
  /** Why it cannot be read. */
  readonly error: Error;
}

/** Carries on once something is there: now, where it is no promise. */
export function after<T, U>(value: T | Promise<T>, then: (value: T) => U): U | Promise<U> {
  return value instanceof Promise ? value.then(then) : then(value);
}
