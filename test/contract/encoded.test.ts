import './always-encoded.js';
import { testEngine } from './engine.js';

testEngine('threads, every value by the general encoder', (options) => ({ workers: 2, ...options }), {
  parallel: true,
  losesWorkers: true,
  interruptsLoops: true,
  processes: 'workers are threads of the driver’s process',
  limitsMemory: true,
  renewsWorkers: true,
  sharesMemory: true,
});
