import { inline } from 'sheaf';
import { testDataset } from './suite.js';

testDataset('inline', ({ memory, exchange, scratch }) => inline({ memory, exchange, scratch }), 15);
