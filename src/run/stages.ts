/** Runs the stages of one action, each when what it reads is there, and makes again what of that was lost. */
import type { Engine } from '../engine/engine.js';
import { ExchangeError } from '../errors.js';
import { rowsIn } from '../exchange/segment.js';
import { Binder } from '../plan/bind.js';
import { type Exchange, type Flow, type PlanOutput, readsOf } from '../plan/flow.js';
import { type Inputs, treeOf } from '../plan/trees.js';
import { stageFunction } from '../stage/portable.js';
import type { Keyed, Output, StageSpec, TaskResult, TaskSpec } from '../stage/spec.js';
import type { Done, FinalOutput } from './action.js';
import type { ActionEvents, StageTold } from './action-events.js';
import type { Caller } from './caller.js';
import { failureOf } from './failure.js';
import type { Store } from './store.js';
import type { Stored } from './stored.js';
import { runTasks } from './tasks.js';

export interface StagesOptions {
  readonly engine: Engine;
  readonly store: Store;
  readonly job: number;
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  readonly events: ActionEvents;
  readonly inputs: Inputs;
  storedOf(exchange: Exchange): Stored;
  storedById(id: number): Stored | undefined;
  /** A folder for scratch files of the action, or of what lasts. */
  folder(writes: Stored | undefined): string;
}

/** A stage to run: all of its partitions, or some. */
export interface StageRun {
  readonly name: string;
  readonly flow: Flow;
  readonly output: FinalOutput;
  readonly partitions: readonly number[];
  /** Gets what each task gives, in any order; of a partition that is made again, the last counts. */
  take(result: Done): void;
  readonly writes: Stored | undefined;
  /** Results that nobody has taken yet, where somebody takes them: they cannot be called back. */
  held?: (() => number) | undefined;
  /** Gets a function to call when a result has been taken. */
  running?: ((more: () => void) => void) | undefined;
}

/** So often a stage begins again with what was lost. */
const mostRounds = 20;

export class Stages {
  readonly #options: StagesOptions;
  #count = 0;

  constructor(options: StagesOptions) {
    this.#options = options;
  }

  async run(run: StageRun): Promise<void> {
    const { storedOf, events } = this.#options;
    const reads = [...readsOf(run.flow)].map(storedOf);
    await Promise.all(reads.map((stored) => this.#ensure(stored)));
    const { name, writes, partitions } = run;
    const told: StageTold = { stage: this.#count++, name, partitions: partitions.length, reads, writes };
    events.stageStarted(told);
    const rows = { in: 0, out: 0 };
    try {
      await this.#rounds(run, told, rows);
      events.stageEnded(told, undefined, rows.in, rows.out);
    } catch (error) {
      events.stageEnded(told, error, rows.in, rows.out);
      throw error;
    }
    for (const stored of reads) {
      stored.readers--;
      // What only the driver reads may be asked for again, partition by partition.
      if (stored.readers <= 0 && stored.exchange.lasting === undefined && writes !== undefined) stored.release();
    }
  }

  async #rounds(run: StageRun, told: StageTold, rows: { in: number; out: number }): Promise<void> {
    const { reads, name } = told;
    let todo = run.partitions;
    let taken = 0;
    for (let round = 0; todo.length > 0; round++) {
      if (round > mostRounds) throw new ExchangeError(`${name}: what it reads is lost again and again.`);
      const changes = changesOf(reads);
      const again = await this.#round(run, told, todo, (result) => {
        taken++;
        rows.in += result.rowsIn;
        rows.out += rowsIn(result.segment);
        run.take(result);
      });
      if (again.length === 0) return;
      await Promise.all(reads.map((stored) => this.#ensure(stored)));
      todo = again;
      if (changesOf(reads) === changes || taken === 0) continue;
      // Some tasks have read what a first try gave, others would read what the second did.
      if (run.held !== undefined)
        throw new ExchangeError(
          `${name}: rows that were lost came out differently when they were made again, and some that belong to the first try ` +
            'have been handed out. Use functions that give the same for the same rows, or checkpoint() before.',
        );
      todo = run.partitions;
      taken = 0;
    }
  }

  /** Runs tasks once; gives the partitions of those that did not find what they read. */
  async #round(
    run: StageRun,
    told: StageTold,
    partitions: readonly number[],
    take: (result: Done) => void,
  ): Promise<number[]> {
    const { engine, job, caller, signal, timeoutMs, events } = this.#options;
    const { stage, name, writes } = told;
    const again: number[] = [];
    const binder = new Binder();
    const kept = keptOf(run.flow, this.#options.storedOf);
    const preferOf = kept.length === 0 ? undefined : (task: TaskSpec) => workersOf(kept, task.partition);
    const tasks = this.#tasks(run, told, partitions, binder);
    const fn = stageFunction(this.#specOf(run, binder), engine.sharesMemory);
    const { held } = run;
    const running = runTasks(
      { engine, job, stage, name, fn, caller, signal, timeoutMs, tasks, preferOf, ...(held && { held }) },
      (result: TaskResult) => {
        if (result.kind === 'failed') throw failureOf(result, name, caller);
        if (result.kind === 'lost') {
          again.push(result.partition);
          this.#options.storedById(result.exchange)?.lose(result.from);
          events.lost(stage, result.partition, result.reason);
          return;
        }
        for (const stored of kept) stored.readBy(result.partition, result.worker);
        if (writes?.exchange.lasting === 'cache') writes.readBy(result.partition, result.worker);
        if (events.active) events.wrote(stage, writes, result);
        take(result);
      },
    );
    run.running?.(running.more);
    await running.over;
    return again;
  }

  #specOf({ name, flow, output, writes }: StageRun, binder: Binder): StageSpec {
    const { engine, store } = this.#options;
    // Chains and functions have their places before the first task is made.
    bindAll(flow, binder);
    const bound = output.kind === 'write' ? output : this.#bound(name, output, writes, binder);
    const scratch = this.#options.folder(writes);
    return {
      name,
      functions: binder.functions,
      chains: binder.chains,
      output: bound,
      store: { scratch, work: store.work, shared: engine.sharesMemory },
    };
  }

  #bound(name: string, output: PlanOutput, writes: Stored | undefined, binder: Binder): Output {
    if (output.kind !== 'ranges') return binder.bound(output) as Output;
    const { sort, runs } = output;
    const count = writes!.exchange.count!;
    const bounds = this.#options.storedOf(runs).bounds(count);
    const to = { kind: 'range', count, bounds, by: undefined, reversed: sort.descending } as const;
    return { kind: 'buckets', name, to, keyed: binder.bound(sort.keyed) as Keyed, combine: undefined };
  }

  *#tasks(
    { flow, writes }: StageRun,
    told: StageTold,
    partitions: readonly number[],
    binder: Binder,
  ): Generator<TaskSpec> {
    const { store, job, inputs, events, storedById } = this.#options;
    const lasting = writes?.exchange.lasting;
    for (const partition of partitions) {
      const tree = treeOf(flow, partition, binder, inputs);
      const room = typeof lasting === 'object' ? 0 : store.room();
      const keep = lasting === 'cache' ? writes!.nameOf(partition) : undefined;
      const task: TaskSpec = { partition, tree, room, keep, attempt: `${job}-${told.stage}-${partition}` };
      if (events.active) events.read(told.stage, task, storedById);
      yield task;
    }
  }

  /** Sees to it that all segments of an exchange are there. */
  async #ensure(stored: Stored): Promise<void> {
    for (;;) {
      const { making } = stored;
      if (making === undefined) break;
      // Another action may be making what lasts; if it fails, this one tries for itself.
      await making.catch(() => {});
    }
    if (stored.missing().length === 0) return;
    stored.making = this.#make(stored).finally(() => {
      stored.making = undefined;
    });
    await stored.making;
  }

  async #make(stored: Stored): Promise<void> {
    const { flow, output, name } = stored.exchange;
    const partitions = stored.missing();
    await this.run({ name, flow, output, partitions, take: (result) => stored.put(result), writes: stored });
    stored.made();
  }
}

function changesOf(reads: readonly Stored[]): number {
  return reads.reduce((sum, stored) => sum + stored.changes, 0);
}

/** What the flow's partitions read of what workers keep, partition by partition. */
function keptOf(flow: Flow, storedOf: (exchange: Exchange) => Stored): Stored[] {
  const { base } = flow;
  if (base.kind === 'join') return base.sides.flatMap((side) => keptOf(side, storedOf));
  return base.kind === 'parts' && base.exchange.lasting !== undefined ? [storedOf(base.exchange)] : [];
}

function workersOf(kept: readonly Stored[], partition: number): number[] | undefined {
  const workers = kept.flatMap((stored) => stored.workerOf(partition) ?? []);
  return workers.length === 0 ? undefined : workers;
}

/** Gives all functions and chains of a flow their places, those of its inputs too. */
function bindAll(flow: Flow, binder: Binder): void {
  binder.chain(flow.ops);
  const { base } = flow;
  switch (base.kind) {
    case 'source':
      if (base.source.kind === 'files' && base.source.onBadRow !== undefined) binder.bound(base.source.onBadRow);
      return;
    case 'runs':
      binder.bound(base.sort);
      return;
    case 'union':
      for (const one of base.flows) bindAll(one, binder);
      return;
    case 'coalesce':
      bindAll(base.flow, binder);
      return;
    case 'join':
    case 'cross':
      for (const side of base.sides) bindAll(side, binder);
      return;
    case 'parts':
      return;
  }
}
