/** What `doctor` found of one thing. */
export interface Finding {
  readonly name: string;
  /** `missing`: optional, and not there. `warning`: works, but not as well as it could. `failed`: needed, or asked for, and does not work. */
  readonly status: 'ok' | 'missing' | 'warning' | 'failed';
  readonly detail: string;
  /** The one command, or step, that mends it. */
  readonly fix?: string | undefined;
}

export interface Check {
  readonly name: string;
  look(): Omit<Finding, 'name'> | Promise<Omit<Finding, 'name'>>;
}

export function bytes(n: number): string {
  return n >= 2 ** 30 ? `${(n / 2 ** 30).toFixed(1)} GiB` : `${Math.round(n / 2 ** 20)} MiB`;
}
