import { local } from 'sheaf';
import { testDataset } from './suite.js';

testDataset('threads', (options) => local(options), { runs: 10 });
