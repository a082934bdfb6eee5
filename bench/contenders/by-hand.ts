/** What somebody writes who has two threads and no library: a file of one's own for each workload, and messages. */
import { Worker } from 'node:worker_threads';
import { type Contender, WORKERS } from '../case.js';
import { workerFile } from './peer.js';

/** Two threads of a file, to each of which every task is given; they share its work out by a counter. */
export interface Threads {
  run<Answer>(task: string, argument: unknown): Promise<Answer[]>;
}

export interface ByHandUse<Input, Output> {
  readonly name: string;
  /** The file in `bench/workers`. */
  readonly file: string;
  run(threads: Threads, input: Input): Promise<Output>;
}

export function byHand<Input, Output>(use: ByHandUse<Input, Output>): Contender<Input, Output> {
  return {
    name: use.name,
    family: 'hand',
    role: 'reference',
    open: async () => {
      const workers = Array.from({ length: WORKERS }, () => new Worker(workerFile(use.file)));
      const threads: Threads = {
        run<Answer>(task: string, argument: unknown): Promise<Answer[]> {
          const claims = new Int32Array(new SharedArrayBuffer(4));
          const answers = workers.map(
            (worker) =>
              new Promise<Answer>((resolve, reject) => {
                worker.once('message', resolve);
                worker.once('error', reject);
                worker.postMessage({ task, argument, claims });
              }),
          );
          return Promise.all(answers);
        },
      };
      return {
        run: (input) => use.run(threads, input),
        close: async () => {
          await Promise.all(workers.map((worker) => worker.terminate()));
        },
      };
    },
  };
}
