/** What an action tells of itself, to whoever listens to its engine. */

import { CancelledError } from '../errors.js';
import { eventError } from '../observe/events.js';
import type { EventHub } from '../observe/hub.js';
import { startTrace, type Trace } from '../observe/tracing.js';
import type { Input, TaskSpec, Tree } from '../stage/spec.js';
import type { Done } from './action.js';
import type { Stored } from './stored.js';

/** A stage while it runs. */
export interface StageTold {
  readonly stage: number;
  readonly name: string;
  readonly partitions: number;
  readonly reads: readonly Stored[];
  readonly writes: Stored | undefined;
}

export class ActionEvents {
  readonly #events: EventHub;
  readonly #job: number;
  #rows = 0;
  #started = false;
  #trace: Trace | undefined;

  constructor(events: EventHub, job: number) {
    this.#events = events;
    this.#job = job;
  }

  get active(): boolean {
    return this.#events.active;
  }

  /** Spans of what is started meanwhile are inside of the action's. */
  within<T>(run: () => T): T {
    return this.#trace === undefined ? run() : this.#trace.within(run);
  }

  started(label: string, plan: () => string): void {
    this.#started = true;
    this.#trace = startTrace(`action ${label}`, { 'sheaf.job': this.#job, 'sheaf.label': label });
    if (this.active) this.#events.emit({ kind: 'job-started', job: this.#job, label, of: 'action', plan: plan() });
  }

  ended(failure: { readonly error: unknown } | undefined): void {
    this.#trace?.end({}, failure);
    if (!this.active || !this.#started) return;
    const job = this.#job;
    if (failure === undefined) {
      this.#events.emit({ kind: 'job-ended', job, outcome: 'done', done: this.#rows, failed: 0 });
      return;
    }
    const outcome = failure.error instanceof CancelledError ? 'cancelled' : 'failed';
    const cause = eventError(failure.error);
    this.#events.emit({
      kind: 'job-ended',
      job,
      outcome,
      done: this.#rows,
      failed: outcome === 'failed' ? 1 : 0,
      cause,
    });
  }

  stageStarted({ stage, name, partitions, reads, writes }: StageTold): void {
    if (!this.active) return;
    this.#events.emit({
      kind: 'stage-started',
      job: this.#job,
      stage,
      name,
      partitions,
      reads: reads.map((stored) => stored.name),
      ...(writes === undefined ? {} : { writes: writes.name }),
    });
  }

  /** A stage is over; `rowsOut` of one that nothing reads are rows of the result. */
  stageEnded({ stage, writes }: StageTold, failure: unknown, rowsIn: number, rowsOut: number): void {
    if (writes === undefined) this.#rows += rowsOut;
    if (!this.active) return;
    const outcome = failure === undefined ? 'done' : failure instanceof CancelledError ? 'cancelled' : 'failed';
    this.#events.emit({ kind: 'stage-ended', job: this.#job, stage, outcome, rowsIn, rowsOut });
  }

  /** What a task has read of exchanges. */
  read(stage: number, task: TaskSpec, nameOf: (exchange: number) => Stored | undefined): void {
    const sums = new Map<number, { rows: number; bytes: number }>();
    partsOf(task.tree, (exchange, rows, bytes) => {
      const sum = sums.get(exchange) ?? { rows: 0, bytes: 0 };
      sums.set(exchange, sum);
      sum.rows += rows;
      sum.bytes += bytes;
    });
    const { partition } = task;
    for (const [exchange, { rows, bytes }] of sums) {
      const stored = nameOf(exchange);
      if (stored === undefined) continue;
      const common = { job: this.#job, stage, partition, rows, bytes };
      if (stored.exchange.lasting === undefined)
        this.#events.emit({ kind: 'exchange-read', exchange: stored.name, ...common });
      else this.#events.emit({ kind: 'partition-read-from-cache', ...common });
    }
  }

  /** What a task has left. */
  wrote(stage: number, writes: Stored | undefined, { partition, segment, spilled }: Done): void {
    const job = this.#job;
    const to = 'file' in segment.place ? 'file' : 'memory';
    if (spilled > 0 && 'file' in segment.place)
      this.#events.emit({ kind: 'spill', job, stage, partition, bytes: spilled, file: segment.place.file });
    if (writes === undefined) return;
    if (writes.exchange.lasting !== undefined) {
      const [rows = 0, bytes = 0] = [segment.rows[0], segment.bytes[0]];
      this.#events.emit({ kind: 'partition-cached', job, stage, partition, rows, bytes, to });
      return;
    }
    for (const [at, target] of segment.partitions.entries()) {
      const [rows, bytes] = [segment.rows[at]!, segment.bytes[at]!];
      const exchange = writes.name;
      this.#events.emit({
        kind: 'exchange-written',
        job,
        exchange,
        stage,
        from: partition,
        partition: target,
        rows,
        bytes,
        to,
      });
    }
  }

  lost(stage: number, partition: number, reason: string): void {
    if (this.active) this.#events.emit({ kind: 'recomputed', job: this.#job, stage, partition, cause: reason });
  }
}

function partsOf(tree: Tree, use: (exchange: number, rows: number, bytes: number) => void): void {
  for (const input of inputsOf(tree.from))
    if ('parts' in input) for (const part of input.parts) use(part.exchange, part.rows, part.bytes);
}

function inputsOf(input: Input): Input[] {
  if (input.kind === 'concat') return input.trees.flatMap((tree) => inputsOf(tree.from));
  if (input.kind === 'join' || input.kind === 'cross') return input.sides.flatMap((tree) => inputsOf(tree.from));
  return [input];
}
