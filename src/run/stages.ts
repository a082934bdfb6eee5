/** Runs the stages of one action, each when what it reads is there, and makes again what of that was lost. */
import type { Engine } from '../engine/engine.js';
import { ExchangeError } from '../errors.js';
import { PartLost, rowsIn } from '../exchange/segment.js';
import { Binder, bindFlow } from '../plan/bind.js';
import { type Exchange, type PlanOutput, readsOf } from '../plan/flow.js';
import { type Inputs, treeOf } from '../plan/trees.js';
import { stageFunction } from '../stage/portable.js';
import type { Keyed, Output, StageSpec, TaskResult, TaskSpec } from '../stage/spec.js';
import type { Done } from './action.js';
import type { ActionEvents, StageTold } from './action-events.js';
import type { Caller } from './caller.js';
import { failureOf } from './failure.js';
import { keptOf, unkept, workersOf } from './kept-rows.js';
import { changesOf, Lineage } from './lineage.js';
import { Losses } from './losses.js';
import { packedTree } from './packed-tree.js';
import { queryWorkers, ranQuery, readsSql } from './sql-worker.js';
import type { StageRun } from './stage-run.js';
import type { Store } from './store.js';
import type { Stored } from './stored.js';
import { type Running, runTasks } from './tasks.js';

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
  folder(writes: Stored | undefined): string | undefined;
}

/** So often a stage waits for what another stage has lost. */
const mostRounds = 20;

export class Stages {
  readonly #options: StagesOptions;
  #count = 0;
  #tries = 0;
  readonly #lineage: Lineage;
  readonly #losses = new Losses();

  constructor(options: StagesOptions) {
    this.#options = options;
    this.#lineage = new Lineage(options.storedOf);
  }

  async run(run: StageRun): Promise<void> {
    const { storedOf, events } = this.#options;
    const reads = [...readsOf(run.flow)].map(storedOf);
    await this.#ensureAll(reads);
    const { name, writes, partitions } = run;
    const told: StageTold = { stage: this.#count++, name, partitions: partitions.length, reads, writes };
    events.stageStarted(told);
    if (run.lost !== undefined) events.lost(told.stage, run.lost.partition, run.lost.reason);
    const rows = { in: 0, out: 0 };
    try {
      await this.#rounds(run, told, rows);
      events.stageEnded(told, undefined, rows.in, rows.out);
    } catch (error) {
      events.stageEnded(told, error, rows.in, rows.out);
      throw error;
    }
    for (const stored of reads) {
      // What only the driver reads may be asked for again, partition by partition.
      if (writes === undefined) stored.readers--;
      else this.#read(stored);
    }
  }

  async #rounds(run: StageRun, told: StageTold, rows: { in: number; out: number }): Promise<void> {
    const { reads, name } = told;
    let todo = run.partitions;
    let taken = 0;
    const { loop } = run;
    for (let waited = 0; ; ) {
      const changes = changesOf(reads);
      // Some tasks have read what a first try gave, others would read what the second did.
      if (loop !== undefined && (loop.changes ?? changes) !== changes)
        throw new ExchangeError(
          `${name}: rows that were lost came out differently when they were made again, and some that belong to the first try ` +
            'have been handed out. Use functions that give the same for the same rows, or checkpoint() before.',
        );
      if (todo.length === 0) return;
      const { total } = this.#losses;
      const again = await this.#round(run, told, todo, (result) => {
        rows.in += result.rowsIn;
        rows.out += rowsIn(result.segment);
        run.take(result);
        taken++;
        if (loop !== undefined) loop.changes = changes;
      });
      // Another stage that reads the same may have had it made again.
      if (again.length === 0 && changesOf(reads) === changes) return;
      // What another stage has lost is bounded there.
      if (total === this.#losses.total && ++waited > mostRounds)
        throw new ExchangeError(`${name}: what it reads is lost again and again.`);
      await this.#ensureAll(reads);
      // In their order: a loop waits for the first of them.
      todo = again.sort((a, b) => a - b);
      if (changesOf(reads) === changes || taken === 0 || loop !== undefined) continue;
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
    const lasting = keptOf(run.flow, this.#options.storedOf);
    const spec = this.#specOf(run, binder, lasting.length > 0);
    const fn = stageFunction(spec, engine.sharesMemory);
    // Rows that workers keep are the next task's, too: nobody may change them.
    const kept = spec.leaves ? lasting : [];
    const queries = readsSql(run.flow);
    const preferOf =
      workersOf(kept, lasting, this.#options.store.storage.objects) ?? (queries ? queryWorkers(engine) : undefined);
    const tasks = this.#tasks(run, told, partitions, binder, kept.length > 0, again);
    const { loop } = run;
    const words = (place: number): string => `partition ${partitions[place]} of ${name}`;
    // Rows for the driver are read at once, and may turn out to be damaged like others.
    const taking = (result: Done): boolean => {
      try {
        take(result);
        return true;
      } catch (error) {
        if (!(error instanceof PartLost)) throw error;
        again.push(result.partition);
        this.#losses.add(`${stage}/${result.partition}`, name, error.reason);
        events.lost(stage, result.partition, error.reason);
        return false;
      }
    };
    const start = (): Running =>
      runTasks(
        {
          engine,
          job,
          stage,
          name,
          fn,
          caller,
          signal,
          timeoutMs,
          tasks,
          words,
          preferOf,
          ...(loop && { held: () => loop.held() }),
        },
        (result: TaskResult) => {
          if (result.kind === 'failed') throw failureOf(result, name, caller);
          if (result.kind === 'lost') {
            again.push(result.partition);
            if (this.#options.storedById(result.exchange)?.lose(result.from) ?? true)
              this.#losses.add(`${result.exchange}:${result.from}`, name, result.reason);
            events.lost(stage, result.partition, result.reason);
            return;
          }
          if (!taking(result)) return;
          if (queries && result.rowsIn > 0) ranQuery(engine, result.worker);
          for (const stored of kept) stored.readBy(result.partition, result.worker);
          writes?.madeBy(result);
          if (events.active) events.wrote(stage, writes, result);
        },
      );
    const running = events.within(start);
    run.running?.(running.more);
    await running.over;
    return again;
  }

  #specOf(run: StageRun, binder: Binder, looks: boolean): StageSpec {
    const { name, flow, output, writes } = run;
    const { engine, store } = this.#options;
    // Chains and functions have their places before the first task is made.
    bindFlow(flow, binder);
    const bound = output.kind === 'write' ? output : this.#bound(name, output, writes, binder);
    const scratch = this.#options.folder(writes);
    // V8 does not weigh shared memory: what a loop over rows is done with would lie there until something else has it collect.
    const shared = engine.sharesMemory && run.loop === undefined;
    return {
      name,
      functions: binder.functions,
      fresh: binder.keepsState(),
      leaves: looks && binder.leavesRows(),
      chains: binder.chains,
      output: bound,
      store: { scratch, work: store.work, keep: store.keep, shared },
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
    { flow, writes, loop }: StageRun,
    told: StageTold,
    partitions: readonly number[],
    binder: Binder,
    keeps: boolean,
    again: number[],
  ): Generator<TaskSpec> {
    const { store, job, events, storedById } = this.#options;
    const inputs = keeps ? this.#options.inputs : unkept(this.#options.inputs);
    const room = typeof writes?.exchange.lasting === 'object' ? () => 0 : () => store.room();
    for (const partition of partitions) {
      // Another stage has found that something of it is lost; or a loop waits for what is to be done again first, and has no room.
      if (told.reads.some((stored) => !stored.isWhole) || (loop !== undefined && again.length > 0)) {
        again.push(partition);
        continue;
      }
      const tree = treeOf(flow, partition, binder, inputs);
      const attempt = `${job}-${told.stage}-${partition}-${this.#tries++}`;
      const task: TaskSpec = { partition, tree, room: room(), attempt, object: writes?.objectFor(attempt) };
      if (events.active) events.read(told.stage, task, storedById);
      yield { ...task, tree: packedTree(tree) };
    }
  }

  /** Sees to it that all of several exchanges is there, and belongs together: while one was made, what another was made of may have changed. */
  async #ensureAll(reads: readonly Stored[]): Promise<void> {
    const areHere = (): boolean => reads.every((stored) => stored.isWhole && !this.#lineage.isStale(stored));
    if (areHere()) return;
    // What is made a second time is kept until all that is made of it is there: a third might be different again.
    const again = new Set<Stored>();
    try {
      for (let round = 0; round <= mostRounds && !areHere(); round++) {
        const before = new Set(again);
        for (const stored of reads) if (this.#lineage.wasMade(stored)) this.#lineage.inputsOf(stored, again);
        for (const one of again) if (!before.has(one)) one.readers++;
        await Promise.all(reads.map((stored) => this.#ensure(stored)));
      }
    } finally {
      for (const one of again) this.#read(one);
    }
  }

  /** One reader less. */
  #read(stored: Stored): void {
    stored.readers--;
    if (stored.readers <= 0 && stored.exchange.lasting === undefined) stored.release();
  }

  /** Sees to it that all segments of an exchange are there. */
  async #ensure(stored: Stored): Promise<void> {
    for (;;) {
      const { making } = stored;
      if (making === undefined) break;
      // Another action may be making what lasts; if it fails, this one tries for itself.
      await making.catch(() => {});
    }
    if (stored.isWhole && !this.#lineage.isStale(stored)) return;
    stored.making = this.#make(stored).finally(() => {
      stored.making = undefined;
    });
    await stored.making;
  }

  async #make(stored: Stored): Promise<void> {
    // Not inside the call of whoever asks: stages may be thousands, one behind the other.
    await undefined;
    const { flow, output, name, lasting } = stored.exchange;
    const reads = [...readsOf(flow)].map(this.#options.storedOf);
    if (!stored.isWhole) await this.#ensureAll(reads);
    // What was counted as its read when the action began is over.
    if (this.#lineage.wasMade(stored)) for (const one of reads) one.readers++;
    if (this.#lineage.isStale(stored)) stored.release();
    for (;;) {
      const partitions = stored.missing();
      const { changes } = stored;
      await this.run({ name, flow, output, partitions, take: (result) => stored.put(result), writes: stored });
      this.#lineage.made(stored);
      // Of what an action before has made, only what comes out tells whether it was made of the same.
      if (lasting === undefined || stored.changes === changes || partitions.length === stored.partitions) break;
      stored.release();
    }
    stored.made();
  }
}
