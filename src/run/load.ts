/** How many rows travel together, by what they weigh. */
import type { Block } from '../codec/block.js';
import type { Engine } from '../engine/engine.js';
import { Far } from './far.js';

export interface Load {
  /** Of the way to workers, where it is long. */
  readonly tripUs?: number | undefined;
  /** How many rows may travel together, as heavy as they are so far; `max`: for any other reason. */
  rows(max: number): number;
  /** Rows have been encoded, of which `first` is one. */
  encoded(block: Block, first: unknown): void;
}

export function loadOf(engine: Engine): Load {
  return engine.tripUs === undefined ? new Near() : new Far(engine);
}

/**
 * Bytes of one task on this machine, about. Values take several times as much once they are decoded. As long as those of a task fit into a part
 * of V8's young generation, most are gone before it is collected; else they are copied, and the heap grows, in pages new to the process.
 */
const mostBytes = 64 << 10;
/** So many rows are worth a task, however heavy they are. */
const leastRows = 64;

export class Near implements Load {
  #perRow = 0;

  rows(max: number): number {
    return Math.min(max, Math.max(leastRows, Math.floor(mostBytes / this.#perRow)));
  }

  encoded({ rows, bytes }: Block, first: unknown): void {
    // Numbers are no values of their own in workers.
    this.#perRow = typeof first === 'number' ? 0 : bytes.length / Math.max(rows, 1);
  }
}
