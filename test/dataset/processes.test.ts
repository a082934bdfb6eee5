import { local } from 'sheaf';
import { testDataset } from './suite.js';

testDataset('processes', (options) => local({ isolation: 'process', ...options }), { runs: 6 });
