import { testEngine } from './engine.js';
import { threadTraits, twoThreads } from './two-threads.js';

testEngine('threads', twoThreads, threadTraits);
