/** An action: a plan that runs, with what it needs of sources, memory and disk. Knows no engine in particular. */
import type { Engine } from '../engine/engine.js';
import { nextJobId } from '../engine/told.js';
import type { SinkSpec } from '../files/sink-spec.js';
import { type Exchange, type Flow, type PlanOutput, readsOf } from '../plan/flow.js';
import { lower } from '../plan/lower.js';
import type { PlanNode, SourceNode } from '../plan/node.js';
import { countOf, type Inputs } from '../plan/trees.js';
import type { TaskResult } from '../stage/spec.js';
import { ActionEvents } from './action-events.js';
import type { Caller } from './caller.js';
import type { Lasting } from './lasting.js';
import { lookAtCsv } from './look.js';
import { sortHere, sortHereOf } from './sort-here.js';
import { Sources } from './sources.js';
import type { LostResult, StageRun } from './stage-run.js';
import { Stages } from './stages.js';
import { type Store, storeOf } from './store.js';
import { Stored } from './stored.js';

/** Tasks of the last stage under way. */
export interface ActionRun {
  readonly over: Promise<void>;
  /** A result was taken. */
  more(): void;
  /** Makes a partition again whose result turned out to be damaged; `take` gets it. */
  again(lost: LostResult): Promise<void>;
}

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

/** What a stage makes: something for the next one, rows for the driver, or files. */
export type FinalOutput = PlanOutput | { readonly kind: 'write'; readonly sink: SinkSpec };

export class Action {
  readonly engine: Engine;
  readonly store: Store;
  readonly events: ActionEvents;
  readonly #options: ActionOptions;
  readonly #sources: Sources;
  readonly #stages: Stages;
  readonly #stored = new Map<Exchange, Stored>();
  readonly #byId = new Map<number, Stored>();
  readonly #job = nextJobId();
  #folder: string | undefined;
  /** The plan's last rows. */
  flow!: Flow;

  constructor(options: ActionOptions) {
    const { engine, caller, signal, timeoutMs } = options;
    const job = this.#job;
    this.#options = options;
    this.engine = engine;
    this.store = storeOf(engine);
    this.events = new ActionEvents(engine.events, job);
    this.#sources = new Sources(engine);
    this.#stages = new Stages({
      engine,
      store: this.store,
      job,
      caller,
      signal,
      timeoutMs,
      events: this.events,
      inputs: this.#inputs,
      storedOf: (exchange) => this.#storedOf(exchange),
      storedById: (id) => this.#byId.get(id),
      folder: (writes) => this.#folderFor(writes),
    });
  }

  /** Looks at the sources and cuts the plan into stages. */
  async prepare(): Promise<void> {
    const { plan, lasting, engine, caller, signal, timeoutMs } = this.#options;
    const of = { engine, job: this.#job, caller, signal, timeoutMs };
    await this.#sources.prepare(plan, (ranges) => lookAtCsv(of, ranges));
    this.flow = lower(plan, {
      partitions: (source) => this.#sources.partitions(source),
      bytes: (source) => this.#sources.bytes(source),
      lasting: (node, make) => lasting.exchangeOf(engine, node, make),
      isKnown: (node) => lasting.isKnown(engine, node),
    });
    // Each flow once; what is kept whole is only read, so that what it was made of has no reader.
    const flows = [this.flow];
    const seen = new Set<Exchange>();
    for (const flow of flows) {
      for (const exchange of readsOf(flow)) {
        const stored = this.#storedOf(exchange);
        stored.readers++;
        if (seen.has(exchange)) continue;
        seen.add(exchange);
        if (exchange.lasting === undefined || stored.missing().length > 0) flows.push(exchange.flow);
      }
    }
  }

  countOf(flow: Flow): number {
    return countOf(flow, (source: SourceNode) => this.#sources.partitions(source)!);
  }

  /**
   * Runs tasks of the last stage. `take` gets what each gives, in any order.
   * @param held results that nobody has taken yet, where a loop takes them
   */
  run(
    output: FinalOutput,
    partitions: readonly number[],
    take: (result: Done) => void,
    held?: () => number,
  ): ActionRun {
    let more = (): void => {};
    const running = (call: () => void): void => {
      more = call;
    };
    const { name } = this.#options;
    const loop = held && { held, changes: undefined };
    const run: StageRun = { name, flow: this.flow, output, partitions, take, writes: undefined, loop, running };
    return {
      over: this.#stages.run(run),
      more: () => more(),
      // There is room for it: the loop waits for nothing else.
      again: (lost) =>
        this.#stages.run({
          ...run,
          partitions: [lost.partition],
          lost,
          running: undefined,
          loop: loop && { ...loop, held: () => 0 },
        }),
    };
  }

  /** All rows of the plan, where the driver sorts what it has faster than workers would; `undefined` for any other plan. */
  async sortedHere(): Promise<unknown[] | undefined> {
    const { name, signal, timeoutMs } = this.#options;
    // Nothing could stop a task here.
    if (timeoutMs !== undefined || !this.engine.clones || this.engine.isClosed) return undefined;
    const sort = sortHereOf(this.flow, (source) => this.#sources.bytes(source), this.store);
    const rows = sort && (await sortHere(sort, signal, () => this.engine.isClosed === true));
    if (rows === undefined) return undefined;
    // As if workers had done it, but for what did not move.
    const { exchange } = sort!;
    const of = { reads: [], writes: this.#storedOf(exchange) };
    const told = [
      { stage: 0, name: exchange.name, partitions: this.countOf(exchange.flow), ...of },
      { stage: 1, name, partitions: this.countOf(this.flow), reads: [of.writes], writes: undefined },
    ];
    for (const stage of told) {
      this.events.stageStarted(stage);
      this.events.stageEnded(stage, undefined, rows.length, rows.length);
    }
    return rows;
  }

  /** Nothing of the action is needed any more, though some of its tasks may still be running. Resolves when its files are gone. */
  async end(): Promise<void> {
    // All files at once, instead of one by one as segments are dropped.
    const gone = this.#folder === undefined ? undefined : this.store.drop(this.#folder);
    for (const [exchange, stored] of this.#stored) if (exchange.lasting === undefined) stored.release();
    await gone;
  }

  #folderFor(writes: Stored | undefined): string | undefined {
    const lasting = writes?.exchange.lasting;
    if (typeof lasting !== 'object' && this.store.storage.apart) return undefined;
    if (lasting === 'cache') return writes!.folderIn(this.store);
    if (lasting !== undefined) return lasting.dir;
    this.#folder ??= this.store.folder();
    return this.#folder;
  }

  #storedOf(exchange: Exchange): Stored {
    let stored = this.#stored.get(exchange);
    if (stored === undefined) {
      const make = (): Stored => new Stored(exchange, this.store, exchange.kept?.length ?? this.countOf(exchange.flow));
      stored = exchange.lasting === undefined ? make() : this.#options.lasting.storedOf(exchange, make);
      this.#stored.set(exchange, stored);
      this.#byId.set(stored.id, stored);
    }
    return stored;
  }

  get #inputs(): Inputs {
    const shared = this.#options.engine.sharesMemory;
    return {
      source: (source, partition, binder) => this.#sources.read(source, partition, binder),
      parts: (exchange, partition) => {
        const stored = this.#storedOf(exchange);
        const keep = exchange.lasting === undefined ? undefined : stored.nameOf(partition);
        return { parts: stored.parts(partition, shared), keep };
      },
      runs: (exchange, partition) => this.#storedOf(exchange).runs(partition, exchange.count ?? 1, shared),
      ownRuns: (exchange, partition) => this.#storedOf(exchange).ownRuns(partition, shared),
      offset: (exchange, partition) => this.#storedOf(exchange).offset(partition),
      count: (flow) => this.countOf(flow),
    };
  }
}
