import type { Worker } from 'node:worker_threads';
import workerText from 'sheaf:worker';
import type { WorkerExit } from '../../errors.js';
import { Claims } from '../../worker/claims.js';
import type { ThreadData } from '../../worker/main.js';
import type { QuickMessage, ToWorker } from '../../worker/protocol.js';
import { transferTo } from '../../worker/transfer.js';
import { isAnswer, readEnds, TaskWriter } from '../../worker/wire.js';
import type { Channel, ChannelEvents, Connect, ResourceLimits } from './channel.js';

/** Runs the worker's code, which comes beside it: Node makes a literal of a text that it is to run, which is then read twice. */
const start = `(({ workerData }, vm) => {
  const { code } = workerData;
  delete workerData.code;
  vm.runInThisContext(code, { filename: 'sheaf:worker' });
})(process.getBuiltinModule('node:worker_threads'), process.getBuiltinModule('node:vm'));
//# sourceURL=sheaf:start
`;

/** Workers that are threads of this process. */
export function threads(resourceLimits?: ResourceLimits): Connect {
  return (worker, events) => new ThreadChannel(worker, events, resourceLimits);
}

class ThreadChannel implements Channel {
  readonly claims = new Claims();
  readonly marks = undefined;
  readonly #thread: Worker;
  readonly #writer = new TaskWriter();

  constructor(worker: number, events: ChannelEvents, resourceLimits: ResourceLimits | undefined) {
    const workerData: ThreadData = { worker, claims: this.claims.buffer, code: workerText() };
    // Loaded only here: it is a fifth of what importing Sheaf would cost.
    const threads = process.getBuiltinModule('node:worker_threads');
    const thread = new threads.Worker(start, {
      eval: true,
      workerData,
      name: `sheaf-${worker}`,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#thread = thread;
    let failure: (Error & { code?: string }) | undefined;
    thread.on('message', (wire: unknown) => {
      if (isAnswer(wire)) events.answer(wire);
      else events.message(readEnds(wire));
    });
    thread.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    thread.on('exit', (code) => events.exit(exitOf(code, failure)));
    // The engine keeps the process alive while work is pending, a worker never does. Listening to messages has made it do so.
    thread.unref();
  }

  send(message: ToWorker): void {
    const transfer = transferTo(message);
    const wire = this.#writer.write(message);
    if (transfer === undefined) this.#thread.postMessage(wire);
    else this.#thread.postMessage(wire, transfer);
  }

  knows(job: number): boolean {
    return this.#writer.knows(job);
  }

  quick(call: QuickMessage): void {
    this.#thread.postMessage(call);
  }

  async kill(): Promise<void> {
    await this.#thread.terminate();
  }
}

function exitOf(code: number, failure: (Error & { code?: string }) | undefined): WorkerExit {
  if (failure === undefined) return { how: 'exited', code };
  const how = failure.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crashed';
  return { how, code, message: failure.message };
}
