import { local } from 'sheaf';
import { testEngine } from './engine.js';

testEngine('processes', (options) => local({ workers: 2, isolation: 'process', ...options }), {
  parallel: true,
  losesWorkers: true,
  interruptsLoops: true,
  processes: true,
  limitsMemory: true,
  renewsWorkers: true,
  sharesMemory: 'processes have no memory in common',
});
