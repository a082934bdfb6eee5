import { Tinypool } from 'tinypool';
import { WORKERS } from '../case.js';
import type { Argument, TaskName } from '../tasks.js';
import { type PeerPool, workerFile } from './peer.js';

export function open(runtime: 'worker_threads' | 'child_process'): PeerPool {
  const pool = new Tinypool({
    filename: workerFile('tinypool'),
    runtime,
    minThreads: WORKERS,
    maxThreads: WORKERS,
    isolateWorkers: false,
    serialization: 'advanced',
  });
  return {
    call: <T extends TaskName>(name: T, argument: Argument<T>, transferList?: readonly ArrayBuffer[]) =>
      pool.run(argument, transferList ? { name, transferList: [...transferList] } : { name }),
    close: () => pool.destroy(),
  };
}
