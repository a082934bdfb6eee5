/** When a failing item is tried again. A number is `{ times }`. */
export interface RetryPolicy {
  /** How often an item is tried again after an error of the function, at most. */
  readonly times: number;
  /** Wait before the first try again, in ms; doubled for each further one. Default 0. */
  readonly delayMs?: number;
  /** Whether this error is worth another try. Default: every error is. */
  readonly when?: (error: unknown, attempt: number) => boolean;
}

/** Delay before trying again what has failed `failures` times (from 1), in ms; `undefined` for no further try. Throws what `when` throws. */
export function retryDelay(policy: RetryPolicy | undefined, error: unknown, failures: number): number | undefined {
  if (policy === undefined || failures > policy.times) return undefined;
  if (policy.when !== undefined && !policy.when(error, failures)) return undefined;
  return (policy.delayMs ?? 0) * 2 ** (failures - 1);
}
