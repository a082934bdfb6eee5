import { fileURLToPath } from 'node:url';
import type { Contender, Role, Session } from '../case.js';
import type { Argument, Result, TaskName } from '../tasks.js';

/** What every pool but Sheaf's is reduced to: a call of a function that its worker file has under a name. */
export interface PeerPool {
  /** @param transfer Buffers to move to the worker instead of copying them. */
  call<T extends TaskName>(task: T, argument: Argument<T>, transfer?: readonly ArrayBuffer[]): Promise<Result<T>>;
  /** The library's own map over many arguments, where it has one. */
  map?<T extends TaskName>(task: T, args: readonly Argument<T>[]): Promise<Result<T>[]>;
  close(): Promise<void>;
}

/** A pool, or a setting of one, that takes part in the workloads. */
export interface Peer {
  readonly name: string;
  readonly family: string;
  readonly role: Role;
  /** The module that a program imports to use it. */
  readonly library: string;
  /** Imports it. What it resolves to opens a pool of two workers, and does not wait for them. */
  load(): Promise<() => PeerPool>;
}

/** The path of a worker's file, which lies beside this folder. */
export const workerFile = (name: string): string => fileURLToPath(new URL(`../workers/${name}.js`, import.meta.url));

/** How a workload is done with a peer. */
export interface PeerUse<Input, Output> {
  /** Told apart from other uses of the same pool by this, where there are several. */
  readonly suffix?: string;
  prepare?(input: Input): Input;
  run(pool: PeerPool, input: Input): Promise<Output>;
}

/** One contender for each of the peers, all used alike. */
export function usePeers<Input, Output>(
  peers: readonly Peer[],
  use: PeerUse<Input, Output>,
): Contender<Input, Output>[] {
  return peers.map((peer) => ({
    name: use.suffix === undefined ? peer.name : `${peer.name}, ${use.suffix}`,
    family: peer.family,
    role: peer.role,
    async open(): Promise<Session<Input, Output>> {
      const openPool = await peer.load();
      const pool = openPool();
      return {
        ...(use.prepare && { prepare: use.prepare }),
        run: (input) => use.run(pool, input),
        close: () => pool.close(),
      };
    },
  }));
}
