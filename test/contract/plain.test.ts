import './no-fast-path.js';
import { testEngine } from './engine.js';
import { threadTraits, twoThreads } from './two-threads.js';

testEngine(
  'threads, by no fast path: the general encoder, nothing taken back by claim words, no map on the calling thread',
  twoThreads,
  threadTraits,
);
