import { pool as openPool } from 'workerpool';
import { WORKERS } from '../case.js';
import type { Argument, Result, TaskName } from '../tasks.js';
import { type PeerPool, workerFile } from './peer.js';

export function open(workerType: 'thread' | 'process'): PeerPool {
  const pool = openPool(workerFile('workerpool'), {
    workerType,
    minWorkers: WORKERS,
    maxWorkers: WORKERS,
    forkOpts: { serialization: 'advanced' },
  });
  return {
    call: <T extends TaskName>(name: T, argument: Argument<T>, transfer?: readonly ArrayBuffer[]) =>
      pool.exec(name, [argument], transfer && { transfer: [...transfer] }) as unknown as Promise<Result<T>>,
    close: async () => {
      await pool.terminate();
    },
  };
}
