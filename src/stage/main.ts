/**
 * What a task of a stage runs, inside a worker: an ordinary function of the row that says what the task is. It never throws for what can
 * be told apart: how the task ended is what it returns, so that whoever drives the stage can recover.
 */
import { inspect } from 'node:util';
import { hasObjects, leastObject, putObject } from '../exchange/objects.js';
import { PartLost, type Segment } from '../exchange/segment.js';
import { RowRefused } from '../exchange/writer.js';
import { scanCsv } from '../files/csv/scan.js';
import type { PortableFunction } from '../function/portable.js';
import type { FunctionTable } from '../function/rebuild.js';
import { encodeThrown } from '../function/thrown.js';
import { context } from '../worker/context.js';
import { Chain } from './chain.js';
import { openInput } from './open.js';
import { type Done, put } from './output.js';
import type { Look, Looked, LookSpec, StageSpec, TaskResult, TaskSpec } from './spec.js';
import { Surroundings } from './surroundings.js';
import { allRows, located, OpFailed } from './where.js';

type Fn = (...args: unknown[]) => unknown;

/** A stage, ready to run tasks. */
interface Ready {
  readonly functions: readonly Fn[];
  readonly chains: readonly Chain[];
}

/** The function of all tasks of a stage. */
export function stage(spec: StageSpec | LookSpec, table: FunctionTable): (task: never) => unknown {
  return 'look' in spec ? look : working(spec, table);
}

async function look({ place, task }: Look): Promise<Looked> {
  return { place, seen: await scanCsv(task) };
}

function working(spec: StageSpec, table: FunctionTable): (task: TaskSpec) => TaskResult | Promise<TaskResult> {
  let known: Ready | undefined;
  return (task) => {
    if (known !== undefined) return run(spec, known, table, task);
    const start = (functions: readonly Fn[]): TaskResult | Promise<TaskResult> => {
      const ready = { functions, chains: spec.chains.map((ops) => new Chain(ops, functions, spec.leaves)) };
      if (!spec.fresh) known = ready;
      return run(spec, ready, table, task);
    };
    const functions = functionsOf(spec.functions, table);
    return functions instanceof Promise ? functions.then(start) : start(functions);
  };
}

function functionsOf(portable: readonly PortableFunction[], table: FunctionTable): Fn[] | Promise<Fn[]> {
  const prepared = portable.map((fn) => table.prepare(fn.code));
  const made = (all: readonly unknown[]): Fn[] =>
    all.map((one, i) => table.instantiate(one as never, portable[i]!.values) as Fn);
  return prepared.some((one) => one instanceof Promise) ? Promise.all(prepared).then(made) : made(prepared);
}

function run(spec: StageSpec, ready: Ready, table: FunctionTable, task: TaskSpec): TaskResult | Promise<TaskResult> {
  const surroundings = new Surroundings(spec.store, task.attempt);
  const { partition, tree, room } = task;
  const opening = { ...ready, surroundings };
  const failed = (error: unknown): TaskResult => {
    surroundings.clear();
    return ended(error, partition, table);
  };
  const done = (result: Done): TaskResult => {
    const segment = task.object === undefined ? result.segment : stowed(result.segment, task.object);
    const { place } = segment;
    if ('file' in place) surroundings.keep(place.file);
    surroundings.clear();
    const { rowsIn, spilledBytes: spilled } = surroundings;
    const { worker } = context();
    return { kind: 'done', partition, attempt: task.attempt, worker, rowsIn, spilled, ...result, segment };
  };
  try {
    const input = openInput(tree.from, opening);
    const at = { partition: tree.partition, offset: tree.offset ?? 0 };
    const chain = ready.chains[tree.chain]!;
    const putting = put(spec.output, {
      input,
      from: tree.from,
      chain,
      at,
      functions: ready.functions,
      surroundings,
      room,
      partition,
    });
    return putting instanceof Promise ? putting.then(done, failed) : done(putting);
  } catch (error) {
    return failed(error);
  }
}

/** The segment, in the store of the cluster if it is large. The task may run twice, and leaves it under another name each time. */
function stowed(segment: Segment, name: string): Segment {
  const { place } = segment;
  if (!('memory' in place) || place.memory.length < leastObject || !hasObjects()) return segment;
  const object = putObject(`${name}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`, place.memory);
  return { ...segment, place: { object } };
}

function ended(error: unknown, partition: number, table: FunctionTable): TaskResult {
  if (error instanceof PartLost) return { kind: 'lost', partition, ...error.part, reason: error.reason };
  if (error instanceof RowRefused) return ended(located('', undefined, error), partition, table);
  const isUsers = error instanceof OpFailed;
  const { attempt, worker } = context();
  return {
    kind: 'failed',
    partition,
    attempt,
    worker,
    op: isUsers ? error.op : '',
    item: isUsers ? (error.row === allRows ? `partition ${partition}` : preview(error.row)) : '',
    thrown: encodeThrown(isUsers ? error.error : error, table),
  };
}

function preview(row: unknown): string {
  try {
    const options = { depth: 1, maxArrayLength: 5, maxStringLength: 80, breakLength: Infinity, customInspect: false };
    const text = inspect(row, options);
    return text.length > 80 ? `${text.slice(0, 79)}…` : text;
  } catch {
    return `[${typeof row}]`;
  }
}
