/** The contract's subject most of its files are about, each in a way of its own. */
import type { PoolOptions } from 'sheaf';
import type { EngineOptions, EngineTraits } from './subject.js';

export const twoThreads = (options: EngineOptions): PoolOptions => ({ workers: 2, ...options });

export const threadTraits: EngineTraits = {
  parallel: true,
  losesWorkers: true,
  interruptsLoops: true,
  processes: 'workers are threads of the driver’s process',
  limitsMemory: true,
  renewsWorkers: true,
  sharesMemory: true,
};
