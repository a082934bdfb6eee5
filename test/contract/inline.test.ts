import { inline } from 'sheaf';
import { testEngine } from './engine.js';

const alone = 'the one worker is the driver itself';

testEngine('inline', () => inline(), {
  parallel: alone,
  losesWorkers: alone,
  interruptsLoops: alone,
  processes: alone,
  limitsMemory: alone,
  renewsWorkers: alone,
  sharesMemory: true,
});
