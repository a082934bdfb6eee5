/** Rows drawn at random, the same ones for the same seed however many workers there are. */
import { seeded } from '../partition/seeded.js';

/** A source of random numbers in [0, 1) for one partition. */
export function randomOf(seed: number, partition: number): () => number {
  return seeded((seed ^ Math.imul(partition + 1, 0x9e3779b1)) >>> 0);
}
