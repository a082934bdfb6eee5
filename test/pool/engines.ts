/** Pools of every kind, by name: scripts are told which to open. */
import { inline, type PoolOptions } from 'sheaf';

export const kinds = ['threads', 'processes', 'inline'] as const;
export type Kind = (typeof kinds)[number];

export function optionsOf(kind: Kind, workers = 2): PoolOptions {
  if (kind === 'inline') return { engine: inline() };
  return { workers, isolation: kind === 'threads' ? 'thread' : 'process' };
}
