import './always-here.js';
import { testEngine } from './engine.js';

testEngine('threads, maps on the calling thread', (options) => ({ workers: 2, ...options }), {
  parallel: true,
  losesWorkers: true,
  interruptsLoops: true,
  processes: 'workers are threads of the driver’s process',
  limitsMemory: true,
  renewsWorkers: true,
  sharesMemory: true,
});
