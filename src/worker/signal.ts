import { setMaxListeners } from 'node:events';
import type { Claims } from './claims.js';
import type { AbortReason } from './protocol.js';

/** A task's abort signal, made only when the function asks for it. */
export class TaskAbort {
  readonly #claims: Claims | undefined;
  readonly #claim: number;
  #controller: AbortController | undefined;
  #reason: AbortReason | undefined;

  constructor(claims: Claims | undefined, claim: number) {
    this.#claims = claims;
    this.#claim = claim;
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    const { signal } = controller;
    setMaxListeners(0, signal); // each row of a task may listen
    if (this.#reason !== undefined) controller.abort(this.#error());
    // A function that computes without giving way hears no message, but it may poll. The shared word reaches it there.
    else if (this.#claims !== undefined) {
      const native = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;
      Object.defineProperty(signal, 'aborted', {
        configurable: true,
        get: () => {
          if (!native.call(signal) && this.#claims!.abortAsked(this.#claim)) controller.abort(this.#error());
          return native.call(signal);
        },
      });
      Object.defineProperty(signal, 'throwIfAborted', {
        configurable: true,
        value: () => {
          if (signal.aborted) throw signal.reason;
        },
      });
    }
    return signal;
  }

  abort(reason: AbortReason): void {
    this.#reason = reason;
    this.#controller?.abort(this.#error());
  }

  #error(): DOMException {
    return this.#reason === 'timeout'
      ? new DOMException('The item ran longer than its timeoutMs.', 'TimeoutError')
      : new DOMException('The work was cancelled.', 'AbortError');
  }
}
