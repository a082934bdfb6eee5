interface Kind {
  readonly job: { readonly timed: boolean; readonly concurrency: number };
  readonly onError: 'stop' | 'continue';
}

/** Whether a row of this task that is late ends alone, while the others that are in flight go on. */
export function endsRowsAlone({ job, onError }: Kind): boolean {
  return job.timed && job.concurrency > 1 && onError === 'continue';
}
