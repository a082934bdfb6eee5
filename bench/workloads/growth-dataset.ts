/** What a row costs as rows grow, and what a partition costs the driver as partitions do. Neither should grow with them. */
import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import type { Engine } from 'sheaf';
import { type Case, type Measured, type Metric, type Session, WORKERS } from '../case.js';
import { dataset } from '../contenders/dataset.js';
import { serial } from '../contenders/serial.js';
import { outputPath } from '../data/made.js';
import { zipfText } from '../data/text.js';
import { median } from '../statistics.js';
import type { GrowthCase } from './growth.js';

type Sheaf = typeof import('sheaf');

const rowSizes = { full: [100_000, 1_000_000, 10_000_000, 30_000_000], quick: [100_000, 1_000_000] };
const partitionSizes = { full: [100, 1000, 10_000], quick: [100, 1000] };

/** Passes go on until there are so many and have had so many rows, or until the time is up. */
const enough = { rows: 1_000_000, passes: 3, ms: 15_000 };

/** CPU time of this process's first thread, in ms: what the driver takes. `undefined` where the system does not tell. */
function driverMs(): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/** Medians of several passes: the time, the CPU time of all threads, and that of the driver's. */
async function measurePasses<Input>(
  session: Session<Input, string>,
  input: Input,
  rows: number,
): Promise<Measured<string>> {
  const times: number[][] = [[], [], []];
  const begun = performance.now();
  for (;;) {
    const cpu = process.cpuUsage();
    const driver = driverMs();
    const start = performance.now();
    const output = await session.run(input);
    const end = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    const taken = [end - start, (user + system) / 1000, driver === undefined ? Number.NaN : driverMs()! - driver];
    for (const [i, ms] of taken.entries()) times[i]!.push(ms);
    const passes = times[0]!.length;
    if ((passes >= enough.passes && passes * rows >= enough.rows) || end - begun > enough.ms)
      return { ms: times.map(median), output };
  }
}

const metricsOf = (what: string): Metric[] =>
  ['', 'CPU', "the driver's CPU"].map((label) => ({
    label,
    unit: `µs/${what}`,
    show: (ms, size) => (ms * 1000) / size,
  }));

interface GrowthOptions<Input> {
  readonly id: string;
  readonly title: string;
  readonly what: string;
  readonly warm: number;
  readonly sizes: GrowthCase['sizes'];
  input(size: number): Input;
  rowsOf(size: number): number;
  /** The right answer, another way. */
  expected(input: Input): string;
  run(input: Input, sheaf: Sheaf, engine: Engine): PromiseLike<string>;
}

function growth<Input>(options: GrowthOptions<Input>): GrowthCase {
  const { id, title, what, warm, sizes, input, rowsOf, expected, run } = options;
  interface Sized {
    readonly size: number;
    readonly input: Input;
  }
  const sized = (size: number): Sized => ({ size, input: input(size) });
  const case_: Case<Sized, string> = {
    id: `growth-dataset-${id}`,
    title,
    size: { full: warm, quick: warm },
    metrics: metricsOf(what),
    input: sized,
    warm: () => sized(warm),
    digest: (answer) => answer,
    contenders: [
      serial(({ input }) => expected(input)),
      dataset({ run: ({ input }, sheaf, engine) => run(input, sheaf, engine) }),
    ],
    measure: (session, input) => measurePasses(session, input, rowsOf(input.size)),
  };
  return { case: case_, sizes };
}

const byRows = { what: 'row', warm: 50_000, sizes: rowSizes, rowsOf: (rows: number) => rows };

/** Spreads numbers over the 32-bit integers, each to another one. */
function mixed(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Words of the growing texts: few enough to have been met by all sizes. */
const vocabulary = 5000;
/** Of a word and what stands behind it. */
const wordBytes = 7.5;

const growingText = (words: number): string => zipfText(Math.round(words * wordBytes), vocabulary);

/** Lines of a text, a block at a time. */
function* linesOf(path: string): Generator<string> {
  const fd = openSync(path, 'r');
  const block = Buffer.allocUnsafe(1 << 20);
  let rest = '';
  for (let read = readSync(fd, block); read > 0; read = readSync(fd, block)) {
    const lines = (rest + block.latin1Slice(0, read)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  closeSync(fd);
}

const digestCounts = (counts: Iterable<readonly [string, number]>): string => {
  let keys = 0;
  let total = 0;
  let sum = 0;
  for (const [word, count] of counts) {
    keys++;
    total += count;
    sum = (sum + Math.imul(count, word.charCodeAt(0) * 31 + word.charCodeAt(word.length - 1))) | 0;
  }
  return `${keys}:${total}:${sum}`;
};

const words = growth<string>({
  ...byRows,
  id: 'words',
  title: 'word count, a row a word of 5,000',
  input: growingText,
  expected: (path) => {
    const counts = new Map<string, number>();
    for (const line of linesOf(path)) for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
    return digestCounts(counts);
  },
  run: async (path, { Dataset }, engine) =>
    digestCounts(
      await Dataset.text(path, { engine })
        .flatMap((line) => line.split(' '))
        .map((word) => [word, 1] as const)
        .reduceByKey((a, b) => a + b)
        .collect(),
    ),
});

/** Of rows in order: how many, whether each is behind the one before, and a sum that depends on which they are. */
interface Ordered {
  readonly rows: number;
  readonly first: number;
  readonly last: number;
  readonly isInOrder: boolean;
  readonly sum: number;
}

function orderOf(rows: Iterable<readonly [number, number]>): Ordered[] {
  let count = 0;
  let first = 0;
  let last = -1;
  let isInOrder = true;
  let sum = 0;
  for (const [key, value] of rows) {
    if (count++ === 0) first = key;
    if (key < last) isInOrder = false;
    last = key;
    sum = (sum + Math.imul(key, value + 1)) | 0;
  }
  return count === 0 ? [] : [{ rows: count, first, last, isInOrder, sum }];
}

const sort = growth<number>({
  ...byRows,
  id: 'sort',
  title: 'pairs of numbers, sorted by key',
  input: (rows) => rows,
  expected: (rows) => {
    let sum = 0;
    for (let id = 0; id < rows; id++) sum = (sum + Math.imul(mixed(id), id + 1)) | 0;
    return `${rows}:true:${sum}`;
  },
  run: async (rows, { Dataset }, engine) => {
    const parts = await Dataset.range(0, rows, 1, { engine })
      .map((id) => [mixed(id), id] as const)
      .sortByKey()
      .mapPartitions(orderOf)
      .collect();
    const isInOrder = parts.every((part, i) => part.isInOrder && (i === 0 || parts[i - 1]!.last <= part.first));
    const count = parts.reduce((all, part) => all + part.rows, 0);
    return `${count}:${isInOrder}:${parts.reduce((sum, part) => (sum + part.sum) | 0, 0)}`;
  },
});

const join = growth<number>({
  ...byRows,
  id: 'join',
  title: 'pairs of numbers, joined with half as many others',
  input: (rows) => rows,
  expected: (rows) => {
    let count = 0;
    let sum = 0;
    for (let id = 0; id < rows; id++) {
      if (mixed(id) % rows >= rows / 2) continue;
      count++;
      sum += id % 1000;
    }
    return `${count}:${sum}`;
  },
  run: async (rows, { Dataset }, engine) => {
    const all = Dataset.range(0, rows, 1, { engine }).map((id) => [mixed(id) % rows, id] as const);
    const others = Dataset.range(0, Math.ceil(rows / 2), 1, { engine }).map((key) => [key, -key] as const);
    const { count, sum } = await all
      .join(others)
      .map(([, [id]]) => id % 1000)
      .stats();
    return `${count}:${sum}`;
  },
});

const stream = growth<string>({
  ...byRows,
  id: 'stream',
  title: 'lines of text, changed and written: memory',
  // Rows are lines here.
  input: (rows) => growingText(rows * 12),
  sizes: { full: rowSizes.full.slice(0, 3), quick: rowSizes.quick },
  expected: (path) => {
    let lines = 0;
    for (const line of linesOf(path)) if (line.length % 2 === 0) lines++;
    return `${lines}`;
  },
  run: async (path, { Dataset }, engine) => {
    const out = outputPath('streamed');
    const { rows } = await Dataset.text(path, { engine })
      .filter((line) => line.length % 2 === 0)
      .map((line) => line.toUpperCase())
      .write.text(out, { overwrite: true });
    rmSync(out, { recursive: true });
    return `${rows}`;
  },
});

const iterate = growth<number>({
  ...byRows,
  id: 'iterate',
  title: 'rows that the driver takes one by one: memory',
  input: (rows) => rows,
  expected: (rows) => `${rows}:${(rows / 2) * (rows - 1)}`,
  run: async (rows, { Dataset }, engine) => {
    let count = 0;
    let sum = 0;
    // Partitions of one size: one is held whole until its rows are taken.
    const partitions = Math.max(WORKERS, Math.ceil(rows / 100_000));
    for await (const { id } of Dataset.range(0, rows, 1, { engine, partitions }).map((id) => ({ id }))) {
      count++;
      sum += id;
    }
    return `${count}:${sum}`;
  },
});

const rowsEach = 100;
const byPartitions = {
  what: 'partition',
  warm: 50,
  sizes: partitionSizes,
  input: (partitions: number) => partitions,
  rowsOf: (partitions: number) => partitions * rowsEach,
};

const partitions = growth<number>({
  ...byPartitions,
  id: 'partitions',
  title: 'one stage of partitions of 100 rows',
  expected: (partitions) => `${(partitions * rowsEach * (partitions * rowsEach + 1)) / 2}`,
  run: async (partitions, { Dataset }, engine) =>
    `${await Dataset.range(0, partitions * rowsEach, 1, { engine, partitions })
      .map((x) => x + 1)
      .sum()}`,
});

const exchange = growth<number>({
  ...byPartitions,
  id: 'exchange',
  title: 'partitions of 100 rows, exchanged to 100 others',
  expected: (partitions) => `1000:${partitions * rowsEach}`,
  run: async (partitions, { Dataset }, engine) => {
    const { count, sum } = await Dataset.range(0, partitions * rowsEach, 1, { engine, partitions })
      .map((x) => [x % 1000, 1] as const)
      .reduceByKey((a, b) => a + b, { partitions: 100 })
      .values()
      .stats();
    return `${count}:${sum}`;
  },
});

export default [words, sort, join, stream, iterate, partitions, exchange];
