/** What travels, and how maps and calls use it, with whatever `SHEAF_ENCODER` says: a program, since that is read when Sheaf is loaded. */
import { testEngine } from '../engine.js';

testEngine(
  `threads, values by the encoder for ${process.env.SHEAF_ENCODER}`,
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
  ['map', 'run', 'single calls', 'iteration', 'values', 'errors'],
);
