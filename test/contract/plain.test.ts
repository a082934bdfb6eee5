import './no-fast-path.js';
import { testEngine } from './engine.js';

testEngine(
  'threads, by no fast path: the general encoder, nothing taken back by claim words, no map on the calling thread',
  (options) => ({ workers: 2, ...options }),
  {
    parallel: true,
    losesWorkers: true,
    interruptsLoops: true,
    processes: 'workers are threads of the driver’s process',
    limitsMemory: true,
    renewsWorkers: true,
    sharesMemory: true,
  },
);
