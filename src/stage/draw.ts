import { seeded } from '../partition/random.js';

/** A source of random numbers in [0, 1) for one partition: the same for the same seed, however many workers there are. */
export function randomOf(seed: number, partition: number): () => number {
  const random = seeded(seed, partition);
  return () => random.next();
}
