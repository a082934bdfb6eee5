/**
 * Runs a plan: its stages, each as soon as what it reads is there, and what of them has to be made again because it was lost. Knows no
 * engine in particular.
 */
import type { Engine } from '../engine/engine.js';
import { nextJobId } from '../engine/told.js';
import { ExchangeError } from '../errors.js';
import type { SinkSpec } from '../files/sink-spec.js';
import { Binder } from '../plan/bind.js';
import { type Exchange, type Flow, type PlanOutput, readsOf } from '../plan/flow.js';
import { lower } from '../plan/lower.js';
import type { PlanNode, SourceNode } from '../plan/node.js';
import { countOf, type Inputs, treeOf } from '../plan/trees.js';
import { stageFunction } from '../stage/portable.js';
import type { Output, StageSpec, TaskResult, TaskSpec } from '../stage/spec.js';
import type { Caller } from './caller.js';
import { failureOf } from './failure.js';
import type { Lasting } from './lasting.js';
import { Sources } from './sources.js';
import { type Store, storeOf } from './store.js';
import { Stored } from './stored.js';
import { runTasks } from './tasks.js';

export interface ActionOptions {
  readonly engine: Engine;
  readonly plan: PlanNode;
  /** What the user called. */
  readonly name: string;
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  readonly lasting: Lasting;
}

export type Done = TaskResult & { readonly kind: 'done' };

/** What a stage that nothing reads makes: rows for the driver, or files. */
export type FinalOutput = PlanOutput | { readonly kind: 'write'; readonly sink: SinkSpec };

/** So often a stage begins again with what was lost. */
const mostRounds = 20;

export class Action {
  readonly engine: Engine;
  readonly store: Store;
  readonly job = nextJobId();
  readonly #options: ActionOptions;
  readonly #sources: Sources;
  readonly #stored = new Map<Exchange, Stored>();
  readonly #byId = new Map<number, Stored>();
  #folder: string | undefined;
  #stages = 0;
  flow!: Flow;

  constructor(options: ActionOptions) {
    this.#options = options;
    this.engine = options.engine;
    this.store = storeOf(options.engine);
    this.#sources = new Sources(options.engine);
  }

  /** Looks at the sources and cuts the plan into stages. */
  async prepare(): Promise<void> {
    const { plan, lasting, engine } = this.#options;
    await this.#sources.prepare(plan);
    this.flow = lower(plan, {
      partitions: (source) => this.#sources.partitions(source),
      lasting: (node, make) => lasting.exchangeOf(engine, node, make),
    });
    const seen = new Set<Exchange>();
    const count = (flow: Flow): void => {
      for (const exchange of readsOf(flow)) {
        this.#storedOf(exchange).readers++;
        if (seen.has(exchange)) continue;
        seen.add(exchange);
        count(exchange.flow);
      }
    };
    count(this.flow);
  }

  countOf(flow: Flow): number {
    return countOf(flow, (source: SourceNode) => this.#sources.partitions(source)!);
  }

  /**
   * Runs the tasks of the last stage. `take` gets what each gives, in any order.
   * @param held results that nobody has taken yet
   */
  run(
    flow: Flow,
    output: FinalOutput,
    partitions: readonly number[],
    take: (result: Done) => void,
    held?: () => number,
  ): { readonly over: Promise<void>; more(): void } {
    let more = (): void => {};
    const over = this.#stage(this.#options.name, flow, output, partitions, take, undefined, held, (call) => {
      more = call;
    });
    return { over, more: () => more() };
  }

  /** It ends badly. */
  failed(_error: unknown): void {}

  /** Nothing of the action is needed any more. */
  end(): void {
    for (const [exchange, stored] of this.#stored) if (exchange.lasting === undefined) stored.release();
    if (this.#folder !== undefined) this.store.drop(this.#folder);
  }

  /** Sees to it that all segments of an exchange are there. */
  #ensure(stored: Stored): Promise<void> {
    stored.making ??= this.#make(stored).finally(() => {
      stored.making = undefined;
    });
    return stored.making;
  }

  async #make(stored: Stored): Promise<void> {
    const missing = stored.missing();
    if (missing.length === 0) return;
    const { flow, output, name } = stored.exchange;
    await this.#stage(name, flow, output, missing, (result) => stored.put(result), stored);
  }

  async #stage(
    name: string,
    flow: Flow,
    output: FinalOutput,
    partitions: readonly number[],
    take: (result: Done) => void,
    writes: Stored | undefined,
    held?: () => number,
    running?: (more: () => void) => void,
  ): Promise<void> {
    const reads = [...readsOf(flow)].map((exchange) => this.#storedOf(exchange));
    const stage = this.#stages++;
    const { signal, caller } = this.#options;
    let todo = partitions;
    let taken = 0;
    for (let round = 0; todo.length > 0; round++) {
      await Promise.all(reads.map((stored) => this.#ensure(stored)));
      if (round > mostRounds) throw new ExchangeError(`${name}: what it reads is lost again and again.`);
      const changes = sumOf(reads);
      const again: number[] = [];
      const binder = new Binder();
      const tasks = this.#tasks(flow, todo, binder, stage);
      const spec = this.#specOf(name, flow, output, binder);
      const run = runTasks(
        {
          engine: this.engine,
          job: this.job,
          stage,
          name,
          fn: stageFunction(spec, this.engine.sharesMemory),
          caller,
          signal,
          timeoutMs: this.#options.timeoutMs,
          tasks,
          ...(held && { held }),
        },
        (result) => {
          if (result.kind === 'failed') throw failureOf(result, name, caller);
          if (result.kind === 'lost') {
            again.push(result.partition);
            this.#byId.get(result.exchange)?.lose(result.from);
            return;
          }
          taken++;
          take(result);
        },
      );
      running?.(run.more);
      await run.over;
      todo = again;
      if (again.length === 0) break;
      await Promise.all(reads.map((stored) => this.#ensure(stored)));
      if (sumOf(reads) === changes || taken === 0) continue;
      // Some tasks have read what a first try gave, others would read what the second did.
      if (held !== undefined)
        throw new ExchangeError(
          `${name}: rows that were lost came out differently when they were made again, and some that belong to the first try ` +
            'have been handed out. Use functions that give the same for the same rows, or checkpoint() before.',
        );
      todo = partitions;
      taken = 0;
    }
    for (const stored of reads) {
      stored.readers--;
      if (stored.readers <= 0 && stored.exchange.lasting === undefined && writes !== undefined) stored.release();
    }
  }

  #specOf(name: string, flow: Flow, output: FinalOutput, binder: Binder): StageSpec {
    this.#folder ??= this.store.folder();
    // Chains and functions have their places before the first task is made.
    binder.chain(flow.ops);
    bindAll(flow, binder);
    const bound = output.kind === 'write' ? output : (binder.bound(output) as Output);
    const store = { scratch: this.#folder, work: this.store.work, shared: this.engine.sharesMemory };
    return { name, functions: binder.functions, chains: binder.chains, output: bound, store };
  }

  *#tasks(flow: Flow, partitions: readonly number[], binder: Binder, stage: number): Generator<TaskSpec> {
    for (const partition of partitions) {
      const tree = treeOf(flow, partition, binder, this.#inputs);
      yield { partition, tree, room: this.store.room(), attempt: `${this.job}-${stage}-${partition}` };
    }
  }

  #storedOf(exchange: Exchange): Stored {
    let stored = this.#stored.get(exchange);
    if (stored === undefined) {
      const make = (): Stored => new Stored(exchange, this.store, this.countOf(exchange.flow));
      stored = exchange.lasting === undefined ? make() : this.#options.lasting.storedOf(exchange, make);
      this.#stored.set(exchange, stored);
      this.#byId.set(stored.id, stored);
    }
    return stored;
  }

  readonly #inputs: Inputs = {
    source: (source, partition, binder) => this.#sources.read(source, partition, binder),
    parts: (exchange, partition) => {
      const stored = this.#storedOf(exchange);
      const keep = exchange.lasting === 'cache' ? `${stored.name}/${partition}` : undefined;
      return { parts: stored.parts(partition, this.engine.sharesMemory), keep };
    },
    runs: (exchange, partition) =>
      this.#storedOf(exchange).runs(partition, exchange.count ?? 1, this.engine.sharesMemory),
    offset: (exchange, partition) => this.#storedOf(exchange).offset(partition),
    count: (flow) => this.countOf(flow),
  };
}

function sumOf(reads: readonly Stored[]): number {
  return reads.reduce((sum, stored) => sum + stored.changes, 0);
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
