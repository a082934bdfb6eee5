import type { Worker, WorkerOptions } from 'node:worker_threads';
import workerText from 'sheaf:worker';
import type { WorkerExit } from '../../errors.js';
import { Claims } from '../../worker/claims.js';
import type { ThreadData } from '../../worker/main.js';
import type { FromWorker, QuickMessage, ToWorker } from '../../worker/protocol.js';
import { transferTo } from '../../worker/transfer.js';
import { isAnswer, readEnds, TaskWriter } from '../../worker/wire.js';
import type { Channel, ChannelEvents, Connect, ResourceLimits } from './channel.js';
import { added, gone, type Printer } from './last-words.js';

/**
 * Runs the worker's code, which comes in the first message: the thread starts while the code is read. And Node makes a literal of a text
 * that it is to run, which is then read twice.
 */
const start = `((port, { Script }) =>
  port.once('message', ({ code, cachedData }) =>
    new Script(code, { filename: 'sheaf:worker', cachedData }).runInThisContext())
)(process.getBuiltinModule('node:worker_threads').parentPort, process.getBuiltinModule('node:vm'));
//# sourceURL=sheaf:start
`;

let compiled: { readonly code: string; readonly cachedData: Uint8Array } | undefined;

/** The worker's code, and what the engine makes of it, for all threads once, while the first of them starts: there, compiling would take longer. */
function workerCode(): NonNullable<typeof compiled> {
  if (compiled === undefined) {
    const code = workerText();
    const { Script } = process.getBuiltinModule('node:vm');
    compiled = { code, cachedData: new Script(code, { filename: 'sheaf:worker' }).createCachedData() };
  }
  return compiled;
}

/** Workers that are threads of this process. */
export function threads(resourceLimits?: ResourceLimits): Connect {
  return (worker, events) => new ThreadChannel(worker, events, resourceLimits);
}

class ThreadChannel implements Channel, Printer {
  readonly claims = new Claims();
  readonly marks = undefined;
  readonly #thread: Worker;
  readonly #writer: TaskWriter;
  hasRun = false;
  #tellPrinted: (() => void) | undefined;

  constructor(worker: number, events: ChannelEvents, resourceLimits: ResourceLimits | undefined) {
    const workerData: ThreadData = { worker, claims: this.claims.buffer };
    const thread = begun({
      eval: true,
      workerData,
      name: `sheaf-${worker}`,
      ...(resourceLimits && { resourceLimits }),
    });
    this.#thread = thread;
    this.#writer = new TaskWriter(); // read while the thread starts, as the rest of what a first call takes
    let failure: (Error & { code?: string }) | undefined;
    thread.on('message', (wire: unknown) => {
      if (isAnswer(wire)) events.answer(wire);
      else this.#hear(readEnds(wire), events);
    });
    thread.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    thread.on('exit', (code) => {
      gone(this);
      this.#tellPrinted?.();
      events.exit(exitOf(code, failure));
    });
    // The engine keeps the process alive while work is pending, a worker never does. Listening to messages has made it do so.
    thread.unref();
    added(this);
  }

  #hear(message: FromWorker, events: ChannelEvents): void {
    if (message.kind === 'printed') this.#tellPrinted?.();
    else events.message(message);
  }

  printed(): Promise<void> {
    return new Promise((resolve) => {
      this.#tellPrinted = resolve;
      this.send({ kind: 'print' });
    });
  }

  send(message: ToWorker): void {
    if (message.kind === 'run') this.hasRun = true;
    const transfer = transferTo(message);
    const wire = this.#writer.write(message);
    if (transfer === undefined) this.#thread.postMessage(wire);
    else this.#thread.postMessage(wire, transfer);
  }

  knows(job: number): boolean {
    return this.#writer.knows(job);
  }

  quick(call: QuickMessage): void {
    this.hasRun = true;
    this.#thread.postMessage(call);
  }

  async kill(): Promise<void> {
    await this.#thread.terminate();
  }
}

function begun(options: WorkerOptions): Worker {
  // Loaded only here: it is a fifth of what importing Sheaf would cost.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const thread = new Worker(start, options);
  try {
    thread.postMessage(workerCode());
    return thread;
  } catch (error) {
    void thread.terminate();
    throw error;
  }
}

function exitOf(code: number, failure: (Error & { code?: string }) | undefined): WorkerExit {
  if (failure === undefined) return { how: 'exited', code };
  const how = failure.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crashed';
  return { how, code, message: failure.message };
}
