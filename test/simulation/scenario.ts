/** What a seed stands for: the machine, its faults, the options, and the work. */
import type { Allocation, AllocationName, AllocationPolicy } from '../../src/schedule/policy.js';
import type { ScheduleOptions } from '../../src/schedule/types.js';
import { Random } from './random.js';

export interface Scenario {
  readonly options: ScheduleOptions;
  readonly workers: number;
  readonly machine: Machine;
  readonly jobs: readonly JobPlan[];
  /** Times at which some worker dies. */
  readonly deaths: readonly number[];
  /** Times at which a further worker joins. */
  readonly joins: readonly number[];
}

/** How workers and their channels behave. */
export interface Machine {
  /** Time of a message, in ms. */
  readonly latencyMs: readonly [low: number, high: number];
  readonly startMs: number;
  /** Time until a replaced worker is gone; 0: the scheduler is told at once. */
  readonly killMs: number;
  /**
   * How a task is taken back: by a message that the worker answers when it can, in memory that is shared with the worker (known at
   * once), or not at all.
   */
  readonly revokes: 'message' | 'shared' | 'never';
  /** Up to so many ends are told together, late. */
  readonly endsAtOnce: number;
  /** What becomes of messages that a dying worker had sent: they arrive, the last ones are lost, or they arrive after the news of its death. */
  readonly lastWords: 'heard' | 'cut' | 'late';
}

/** Tasks that are submitted together. */
export interface Submit {
  readonly at: number;
  readonly items: readonly ItemPlan[];
  /** Each item is submitted by itself. */
  readonly apart: boolean;
  readonly priority: number;
  readonly expectedUs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly prefer: readonly number[];
  readonly allocation: Allocation | undefined;
}

export interface JobPlan {
  readonly submits: readonly Submit[];
  readonly cancelAt: number | undefined;
}

/** What happens when a task is run. */
export interface TaskPlan {
  /** Time of each row. */
  readonly rowsMs: readonly number[];
  /** At the last row: it ends, it never ends by itself, or it takes its worker with it. */
  readonly fate: 'ends' | 'hangs' | 'kills';
  /** How long it takes to stop when told to; `undefined`: it does not listen. */
  readonly stopMs: number | undefined;
  /** It keeps the worker from reading messages. */
  readonly sync: boolean;
}

/** What happens when an item is run, each time. */
export interface ItemPlan extends TaskPlan {
  /** It kills the first time only. */
  readonly once: boolean;
  readonly cancelAt: number | undefined;
}

const NAMES: readonly AllocationName[] = ['round-robin', 'least-loaded', 'work-stealing', 'locality'];

/** The same scenario for the same seed. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const workers = random.int(1, 7);
  const horizonMs = random.magnitude(5, 500);
  const latency = random.magnitude(0.001, 5);
  // Chances of their own, so that what a seed stands for otherwise is what it was.
  const apart = new Random(seed ^ 0xa9a47);
  const jobs = Array.from({ length: random.int(1, 5) }, () => jobPlan(random, apart, horizonMs, workers));
  const times = (most: number) => Array.from({ length: random.int(0, most) }, () => random.between(0, horizonMs * 2));
  return {
    options: {
      allocation: anyAllocation(random),
      aheadUs: random.pick([undefined, undefined, 0, 300, 20_000]),
      aheadMax: random.pick([undefined, undefined, 1, 5]),
      oneAhead: new Random(seed ^ 0x0a4ead).chance(0.3),
      graceMs: random.pick([0, 1, 20, 100]),
      maxTasksPerWorker: random.chance(0.2) ? random.int(1, 20) : undefined,
    },
    workers,
    machine: {
      latencyMs: random.chance(0.2) ? [latency, latency] : [0, latency],
      startMs: random.magnitude(0.01, 30),
      killMs: random.chance(0.5) ? 0 : random.magnitude(0.1, 20),
      revokes: random.pick(['message', 'shared', 'never']),
      endsAtOnce: random.chance(0.5) ? 1 : random.int(2, 10),
      lastWords: random.pick(['heard', 'cut', 'late']),
    },
    jobs,
    deaths: random.chance(0.5) ? times(6) : [],
    joins: random.chance(0.3) ? times(3) : [],
  };
}

function jobPlan(random: Random, apart: Random, horizonMs: number, workers: number): JobPlan {
  const cancelAt = random.chance(0.2) ? random.between(0, horizonMs) : undefined;
  const typicalMs = random.magnitude(0.01, 20);
  const priority = random.chance(0.7) ? 0 : random.int(-2, 2);
  const nature: Nature = {
    typicalMs,
    stragglers: random.chance(0.3) ? 0.1 : 0,
    killers: random.chance(0.15) ? 0.1 : 0,
    // What hangs must be stopped by somebody.
    hangers: random.chance(0.25) ? 0.1 : 0,
    timeoutMs: random.chance(0.3) ? random.magnitude(1, 100) : undefined,
    cancelled: cancelAt !== undefined,
    cancels: random.chance(0.2) ? 0.2 : 0,
    rows: random.chance(0.7) ? 1 : random.int(2, 4),
    sync: random.pick([0, 0.5, 1]),
    horizonMs,
  };
  const known = random.chance(0.7);
  const wrong = random.chance(0.3) ? random.magnitude(0.001, 1000) : random.between(0.7, 1.4);
  const submits = Array.from({ length: random.int(1, 6) }, (): Submit => {
    const single = random.chance(0.3);
    return {
      at: random.chance(0.3) ? 0 : random.between(0, horizonMs),
      items: Array.from({ length: single ? 1 : random.int(2, 30) }, () => itemPlan(random, nature)),
      apart: apart.chance(0.4),
      priority: random.chance(0.9) ? priority : random.int(-2, 2),
      expectedUs: known ? typicalMs * 1000 * wrong : undefined,
      timeoutMs: nature.timeoutMs,
      prefer: random.chance(0.5) ? [] : Array.from({ length: random.int(1, 3) }, () => random.int(0, workers + 1)),
      allocation: random.chance(0.15) ? anyAllocation(random) : undefined,
    };
  });
  return { submits, cancelAt };
}

interface Nature {
  readonly typicalMs: number;
  readonly stragglers: number;
  readonly killers: number;
  readonly hangers: number;
  readonly timeoutMs: number | undefined;
  readonly cancelled: boolean;
  readonly cancels: number;
  readonly rows: number;
  readonly sync: number;
  readonly horizonMs: number;
}

function itemPlan(random: Random, nature: Nature): ItemPlan {
  const { typicalMs, timeoutMs, cancelled, horizonMs } = nature;
  const slow = random.chance(nature.stragglers) ? random.magnitude(5, 200) : 1;
  const stoppable = cancelled || timeoutMs !== undefined;
  let fate: ItemPlan['fate'] = 'ends';
  if (random.chance(nature.killers)) fate = 'kills';
  else if (stoppable && random.chance(nature.hangers)) fate = 'hangs';
  return {
    rowsMs: Array.from({ length: nature.rows }, () => (typicalMs * slow * random.between(0.3, 2)) / nature.rows),
    fate,
    stopMs: random.chance(0.6) ? random.magnitude(0.01, 50) : undefined,
    sync: random.chance(nature.sync),
    once: random.chance(0.5),
    cancelAt: random.chance(nature.cancels) ? random.between(0, horizonMs * 1.5) : undefined,
  };
}

function anyAllocation(random: Random): Allocation {
  return random.chance(0.75) ? random.pick(NAMES) : anyPolicy(random);
}

/** Policies of users, some of which are broken. */
function anyPolicy(random: Random): AllocationPolicy {
  const own = new Random(random.int(0, 2 ** 31));
  const faults = random.chance(0.2) ? 0.05 : 0;
  const sharing = random.pick([0, 0.5, 1]);
  const fault = () => {
    if (own.chance(0.5)) throw new Error('a broken policy');
    return own.pick([-1, 1e9, Number.NaN, 'w0' as unknown as number]);
  };
  const answer = (workers: readonly { readonly id: number }[], none: number) => {
    if (own.chance(faults)) return fault();
    return own.chance(none) ? undefined : own.pick(workers).id;
  };
  return {
    name: 'random',
    place: (_task, workers) => answer(workers, sharing),
    steal: random.pick([undefined, false, true, (_thief, victims) => answer(victims, 0.3)]),
  };
}
