/** How a task treats the rows of its input. */
export type Program =
  /** `fn(row, index)` of each row; the output has a row for each. */
  | { readonly kind: 'map' }
  /** `fn(...row)` of each row, or `fn()` where it is `undefined`, or `fn(row)` where `spread` is false; the rows are unrelated calls. */
  | { readonly kind: 'call'; readonly spread: boolean };

/** Whether tasks of a job may get more rows while they run, so that all places for calls stay taken. */
export function grows({ concurrency, splits }: { readonly concurrency: number; readonly splits: boolean }): boolean {
  return concurrency > 1 && splits;
}
