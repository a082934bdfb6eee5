/** How many rows a task gets: found by measuring, so that a task is about a millisecond of work whatever a row costs. */
import type { Load } from './load.js';

/** Work in one task, in µs: long against what a message costs, short against the whole. */
const targetUs = 1000;
/** A share of what is left is not cut finer than this, in µs: level enough, and about what a message costs. */
const leastUs = 50;
/** Work in one task for each µs of the way to a far worker, most of which is work for some processor; and the most of it, in µs. */
const targetTrips = 32;
const farthestUs = 100_000;
/**
 * Typed arrays in one task, in bytes: copying more takes about as long as a task should, and the worker waits for it. Of rows that were thought to be
 * lighter, which a task gives back, the copies were made for nothing.
 */
export const mostBytes = 4 * 2 ** 20;
/** A size grows by no more than this a step, since the first rows of a cold function say little of the next. */
const growth = 32;

/**
 * What is known of a function from other jobs may be of rows that were this many times lighter: warm-up, samples, the small end of an
 * uneven input. A job's own first tasks are cut for that, and tell more.
 */
const caution = 8;

/** What is known of a function's cost. */
export interface KnownCost {
  /** Time of a row in µs; `undefined` before the first task has ended. */
  readonly perRowUs: number | undefined;
  /** Rows of the largest task so far. */
  readonly rows: number;
  measured(rows: number, runUs: number): void;
  expectedUs(rows: number): number | undefined;
}

/** Of all jobs that run the function. */
export class Cost implements KnownCost {
  /** Mean time of a row in µs, the latest tasks weighing most; `undefined` before the first has ended. */
  perRowUs: number | undefined;
  /** Rows of the largest task so far. */
  rows = 0;
  #recentUs = 0;
  #recentRows = 0;

  measured(rows: number, runUs: number): void {
    if (rows === 0) return;
    // A larger task is the better sample: it is warmer, and its clock is finer against it.
    const kept = rows >= this.rows * 2 ? 0 : 0.7;
    this.#recentUs = this.#recentUs * kept + runUs;
    this.#recentRows = this.#recentRows * kept + rows;
    this.perRowUs = this.#recentUs / this.#recentRows;
    this.rows = Math.max(this.rows, rows);
  }

  expectedUs(rows: number): number | undefined {
    return this.perRowUs === undefined ? undefined : this.perRowUs * rows;
  }
}

/** Of one job: by its own tasks as soon as one of them has ended, until then by what is known from others. */
export class JobCost implements KnownCost {
  readonly #all: Cost;
  readonly #own = new Cost();

  constructor(all: Cost) {
    this.#all = all;
  }

  get perRowUs(): number | undefined {
    const { perRowUs } = this.#all;
    return this.#own.perRowUs ?? (perRowUs === undefined ? undefined : perRowUs * caution);
  }

  get rows(): number {
    return Math.max(this.#own.rows, this.#all.rows);
  }

  measured(rows: number, runUs: number): void {
    this.#own.measured(rows, runUs);
    this.#all.measured(rows, runUs);
  }

  expectedUs(rows: number): number | undefined {
    return this.perRowUs === undefined ? undefined : this.perRowUs * rows;
  }
}

export interface ChunkOptions {
  /** Rows of every task, by the user's word. */
  readonly fixed: number | undefined;
  /** Never more than this. */
  readonly max: number;
  /** Calls in flight at once in a worker: a task with fewer rows would leave them idle. */
  readonly concurrency: number;
  /** Tasks get more rows as places for calls become empty. */
  readonly grows?: boolean;
  /** How many rows may travel together, as heavy as they are, and how long the way is, where it is long. */
  readonly load?: Pick<Load, 'tripUs' | 'rows'> | undefined;
}

/** The size of the next task. `rest` is how many rows are left, where that is known; each of `slots` workers is left a fair share of it. */
export function chunkSize(cost: KnownCost, options: ChunkOptions, slots: number, rest: number | undefined): number {
  if (options.fixed !== undefined) return options.fixed;
  // Rows that are in flight together end together: while a task's last ones wait, the worker's other places are empty.
  const least = options.concurrency === 1 ? 1 : options.concurrency * (options.grows ? 4 : 16);
  const rowsIn = (us: number): number =>
    cost.perRowUs === undefined ? 1 : Math.floor(us / Math.max(cost.perRowUs, 1e-3));
  const trip = options.load?.tripUs ?? 0;
  const target = Math.max(targetUs, Math.min(trip * targetTrips, farthestUs));
  const max = options.load?.rows(options.max) ?? options.max;
  const byGrowth = Math.max(1, cost.rows * growth);
  // What is known may be of lighter rows; a task that finds them heavier gives them back.
  const floor = Math.max(rowsIn(Math.max(leastUs / 4, trip)), options.concurrency === 1 ? 1 : options.concurrency);
  const byShare = Math.max(Math.ceil((rest ?? Infinity) / (2 * slots)), floor);
  return Math.max(1, Math.min(Math.max(least, Math.min(rowsIn(target), byGrowth)), byShare, max));
}

/** What is known of the cost of functions, by their code. */
export class Costs {
  readonly #costs = new Map<string, Cost>();

  of({ code }: { readonly code: { readonly hash: string } }): Cost {
    const cost = this.#costs.get(code.hash) ?? new Cost();
    this.#costs.set(code.hash, cost);
    return cost;
  }
}
