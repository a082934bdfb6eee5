/** What a seed stands for when a whole map is simulated. */
import type { ItemNature } from './engine.js';
import { Random } from './random.js';
import type { ShellSetting } from './shell.js';

export interface MapScenario extends ShellSetting {
  readonly slots: number;
  readonly items: readonly ItemNature[];
  readonly source: 'array' | 'iterator' | 'async';
  readonly use: 'await' | 'settled' | 'iterate';
  readonly ordered: boolean;
  /** The reader leaves after so many results. */
  readonly leaveAfter: number;
  /** Time the reader takes for a result, in ms. */
  readonly readerMs: number;
  readonly chunkSize: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly retries: number;
  readonly largestFirst: boolean;
  readonly cancelAt: number | undefined;
  /** Times at which some worker dies. */
  readonly deaths: readonly number[];
}

/** The same scenario for the same seed. */
export function mapScenarioOf(seed: number): MapScenario {
  const random = new Random(seed);
  const typicalMs = random.magnitude(0.001, 10);
  // Half of the inputs fit in a task or two, so that much happens in the last one.
  const count = random.chance(0.5) ? random.int(0, 15) : Math.round(random.magnitude(10, 600));
  const latency = random.magnitude(0.001, 2);
  // Longer than news takes: else what died may seem to be late.
  const timeoutMs = random.chance(0.3) ? latency * 20 + typicalMs * random.between(3, 20) : undefined;
  const share = () => (random.chance(0.3) ? random.magnitude(1 / (count + 1), 0.2) : 0);
  const shares = { throws: share(), kills: share(), hangs: timeoutMs === undefined ? 0 : share(), slow: share() };
  const wholeMs = count * typicalMs;
  return {
    options: {
      allocation: random.pick(['round-robin', 'least-loaded', 'work-stealing', 'locality']),
      oneAhead: new Random(seed ^ 0x0a4ead).chance(0.3),
      graceMs: random.pick([20, 100]),
      maxTasksPerWorker: random.chance(0.2) ? random.int(1, 20) : undefined,
    },
    machine: {
      latencyMs: [0, latency],
      startMs: random.magnitude(0.01, 30),
      killMs: random.chance(0.5) ? 0 : random.magnitude(0.1, 20),
      revokes: random.pick(['message', 'shared', 'never']),
      endsAtOnce: random.chance(0.5) ? 1 : random.int(2, 10),
      lastWords: random.pick(['heard', 'cut', 'late']),
    },
    slots: random.int(1, 6),
    items: Array.from({ length: count }, () => itemNature(random, typicalMs, shares)),
    source: random.pick(['array', 'iterator', 'async']),
    use: random.pick(['await', 'settled', 'settled', 'iterate', 'iterate']),
    ordered: random.chance(0.7),
    leaveAfter: random.chance(0.2) ? random.int(0, count) : Number.POSITIVE_INFINITY,
    readerMs: random.chance(0.5) ? 0 : random.magnitude(0.001, 5),
    chunkSize: random.chance(0.3) ? random.int(1, 20) : undefined,
    timeoutMs,
    retries: random.pick([0, 0, 1, 3]),
    largestFirst: random.chance(0.2),
    cancelAt: random.chance(0.15) ? random.between(0, wholeMs) : undefined,
    deaths: random.chance(0.3) ? Array.from({ length: random.int(1, 4) }, () => random.between(0, wholeMs)) : [],
  };
}

function itemNature(
  random: Random,
  typicalMs: number,
  shares: Readonly<Record<'throws' | 'kills' | 'hangs' | 'slow', number>>,
): ItemNature {
  const slow = random.chance(shares.slow) ? random.magnitude(5, 100) : 1;
  const odd = random.pick(['throws', 'kills', 'hangs'] as const);
  const times = random.chance(shares[odd] * 3) ? random.int(1, 4) : 0;
  return {
    ms: typicalMs * slow * random.between(0.3, 2),
    throws: odd === 'throws' ? times : 0,
    kills: odd === 'kills' ? times : 0,
    hangs: odd === 'hangs' && times > 0,
    stopMs: random.chance(0.6) ? random.magnitude(0.01, 50) : undefined,
    sync: random.chance(0.5),
  };
}
