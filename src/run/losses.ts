/** How often each result has been lost: what is lost every time is not made for ever. */
import { ExchangeError } from '../errors.js';

/** So often one result may be lost. */
const mostLosses = 20;

export class Losses {
  readonly #of = new Map<string, number>();
  /** Of all results. */
  total = 0;

  /** @param what the result; throws an {@link ExchangeError} if it has been lost too often */
  add(what: string, stage: string, reason: string): void {
    this.total++;
    const times = (this.#of.get(what) ?? 0) + 1;
    this.#of.set(what, times);
    if (times > mostLosses) throw new ExchangeError(`${stage}: what it reads is lost again and again: ${reason}`);
  }
}
