import type { Pool, PoolOptions } from 'sheaf';
import { type Contender, type Session, WORKERS } from '../case.js';

/** What workers are: `inline` is the calling thread itself. */
type Isolation = NonNullable<PoolOptions['isolation']> | 'inline';

/** How a workload is done with Sheaf. */
export interface SheafUse<Input, Output> {
  /** Told apart from other uses by this, where there are several. */
  readonly suffix?: string;
  readonly isolation?: Isolation;
  prepare?(input: Input): Input | Promise<Input>;
  run(pool: Pool, input: Input): PromiseLike<Output>;
}

/** Imports Sheaf. What it resolves to opens a pool of two workers. */
export async function loadSheaf(isolation: Isolation = 'thread'): Promise<() => Pool> {
  const { inline, Pool } = await import('sheaf');
  return () => new Pool(isolation === 'inline' ? { engine: inline() } : { workers: WORKERS, isolation });
}

export function sheaf<Input, Output>(use: SheafUse<Input, Output>): Contender<Input, Output> {
  return {
    name: use.suffix === undefined ? 'sheaf' : `sheaf, ${use.suffix}`,
    family: 'sheaf',
    role: 'sheaf',
    async open(): Promise<Session<Input, Output>> {
      const openPool = await loadSheaf(use.isolation);
      const pool = openPool();
      return {
        ...(use.prepare && { prepare: use.prepare }),
        run: (input) => use.run(pool, input),
        close: () => pool.close(),
      };
    },
  };
}
