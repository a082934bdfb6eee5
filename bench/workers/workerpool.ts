import { Transfer, worker } from 'workerpool';
import { makeTasks } from '../tasks.js';

worker(makeTasks((xs) => new Transfer(xs, [xs.buffer])));
