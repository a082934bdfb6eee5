import { setImmediate } from '../../timers.js';
import type { FromWorker, ToWorker } from '../../worker/protocol.js';
import { Runner } from '../../worker/runner.js';
import { transferOf, transferTo } from '../../worker/transfer.js';
import type { Channel, ChannelEvents, Connect } from './channel.js';

/**
 * A worker on the driver's own thread. Everything still travels as bytes and functions are still rebuilt, so what works here works on
 * real workers; but nothing runs at once, and a function that never gives way cannot be interrupted.
 */
export const sameThread: Connect = (worker, events) => new SameThreadChannel(worker, events);

class SameThreadChannel implements Channel {
  readonly claims = undefined;
  readonly marks = undefined;
  readonly #runner: Runner;
  readonly #events: ChannelEvents;
  readonly #inbox: ToWorker[] = [];
  #gone = false;

  constructor(worker: number, events: ChannelEvents) {
    this.#events = events;
    this.#runner = new Runner({
      worker,
      claims: undefined,
      marks: undefined,
      sharesThread: true,
      sharedMemory: true,
      stays: false,
      clones: false, // results are to be encoded here as everywhere
      post: (message) => this.#post(message),
      closed: () => setImmediate(() => this.#exit({ how: 'exited', code: 0 })),
    });
    this.#post({ kind: 'ready' });
  }

  send(message: ToWorker): void {
    const hasInput = message.kind === 'run' || message.kind === 'more';
    const copy = hasInput ? structuredClone(message, { transfer: transferTo(message) ?? [] }) : message;
    this.#inbox.push(copy);
    if (this.#inbox.length === 1) setImmediate(() => this.#deliver());
  }

  knows(): boolean {
    return false; // everything goes the usual way here
  }

  quick(): void {}

  async kill(): Promise<void> {
    this.#runner.abandon();
    this.#exit({ how: 'replaced' });
  }

  #deliver(): void {
    const messages = this.#inbox.splice(0);
    for (const message of messages) if (!this.#gone) this.#runner.receive(message);
  }

  #post(message: FromWorker): void {
    const copy = structuredClone(message, { transfer: transferOf(message) ?? [] });
    setImmediate(() => {
      if (!this.#gone) this.#events.message(copy);
    });
  }

  #exit(exit: { how: 'exited'; code: number } | { how: 'replaced' }): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#events.exit(exit);
  }
}
