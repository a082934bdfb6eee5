/** Where the tests for primes begin: trial division costs about the same for all numbers of this size. */
const START = 1_000_001;

/**
 * Counts the primes among `count` numbers by trial division: CPU-bound work that allocates nothing and whose cost is proportional to
 * `count`, about 0.3 µs each, so that tasks are calibrated by counts and not by clocks.
 */
export function countPrimes(count: number): number {
  let primes = 0;
  for (let n = START; n < START + count; n++) {
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) primes++;
  }
  return primes;
}
