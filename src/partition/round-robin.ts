import { checkCount, type Partitioner } from './partitioner.js';
import { preview } from './show.js';

/** See {@link roundRobin}. */
export class RoundRobinPartitioner implements Partitioner<never> {
  /** Tells Sheaf's own partitioners apart. */
  readonly kind = 'round-robin';
  readonly count: number;

  constructor(count: number) {
    checkCount('roundRobin(n): n', count);
    this.count = count;
    Object.freeze(this);
  }

  /** Always throws: where a row goes depends on its place among the rows, not on its key. */
  partitionOf(key: unknown): number {
    throw new TypeError(
      `roundRobin(${this.count}) has no partition for a key (${preview(key)}): it deals out rows in turn. Use hash(n) or range(n) where rows ` +
        'of the same key must meet.',
    );
  }

  /** Always `false`, of itself too: rows dealt out in turn say nothing about where a key is. */
  equals(_other: unknown): boolean {
    return false;
  }
}

/**
 * Deals out rows in turn over `n` partitions: they come out equally large, and rows of one key come to be anywhere.
 *
 * @example
 * rows.partitionBy(roundRobin(8)); // eight partitions of like size
 */
export function roundRobin(n: number): RoundRobinPartitioner {
  return new RoundRobinPartitioner(n);
}
