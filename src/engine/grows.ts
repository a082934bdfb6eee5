/** Whether tasks of a job may get more rows while they run, so that all places for calls stay taken. */
export function grows({ concurrency, splits }: { readonly concurrency: number; readonly splits: boolean }): boolean {
  return concurrency > 1 && splits;
}
