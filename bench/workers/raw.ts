import { parentPort, type TransferListItem } from 'node:worker_threads';
import type { Reply, Request } from '../contenders/raw.js';
import { makeTasks } from '../tasks.js';

/** A result on its way out, with the buffer that goes along. */
class Moved {
  readonly value: Float64Array;
  constructor(value: Float64Array) {
    this.value = value;
  }
}

const port = parentPort!;
const tasks = makeTasks((xs) => new Moved(xs)) as unknown as Record<string, (argument: unknown) => unknown>;

function reply(id: number, result: unknown): void {
  if (result instanceof Moved) {
    port.postMessage([id, result.value] satisfies Reply, [result.value.buffer as TransferListItem]);
  } else {
    port.postMessage([id, result] satisfies Reply);
  }
}

port.on('message', ([id, task, argument]: Request) => {
  const result = tasks[task]!(argument);
  if (result instanceof Promise) result.then((value) => reply(id, value));
  else reply(id, result);
});
