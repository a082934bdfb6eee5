import { FixedQueue, Piscina } from 'piscina';
import { WORKERS } from '../case.js';
import type { Argument, Result, TaskName } from '../tasks.js';
import { type PeerPool, workerFile } from './peer.js';

export function open(options: { concurrentTasksPerWorker: number }): PeerPool {
  const pool = new Piscina({
    filename: workerFile('piscina'),
    minThreads: WORKERS,
    maxThreads: WORKERS,
    taskQueue: new FixedQueue(),
    ...options,
  });
  return {
    call: <T extends TaskName>(name: T, argument: Argument<T>, transferList?: readonly ArrayBuffer[]) =>
      pool.run(argument, transferList ? { name, transferList: [...transferList] } : { name }) as Promise<Result<T>>,
    close: () => pool.destroy(),
  };
}
