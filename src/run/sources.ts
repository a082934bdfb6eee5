/** The sources of a plan, looked at when an action runs: how many partitions they have, and what each reads. */
import { statSync } from 'node:fs';
import type { Engine } from '../engine/engine.js';
import { frameOf } from '../exchange/frames.js';
import { weightOf } from '../exchange/weigh.js';
import type { Scanner } from '../files/csv/plan.js';
import { findFiles, planFiles } from '../files/plan.js';
import type { FileTask } from '../files/task.js';
import type { Binder } from '../plan/bind.js';
import { inputsOf, type PlanNode, type SourceNode } from '../plan/node.js';
import type { Input } from '../stage/spec.js';
import { checkRows } from './plain-rows.js';

/** What is known of files from an action before. */
const planned = new WeakMap<SourceNode, { readonly stamp: string; readonly tasks: readonly FileTask[] }>();

/** Rows of a frame. */
const frameRows = 4096;

const rangeRowBytes = 8;
/** Rows of a range that one partition has at most, unless told: an operator that holds a table of more would go by way of files. */
const mostRangeRows = 2 ** 22;
/** Partitions that a range is cut into for that: each costs the driver something, even where only the first rows are taken. */
const mostRangePartitions = 2 ** 12;
/** Rows of the program that are looked at, to tell how large all are. */
const weighedRows = 16;

export class Sources {
  readonly #engine: Engine;
  readonly #files = new Map<SourceNode, readonly FileTask[]>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Looks at the files that a plan reads; at those that have not changed, no second time. */
  async prepare(plan: PlanNode, scan: Scanner): Promise<void> {
    const { slots } = this.#engine;
    for (const source of sourcesOf(plan)) {
      if (source.kind !== 'files') continue;
      const cwd = process.cwd();
      const stamp = `${slots} ${cwd} ${stampOf(source, cwd)}`;
      const known = planned.get(source);
      if (known?.stamp !== stamp || stamp.endsWith('?')) {
        const tasks = await planFiles(source.source, { partitions: source.partitions, slots, cwd, scan });
        planned.set(source, { stamp, tasks });
      }
      this.#files.set(source, planned.get(source)!.tasks);
    }
  }

  /** `undefined` for files that have not been looked at. */
  partitions(source: SourceNode): number | undefined {
    if (source.kind === 'files') return this.#files.get(source)?.length;
    if (source.partitions !== undefined) return source.partitions;
    const rows = source.kind === 'items' ? source.items.length : source.rows;
    const { slots } = this.#engine;
    // As many for each slot, so that all end at about the same time.
    const most = Math.max(1, Math.floor(mostRangePartitions / slots));
    const each = source.kind === 'range' ? Math.max(1, Math.min(most, Math.ceil(rows / mostRangeRows / slots))) : 1;
    return Math.max(1, Math.min(slots * each, rows));
  }

  /** About how many bytes a source is; `undefined` where that cannot be known before it is read. */
  bytes(source: SourceNode): number | undefined {
    switch (source.kind) {
      case 'range':
        return source.rows * rangeRowBytes;
      case 'items': {
        const { items } = source;
        const some = items.slice(0, weighedRows).reduce((sum: number, item) => sum + weightOf(item), 0);
        return items.length === 0 ? 0 : (some * items.length) / Math.min(items.length, weighedRows);
      }
      case 'files':
        return fileBytes(source);
    }
  }

  read(source: SourceNode, partition: number, binder: Binder): { readonly input: Input; readonly offset: number } {
    if (source.kind === 'files') {
      const task = this.#files.get(source)![partition]!;
      const onBadRow = source.onBadRow === undefined ? undefined : (binder.bound(source.onBadRow) as number);
      return { input: { kind: 'file', task, onBadRow }, offset: 0 };
    }
    const count = this.partitions(source)!;
    const rows = source.kind === 'items' ? source.items.length : source.rows;
    const from = Math.floor((partition * rows) / count);
    const to = Math.floor(((partition + 1) * rows) / count);
    if (source.kind === 'range') {
      const { start, step } = source;
      return { input: { kind: 'range', start, step, from, count: to - from }, offset: from };
    }
    return { input: { kind: 'frames', frames: framesOf(source.items, from, to) }, offset: from };
  }
}

function fileBytes({ source }: SourceNode & { kind: 'files' }): number | undefined {
  if (source.format === 'sql') return undefined;
  try {
    const sizes = findFiles(source.globs, process.cwd()).map(({ file }) => statSync(file));
    return sizes.every((stats) => stats.isFile()) ? sizes.reduce((sum, { size }) => sum + size, 0) : undefined;
  } catch {
    // What is wrong with them is told when they are read.
    return undefined;
  }
}

/** Names, sizes and times of a source's files; `?` where that cannot be known. */
function stampOf({ source }: SourceNode & { kind: 'files' }, cwd: string): string {
  if (source.format === 'sql') return '?';
  return findFiles(source.globs, cwd)
    .map(({ file }) => {
      const { size, mtimeMs, ino } = statSync(file);
      return `${file}:${size}:${mtimeMs}:${ino}`;
    })
    .join();
}

function framesOf(items: readonly unknown[], from: number, to: number): Uint8Array[] {
  checkRows(items, from, to);
  const frames: Uint8Array[] = [];
  for (let at = from; at < to; at += frameRows)
    frames.push(frameOf(items.slice(at, Math.min(to, at + frameRows)), false, at));
  return frames;
}

/** All sources of a plan. */
function sourcesOf(plan: PlanNode): Set<SourceNode> {
  const found = new Set<SourceNode>();
  // A set that grows while it is gone through: plans may be deep.
  const nodes = new Set([plan]);
  for (const node of nodes) {
    if (node.kind === 'items' || node.kind === 'range' || node.kind === 'files') found.add(node);
    for (const input of inputsOf(node)) nodes.add(input);
  }
  return found;
}
