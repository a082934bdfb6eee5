/** Which worker of an engine ran a query last: it has DuckDB loaded, and may have a database open. */
import type { Engine } from '../engine/engine.js';
import { type Flow, sourcesOf } from '../plan/flow.js';

const lastOf = new WeakMap<Engine, number>();

export function readsSql(flow: Flow): boolean {
  return sourcesOf(flow).some((one) => one.kind === 'files' && one.source.format === 'sql');
}

export function ranQuery(engine: Engine, worker: number): void {
  lastOf.set(engine, worker);
}

/** The worker to send queries to, for all tasks of a stage. */
export function queryWorkers(engine: Engine): () => number[] | undefined {
  return () => {
    const last = lastOf.get(engine);
    return last === undefined ? undefined : [last];
  };
}
