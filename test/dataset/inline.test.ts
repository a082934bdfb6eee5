import { inline } from 'sheaf';
import { testDataset } from './suite.js';

testDataset('inline', ({ memory, exchange, scratch }) => inline({ memory, exchange, scratch }), {
  runs: 15,
  interrupts: 'the one worker is the driver itself',
});
