import { hashKey } from './hash-key.js';
import { checkCount, type Partitioner } from './partitioner.js';

/** See {@link hash}. */
export class HashPartitioner implements Partitioner {
  /** Tells Sheaf's own partitioners apart. */
  readonly kind = 'hash';
  readonly count: number;

  constructor(count: number) {
    checkCount('hash(n): n', count);
    this.count = count;
    Object.freeze(this);
  }

  partitionOf(key: unknown): number {
    return hashKey(key) % this.count;
  }

  equals(other: unknown): boolean {
    return other instanceof HashPartitioner && other.count === this.count;
  }
}

/**
 * Spreads keys over `n` partitions by a stable hash: the partition of a key is `hashKey(key) % n`, in every process and version.
 *
 * @example
 * hash(8).partitionOf('apple') === hash(8).partitionOf('apple'); // on every machine
 */
export function hash(n: number): HashPartitioner {
  return new HashPartitioner(n);
}
