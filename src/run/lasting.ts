/** What is kept of a dataset's rows from one action to the next. */
import type { Engine } from '../engine/engine.js';
import type { Exchange } from '../plan/flow.js';
import type { LastingNode } from '../plan/node.js';
import { loadCheckpoint, makeCheckpointFolder } from './checkpoint.js';
import type { Stored } from './stored.js';

export class Lasting {
  readonly #exchanges = new WeakMap<Engine, WeakMap<LastingNode, Exchange>>();
  readonly #stored = new WeakMap<Exchange, Stored>();
  /** Nobody can ask for the rows of a cached dataset that is gone: their memory and files are free. */
  readonly #gone = new FinalizationRegistry<Exchange>((exchange) => this.#stored.get(exchange)?.release());

  /** The exchange behind a node, the same in every action. */
  exchangeOf(engine: Engine, node: LastingNode, make: () => Exchange): Exchange {
    const known = this.#exchanges.get(engine) ?? new WeakMap<LastingNode, Exchange>();
    this.#exchanges.set(engine, known);
    let exchange = known.get(node);
    if (exchange !== undefined) return exchange;
    exchange = make();
    if (node.kind === 'checkpoint') {
      const kept = loadCheckpoint(node.dir, node.input);
      if (kept === undefined) makeCheckpointFolder(node.dir);
      else exchange = { ...exchange, count: kept.length, kept };
    }
    known.set(node, exchange);
    if (node.kind === 'cache') this.#gone.register(node, exchange);
    return exchange;
  }

  /** Its exchange is there, with all that it needs. */
  isKnown(engine: Engine, node: LastingNode): boolean {
    return this.#exchanges.get(engine)?.has(node) === true;
  }

  /** As {@link exchangeOf} for someone who only looks: nothing is kept, and no folder is made. */
  look(engine: Engine, node: LastingNode, make: () => Exchange): Exchange {
    const known = this.#exchanges.get(engine)?.get(node);
    if (known !== undefined) return known;
    const exchange = make();
    if (node.kind === 'cache') return exchange;
    try {
      const kept = loadCheckpoint(node.dir, node.input);
      return kept === undefined ? exchange : { ...exchange, count: kept.length, kept };
    } catch {
      // The action says what is wrong with it.
      return exchange;
    }
  }

  /** All rows of an exchange are kept. */
  isKept(exchange: Exchange): boolean {
    return this.#stored.get(exchange)?.isWhole ?? exchange.kept !== undefined;
  }

  /** Frees what is kept of a node's rows on an engine, until an action makes them again. */
  release(engine: Engine, node: LastingNode): void {
    const exchange = this.#exchanges.get(engine)?.get(node);
    if (exchange !== undefined) this.#stored.get(exchange)?.release();
  }

  storedOf(exchange: Exchange, make: () => Stored): Stored {
    const stored = this.#stored.get(exchange) ?? make();
    this.#stored.set(exchange, stored);
    return stored;
  }
}
