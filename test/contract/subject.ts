/** What the cases of the contract suite know of the engine they run on. */
import type { Engine, Pool, PoolOptions, ResourceLimits } from 'sheaf';

/** What a case may ask of an engine. */
export interface EngineOptions {
  readonly workers?: number;
  readonly maxTasksPerWorker?: number;
  readonly resourceLimits?: ResourceLimits;
  readonly graceMs?: number;
}

/** What an engine can do beyond the common: `true`, or the reason why it cannot. */
export type Ability = true | string;

/** Where engines honestly differ. */
export interface EngineTraits {
  /** Several workers run at once, each at its own pace. */
  readonly parallel: Ability;
  /** A worker can end (`process.exit`) without the driver. */
  readonly losesWorkers: Ability;
  /** A worker that never gives way is replaced. */
  readonly interruptsLoops: Ability;
  /** A worker is a process of its own, which a signal can end. */
  readonly processes: Ability;
  /** Workers can be given memory limits. */
  readonly limitsMemory: Ability;
  /** Workers can be replaced after so many tasks. */
  readonly renewsWorkers: Ability;
  /** Workers see the driver's shared memory. */
  readonly sharesMemory: Ability;
  /** Messages to workers take milliseconds. */
  readonly isDistant?: true;
}

/** An engine under test, as the cases see it. */
export interface Subject {
  readonly traits: EngineTraits;
  /** A new pool on a new engine, with the options that are the engine's business and those that are the pool's. */
  open(options?: EngineOptions & Pick<PoolOptions, 'setup' | 'allocation'>): Pool;
  /** A new engine, or `undefined` where pools are made by options. */
  engine(): Engine | undefined;
  /** A path that no other case uses; nothing is there yet. */
  path(): string;
}

/** For `skip` of a case: nothing where the engine can, else the reason. */
export function needs(...abilities: readonly Ability[]): { readonly skip: string | false } {
  return { skip: abilities.find((ability) => typeof ability === 'string') ?? (false as const) };
}
