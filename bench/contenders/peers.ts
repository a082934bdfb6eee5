/** The pools that Sheaf is measured against. Each library is imported only by the process that opens it. */
import type { Peer } from './peer.js';

/** With its linked queue, which its documentation recommends for long queues. */
export const piscina: Peer = {
  name: 'piscina',
  family: 'piscina',
  role: 'pool',
  library: 'piscina',
  load: async () => {
    const { open } = await import('./piscina.js');
    return () => open({ concurrentTasksPerWorker: 1 });
  },
};

/** 16 tasks in a worker at once: fewer waits for a round trip. */
export const piscina16: Peer = {
  ...piscina,
  name: 'piscina-c16',
  load: async () => {
    const { open } = await import('./piscina.js');
    return () => open({ concurrentTasksPerWorker: 16 });
  },
};

export const tinypool: Peer = {
  name: 'tinypool',
  family: 'tinypool',
  role: 'pool',
  library: 'tinypool',
  load: async () => {
    const { open } = await import('./tinypool.js');
    return () => open('worker_threads');
  },
};

export const tinypoolFork: Peer = {
  ...tinypool,
  name: 'tinypool-fork',
  load: async () => {
    const { open } = await import('./tinypool.js');
    return () => open('child_process');
  },
};

export const workerpool: Peer = {
  name: 'workerpool',
  family: 'workerpool',
  role: 'pool',
  library: 'workerpool',
  load: async () => {
    const { open } = await import('./workerpool.js');
    return () => open('thread');
  },
};

export const workerpoolFork: Peer = {
  ...workerpool,
  name: 'workerpool-fork',
  load: async () => {
    const { open } = await import('./workerpool.js');
    return () => open('process');
  },
};

/**
 * Without its queue, tasks being posted at once to the workers in turn: with it and 4,096 tasks, about half of the runs never finished.
 */
export const poolifier: Peer = {
  name: 'poolifier',
  family: 'poolifier',
  role: 'pool',
  library: 'poolifier',
  load: async () => {
    const { open } = await import('./poolifier.js');
    return () => open();
  },
};

/** `worker_threads` by hand: one message each way, one task in flight a worker. */
export const raw: Peer = {
  name: 'raw',
  family: 'raw',
  role: 'reference',
  library: 'node:worker_threads',
  load: async () => {
    const { openThreads } = await import('./raw.js');
    return () => openThreads({ depth: 1 });
  },
};

/** The same with 64 tasks in flight a worker. */
export const raw64: Peer = {
  ...raw,
  name: 'raw-d64',
  load: async () => {
    const { openThreads } = await import('./raw.js');
    return () => openThreads({ depth: 64 });
  },
};

/** `child_process.fork` by hand: one message each way, one task in flight a worker. */
export const rawfork: Peer = {
  name: 'rawfork',
  family: 'rawfork',
  role: 'reference',
  library: 'node:child_process',
  load: async () => {
    const { openProcesses } = await import('./raw.js');
    return () => openProcesses({ depth: 1, serialization: 'advanced' });
  },
};

/** The same with JSON for messages. */
export const rawforkJson: Peer = {
  ...rawfork,
  name: 'rawfork, JSON',
  load: async () => {
    const { openProcesses } = await import('./raw.js');
    return () => openProcesses({ depth: 1, serialization: 'json' });
  },
};

/** The four pools on threads, each with its ordinary settings. */
export const threadPools: readonly Peer[] = [piscina, tinypool, workerpool, poolifier];

/** The pools that run in child processes. */
export const processPools: readonly Peer[] = [tinypoolFork, workerpoolFork];
