/** Where the rows of a task go. */
import type { SegmentWriter } from '../exchange/writer.js';
import { openSink } from '../files/sink.js';
import { HashPartitioner } from '../partition/hash.js';
import { RangePartitioner } from '../partition/range.js';
import { combiningOf } from './aggregate.js';
import { type Batches, drainPacked, leave, type Rows } from './batches.js';
import type { At, Chain } from './chain.js';
import { Combiner } from './combine.js';
import { checkKey, keyOf, refusePair } from './keyed.js';
import { lineRuns, mergedLines, textOf } from './line-rows.js';
import type { Sink } from './loop.js';
import { RunWriter } from './runs.js';
import type { Input, Output, Scatter, TaskResult } from './spec.js';
import type { Surroundings } from './surroundings.js';
import { splitsAsUsual } from './usual.js';
import { within } from './where.js';
import { combinedWords, theWords } from './words.js';

type Fn = (...args: unknown[]) => unknown;
export type Done = Omit<
  TaskResult & { readonly kind: 'done' },
  'kind' | 'partition' | 'attempt' | 'spilled' | 'rowsIn' | 'worker'
>;

/** A task in the making: its rows, the last chain they pass, and what the stage gives. */
export interface Making {
  readonly input: Batches;
  /** What `input` reads. */
  readonly from: Input;
  readonly chain: Chain;
  readonly at: At;
  readonly functions: readonly Fn[];
  readonly surroundings: Surroundings;
  readonly room: number;
  readonly partition: number;
}

export function put(output: Output, making: Making): Done | Promise<Done> {
  switch (output.kind) {
    case 'rows':
      return rows(making);
    case 'buckets':
      return buckets(output, making);
    case 'runs':
      return runs(output, making);
    case 'write':
      return write(output, making);
  }
}

/** Passes all rows through the chain into `sink`, then gives what `finish` makes of it. */
function fill(
  making: Making,
  last: string,
  sink: Sink,
  finish: () => Done,
  afterEach?: () => void,
): Done | Promise<Done> {
  const { chain, input, at, surroundings } = making;
  const { batches, use } = chain.into(input, at, surroundings, last, sink);
  const take =
    afterEach === undefined
      ? use
      : (rows: Rows) => {
          use(rows);
          afterEach();
        };
  // Functions that give rows one by one may still have something to close.
  const failed = (error: unknown): never => {
    void leave(batches);
    throw error;
  };
  let draining: void | Promise<void>;
  try {
    draining = drainPacked(batches, take);
  } catch (error) {
    return failed(error);
  }
  return draining instanceof Promise ? draining.then(finish, failed) : finish();
}

/** @param pairs rows are pairs of Sheaf's own making */
function writerOf({ surroundings, room }: Making, partitions: number, pairs = false): SegmentWriter {
  const file = surroundings.scratchFile('out');
  return surroundings.writer({ partitions, room, file, shared: surroundings.store.shared }, pairs);
}

function rows(making: Making): Done | Promise<Done> {
  const writer = writerOf(making, 1);
  return fill(
    making,
    'the result',
    (row) => writer.put(0, row),
    () => ({ segment: writer.finish() }),
  );
}

function buckets(output: Output & { readonly kind: 'buckets' }, making: Making): Done | Promise<Done> {
  const { functions, partition, surroundings } = making;
  const { to, combine, name } = output;
  const { count } = to;
  const target = targetOf(to, partition, functions);
  if (combine === undefined) {
    const writer = writerOf(making, count, output.pairs === true);
    const finish = (): Done => ({ segment: writer.finish() });
    const { keyed } = output;
    const key = keyOf(keyed, functions, name);
    if (to.kind === 'range' || to.kind === 'custom')
      return fill(
        making,
        name,
        (row) => {
          const one = key(row);
          checkKey(name, one, row);
          writer.put(target(one), row);
        },
        finish,
      );
    if (keyed.kind === 'first')
      return fill(
        making,
        name,
        (row) => {
          if (!Array.isArray(row)) refusePair(name, row);
          writer.put(target((row as unknown[])[0]), row);
        },
        finish,
      );
    return fill(making, name, (row) => writer.put(target(key(row)), row), finish);
  }
  const writer = writerOf(making, count, true);
  const how = combiningOf(combine, functions);
  const { work } = surroundings.store;
  const isUsers = to.kind === 'custom' || to.kind === 'range';
  const put = (key: unknown, state: unknown): void => {
    const row = [key, state];
    writer.put(isUsers ? within(name, row, () => target(key)) : target(key), row);
  };
  const { words } = output;
  const text = words && !how.grows ? textOf(making.from) : undefined;
  if (text !== undefined && (words!.split === undefined || splitsAsUsual())) {
    const counts = words!.sum ?? (combine.kind === 'count' ? 1 : undefined);
    const counting = { name, how, value: words!.value, counts, split: words!.split ?? theWords, put };
    return combinedWords(text, counting, surroundings).then(() => ({ segment: writer.finish() }));
  }
  const combiner = new Combiner(how);
  const flush = (): void => combiner.flush(put);
  const sink = combiner.gathering(output.keyed.kind === 'row' ? 'keys' : 'pairs', work, flush);
  const finish = (): Done => {
    flush();
    combiner.end();
    return { segment: writer.finish() };
  };
  // States that grow are looked at after each batch.
  return fill(making, name, sink, finish, () => {
    if (combiner.bytes > work) flush();
  });
}

function runs({ sort }: Output & { readonly kind: 'runs' }, making: Making): Done | Promise<Done> {
  const { surroundings, functions, room } = making;
  const writer = new RunWriter(sort, surroundings, room, surroundings.scratchFile('out'));
  const text = making.chain.isEmpty && sort.keyed.kind === 'row' ? textOf(making.from) : undefined;
  if (text !== undefined) return lineRuns(text, writer, surroundings).then(() => writer.finish());
  const key = keyOf(sort.keyed, functions, sort.name);
  return fill(
    making,
    sort.name,
    (row) => {
      const one = key(row);
      checkKey(sort.name, one, row);
      writer.add(one, row);
    },
    () => writer.finish(),
  );
}

async function write({ sink: spec }: Output & { readonly kind: 'write' }, making: Making): Promise<Done> {
  const { surroundings } = making;
  const sink = openSink(spec, making.partition);
  let count = 0;
  try {
    const takes = making.chain.isEmpty ? sink.writeLines : undefined;
    const lines = takes && mergedLines(making.from, surroundings);
    if (takes !== undefined && lines !== undefined) {
      count = lines.into(takes);
      surroundings.rowsIn += count;
    } else {
      const rows = making.chain.through(making.input, making.at, surroundings);
      try {
        for (let batch = await rows.next(); batch !== undefined; batch = await rows.next()) {
          count += batch.length;
          await sink.write(batch);
        }
      } catch (error) {
        await leave(rows);
        throw error;
      }
    }
    const written = await sink.commit();
    const memory = new Uint8Array(0);
    const nothing = { place: { memory }, partitions: [0], runs: [[]], rows: [count], bytes: [0], digest: 0 };
    return { segment: nothing, written };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

function targetOf(to: Scatter, partition: number, functions: readonly Fn[]): (key: unknown) => number {
  switch (to.kind) {
    case 'hash': {
      const hash = new HashPartitioner(to.count);
      return (key) => hash.partitionOf(key);
    }
    case 'range': {
      const range = new RangePartitioner(to.bounds, to.count, to.by === undefined ? undefined : functions[to.by]);
      return to.reversed === true ? (key) => to.count - 1 - range.partitionOf(key) : (key) => range.partitionOf(key);
    }
    case 'round-robin': {
      let next = partition;
      return () => next++ % to.count;
    }
    case 'custom': {
      const fn = functions[to.partitionOf]!;
      return (key) => {
        const at = fn(key);
        if (Number.isInteger(at) && (at as number) >= 0 && (at as number) < to.count) return at as number;
        throw new RangeError(`partitionOf must give a whole number from 0 to ${to.count - 1}, not ${String(at)}.`);
      };
    }
  }
}
