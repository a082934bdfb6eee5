import { FixedThreadPool } from 'poolifier';
import { WORKERS } from '../case.js';
import type { Argument, Result, TaskName } from '../tasks.js';
import { type PeerPool, workerFile } from './peer.js';

export function open(): PeerPool {
  const pool = new FixedThreadPool(WORKERS, workerFile('poolifier'));
  return {
    call: <T extends TaskName>(name: T, argument: Argument<T>, transferList?: readonly ArrayBuffer[]) =>
      pool.execute(argument, name, undefined, transferList) as Promise<Result<T>>,
    map: <T extends TaskName>(name: T, args: readonly Argument<T>[]) =>
      pool.mapExecute(args, name) as Promise<Result<T>[]>,
    close: () => pool.destroy(),
  };
}
