/**
 * Sorting rows that the program has and that it wants back: sending them to workers costs several times what sorting their keys does, so
 * that happens here, on copies. Only where a key is sure to be found quickly, by code that calls nothing; and whatever is unusual
 * is left to the workers, who say best what is wrong with it.
 */

import { copyRecords, decodeRows, encodeRows } from '../codec/index.js';
import type { Engine } from '../engine/engine.js';
import { looking } from '../function/simple.js';
import { argsort } from '../partition/argsort.js';
import { keyProblem } from '../partition/keys.js';
import type { Exchange, Flow } from '../plan/flow.js';
import type { PlanKeyed, SourceNode } from '../plan/node.js';
import { setImmediate } from '../timers.js';
import { checkRows } from './plain-rows.js';
import { type Store, storeOf } from './store.js';

export interface SortHere {
  readonly exchange: Exchange;
  readonly items: readonly unknown[];
  /** `undefined` for rows that are their own keys. */
  readonly keyOf: ((row: unknown) => unknown) | undefined;
  readonly descending: boolean;
}

/** Fewer are sorted as quickly as a task is sent. */
const fewestRows = 10_000;
const chunkRows = 4096;
/** So long may the program's own timers wait, in ms. */
const sliceMs = 8;
/**
 * Nothing else has its turn while keys are sorted. So many are sorted in about half a second: numbers and what is like them, strings, and
 * those that are compared or taken apart.
 */
const mostKeys = { light: 4_000_000, strings: 1_000_000, heavy: 200_000 };
/** A part of all chunks that may be unlike their neighbours: they are encoded and decoded. */
const oddChunks = 1 / 8;

/** What is to be sorted here of a flow, if it is such a one. */
export function sortHereOf(
  { base, ops }: Flow,
  bytesOf: (source: SourceNode) => number | undefined,
  { storage }: Store,
): SortHere | undefined {
  if (base.kind !== 'runs' || base.of !== 'range' || ops.length > 0) return undefined;
  const { exchange, sort } = base;
  const from = exchange.flow.base;
  if (from.kind !== 'source' || from.source.kind !== 'items' || exchange.flow.ops.length > 0) return undefined;
  const { items } = from.source;
  if (items.length < fewestRows || storage.apart || storage.exchange === 'file') return undefined;
  if (bytesOf(from.source)! > storage.memory / 2) return undefined;
  const keyOf = keyOfRows(sort.keyed);
  return keyOf && { exchange, items, keyOf: keyOf === itself ? undefined : keyOf, descending: sort.descending };
}

/** Whether collect() of it tries to. */
export function sortsHere(engine: Engine, flow: Flow, bytesOf: (source: SourceNode) => number | undefined): boolean {
  return engine.clones && sortHereOf(flow, bytesOf, storeOf(engine)) !== undefined;
}

const itself = (row: unknown): unknown => row;

function keyOfRows(keyed: PlanKeyed): ((row: unknown) => unknown) | undefined {
  if (keyed.kind === 'row') return itself;
  return keyed.kind === 'fn' ? looking(keyed.fn) : undefined;
}

/**
 * Copies of the rows, in order; `undefined` if that is better left to the workers.
 * @param closed whether the engine takes no work any more
 */
export async function sortHere(
  { items, keyOf, descending }: SortHere,
  signal: AbortSignal,
  closed: () => boolean,
): Promise<unknown[] | undefined> {
  const rows: unknown[] = [];
  const keys: unknown[] = keyOf === undefined ? rows : [];
  let odd = 0;
  let since = performance.now();
  try {
    for (let from = 0; from < items.length; from += chunkRows) {
      const to = Math.min(items.length, from + chunkRows);
      if (!copied(items, from, to, rows)) {
        odd++;
        if (odd * chunkRows > items.length * oddChunks) return undefined;
      }
      if (keyOf !== undefined) for (let i = from; i < to; i++) keys.push(keyOf(rows[i]));
      if (items.length > mostOf(keys, from, to)) return undefined;
      if (performance.now() - since < sliceMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) break;
      if (closed()) return undefined;
      since = performance.now();
    }
    if (!signal.aborted) return inOrder(rows, argsort(keys, descending));
  } catch {
    // Something is wrong with a row or its key.
    return undefined;
  }
  signal.throwIfAborted();
  return undefined;
}

/** How many keys may be sorted here that are like these. Throws for what is no key, also where comparing would not look. */
function mostOf(keys: readonly unknown[], from: number, to: number): number {
  let most = mostKeys.light;
  for (let i = from; i < to; i++) {
    const key = keys[i];
    const kind = typeof key;
    if (kind === 'number') continue;
    if (kind === 'string') most = Math.min(most, mostKeys.strings);
    else if (kind === 'bigint') most = mostKeys.heavy;
    else if (kind === 'object' && key !== null && !(key instanceof Date)) {
      if (keyProblem(key) !== undefined) throw new TypeError('no key');
      most = mostKeys.heavy;
    }
  }
  return most;
}

/** Copies rows to the end of `target`; whether they were all alike. */
function copied(items: readonly unknown[], from: number, to: number, target: unknown[]): boolean {
  let at = from;
  if (typeof items[at] === 'object') at = copyRecords(items, from, to, target);
  else for (; at < to && isPrimitive(items[at]); at++) target.push(items[at]);
  if (at === to) return true;
  checkRows(items, at, to);
  const decoded = decodeRows(encodeRows(items, { from: at, to }));
  for (let i = 0; i < decoded.length; i++) target.push(decoded[i]);
  return false;
}

function isPrimitive(value: unknown): boolean {
  const kind = typeof value;
  return kind === 'string' || kind === 'number' || kind === 'boolean' || kind === 'bigint' || kind === 'undefined';
}

function inOrder(rows: readonly unknown[], order: Uint32Array): unknown[] {
  const result = new Array<unknown>(order.length);
  for (let i = 0; i < result.length; i++) result[i] = rows[order[i]!];
  return result;
}
