import { type TaskFunction, ThreadWorker } from 'poolifier';
import { makeTasks } from '../tasks.js';

// poolifier cannot move a result: it is copied.
const tasks = makeTasks((xs) => xs);

export default new ThreadWorker(tasks as unknown as Record<string, TaskFunction<unknown, unknown>>);
