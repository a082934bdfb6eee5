/** Start-up: from opening a pool of two to its first result; and, apart from that, importing the library. */
import { type Case, type Contender, type Measured, milliseconds, type Session } from '../case.js';
import type { Peer } from '../contenders/peer.js';
import { processPools, raw, rawfork, threadPools } from '../contenders/peers.js';
import { loadSheaf } from '../contenders/sheaf.js';
import { digestNothing } from '../digest.js';

/** The first result, and what importing took. */
interface Started {
  readonly result: unknown;
  readonly importMs: number;
}

/** What is common to opening a peer and opening Sheaf. */
interface Opened {
  firstResult(): PromiseLike<unknown>;
  close(): Promise<void>;
}

async function start(library: string, load: () => Promise<() => Opened>): Promise<Session<null, Started>> {
  const begun = performance.now();
  await import(library);
  const importMs = performance.now() - begun;
  const open = await load();
  let opened: Opened | undefined;
  return {
    async run() {
      opened = open();
      return { result: await opened.firstResult(), importMs };
    },
    close: async () => opened?.close(),
  };
}

const startPeer = (peer: Peer): Contender<null, Started> => ({
  name: peer.name,
  family: peer.family,
  role: peer.role,
  open: () =>
    start(peer.library, async () => {
      const openPool = await peer.load();
      return () => {
        const pool = openPool();
        return { firstResult: () => pool.call('noop', undefined), close: () => pool.close() };
      };
    }),
});

const startSheaf = (isolation: 'thread' | 'process'): Contender<null, Started> => ({
  name: 'sheaf',
  family: 'sheaf',
  role: 'sheaf',
  open: () =>
    start('sheaf', async () => {
      const openPool = await loadSheaf(isolation);
      return () => {
        const pool = openPool();
        return { firstResult: () => pool.run((): void => {}), close: () => pool.close() };
      };
    }),
});

const threads: Case<null, Started> = {
  id: 'start-up-threads',
  title: 'opening a pool of two until its first result; importing the library',
  size: { full: 1, quick: 1 },
  metrics: [milliseconds('first result'), milliseconds('import')],
  input: () => null,
  warm: () => undefined,
  digest: ({ result }) => digestNothing([result]),
  async measure(session, input): Promise<Measured<Started>> {
    const begun = performance.now();
    const output = await session.run(input);
    return { ms: [performance.now() - begun, output.importMs], output };
  },
  contenders: [startSheaf('thread'), ...[...threadPools, raw].map(startPeer)],
};

const processes: Case<null, Started> = {
  ...threads,
  id: 'start-up-processes',
  title: 'the same, in child processes',
  contenders: [startSheaf('process'), ...[...processPools, rawfork].map(startPeer)],
};

export default [threads, processes];
