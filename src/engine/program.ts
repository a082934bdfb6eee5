/** How a task treats the rows of its input. */
export type Program =
  /** `fn(row, index)` of each row; the output has a row for each. */
  | { readonly kind: 'map' }
  /** `fn(...row)` of each row, or `fn()` where it is `undefined`, or `fn(row)` where `spread` is false; the rows are unrelated calls. */
  | { readonly kind: 'call'; readonly spread: boolean };
