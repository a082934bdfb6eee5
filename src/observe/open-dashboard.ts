import type { Observed } from './announce.js';

/** Options of `engine.dashboard()`. */
export interface DashboardOptions {
  /** The port it is served on, of this machine alone. Default: a free one. */
  readonly port?: number | undefined;
}

/** A page that shows what an engine does. */
export interface Dashboard {
  /** Its address, on this machine only. It holds the token that opens the page: who has it sees labels, items that failed and stacks. */
  readonly url: string;
  /** Stops serving it. */
  close(): Promise<void>;
  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens the page of an engine. */
export async function openDashboard(engine: Observed, options: DashboardOptions = {}): Promise<Dashboard> {
  const { port = 0 } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`port must be a whole number from 0 to 65535, not ${String(port)}.`);
  const { serveEngine } = await import('../dashboard/index.js');
  return await serveEngine(engine, port);
}
