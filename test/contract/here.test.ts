import './always-here.js';
import { testEngine } from './engine.js';
import { threadTraits, twoThreads } from './two-threads.js';

testEngine('threads, maps on the calling thread', twoThreads, threadTraits);
