import type { ProgressSource } from './progress.js';

/** Shows the progress of a job until `signal` is aborted. In the library's own file: code that is carried as text imports nothing at run time. */
export function openProgress(job: ProgressSource, signal: AbortSignal): void {
  void import('./progress.js').then(({ showProgress }) => {
    if (signal.aborted) return;
    const shown = showProgress(job);
    signal.addEventListener('abort', () => shown.stop(), { once: true });
  });
}
