/** W9: a table of CSV is loaded, grouped twice and joined. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Dataset } from 'sheaf';
import { type Case, type Contender, type Measured, milliseconds, type Session, WORKERS } from '../case.js';
import { dataset } from '../contenders/dataset.js';
import { measurements, weights } from '../data/measurements.js';

interface Row {
  readonly id1: number;
  readonly id2: number;
  readonly v: number;
}

interface Weight {
  readonly id2: number;
  readonly w: number;
}

type Sums = Iterable<readonly [number, number]>;

/** The files, and what is told of each part when it is done. */
interface Input {
  readonly rows: string;
  readonly weights: string;
  lap(): void;
}

interface Answer {
  readonly count: number;
  /** Sums of `v` by `id1` and by `id2`. */
  readonly q1: Sums;
  readonly q2: Sums;
  /** The sum of `v · w` over rows of equal `id2`. */
  readonly q3: number;
}

const inputOf = (count: number): Input => ({ rows: measurements(count), weights: weights(), lap: () => {} });

/** Sums agree to the third decimal of each, and in the first nine digits of all. */
function digestAnswer({ count, q1, q2, q3 }: Answer): string {
  return `${count}:${digestSums(q1)}:${digestSums(q2)}:${q3.toPrecision(9)}`;
}

function digestSums(sums: Sums): string {
  let keys = 0;
  let mixed = 0;
  for (const [key, sum] of sums) {
    const thousandths = Math.round(sum * 1000);
    mixed = (mixed + Math.imul(key + 1, (thousandths % 2 ** 31) ^ (thousandths / 2 ** 31))) | 0;
    keys++;
  }
  return `${keys}/${mixed}`;
}

/** The times of the parts, and before them that of all. */
async function measureParts<Output>(
  session: Session<Input, Output>,
  input: Input,
  parts: number,
): Promise<Measured<Output>> {
  const start = performance.now();
  const laps: number[] = [];
  const output = await session.run({ ...input, lap: () => laps.push(performance.now()) });
  if (laps.length !== parts) throw new Error(`There were ${laps.length} parts in place of ${parts}.`);
  const times = laps.map((end, i) => end - (laps[i - 1] ?? start));
  return { ms: [laps.at(-1)! - start, ...times], output };
}

/** Objects in an array, and a Map for each question, on one thread. */
function byHand({ rows: path, weights: other, lap }: Input): Answer {
  const rows: Row[] = [];
  eachLine(path, (line) => {
    const [id1, id2, v] = line.split(',');
    rows.push({ id1: Number(id1), id2: Number(id2), v: Number(v) });
  });
  lap();
  const q1 = new Map<number, number>();
  for (const { id1, v } of rows) q1.set(id1, (q1.get(id1) ?? 0) + v);
  lap();
  const q2 = new Map<number, number>();
  for (const { id2, v } of rows) q2.set(id2, (q2.get(id2) ?? 0) + v);
  lap();
  const weightOf = new Map<number, number>();
  eachLine(other, (line) => {
    const [id2, w] = line.split(',');
    weightOf.set(Number(id2), Number(w));
  });
  let q3 = 0;
  for (const { id2, v } of rows) {
    const w = weightOf.get(id2);
    if (w !== undefined) q3 += v * w;
  }
  lap();
  return { count: rows.length, q1, q2, q3 };
}

/** Lines of a file behind its first. */
function eachLine(path: string, use: (line: string) => void): void {
  const fd = openSync(path, 'r');
  const block = Buffer.allocUnsafe(1 << 20);
  let rest = '';
  let isFirst = true;
  for (let read = readSync(fd, block); read > 0; read = readSync(fd, block)) {
    const lines = (rest + block.latin1Slice(0, read)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!isFirst) use(line);
      isFirst = false;
    }
  }
  closeSync(fd);
}

const add = (a: number, b: number): number => a + b;

async function questions(rows: Dataset<Row>, others: Dataset<Weight>, lap: () => void): Promise<Answer> {
  const count = await rows.count();
  lap();
  const q1 = await rows
    .map(({ id1, v }) => [id1, v] as const)
    .reduceByKey(add)
    .collect();
  lap();
  const q2 = await rows
    .map(({ id2, v }) => [id2, v] as const)
    .reduceByKey(add)
    .collect();
  lap();
  const q3 = await rows
    .map(({ id2, v }) => [id2, v] as const)
    .join(others.map(({ id2, w }) => [id2, w] as const))
    .map(([, [v, w]]) => v * w)
    .sum();
  lap();
  return { count, q1, q2, q3 };
}

const numbers = { id1: 'number', id2: 'number', v: 'number' } as const;

const closures: Case<Input, Answer> = {
  id: 'W9-closures',
  title: 'a CSV table of 10,000,000 rows, with functions of the program',
  size: { full: 10_000_000, quick: 200_000 },
  metrics: ['all', 'load', 'q1: sums by 100 ids', 'q2: sums by 100,000 ids', 'q3: join and sum'].map(milliseconds),
  input: inputOf,
  warm: () => inputOf(50_000),
  digest: digestAnswer,
  measure: (session, input) => measureParts(session, input, 4),
  contenders: [
    {
      name: 'objects and Maps',
      family: 'hand',
      role: 'reference',
      open: async () => ({ run: byHand, close: async () => {} }),
    },
    dataset({
      run: async (input, { Dataset }, engine) => {
        const rows = Dataset.csv<Row>(input.rows, { engine, columns: numbers }).cache();
        const others = Dataset.csv<Weight>(input.weights, { engine, columns: { id2: 'number', w: 'number' } });
        return questions(rows, others, input.lap);
      },
    }),
  ],
};

/** The three questions as SQL; each a query that gives an array of rows with `key` and `sum`. */
interface SqlAnswer {
  readonly q1: Sums;
  readonly q2: Sums;
  readonly q3: number;
}

interface Sum {
  readonly key: number;
  readonly sum: number;
}

type Ask = (query: string) => PromiseLike<readonly Sum[]>;

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

async function asked(ask: Ask, { rows, weights, lap }: Input): Promise<SqlAnswer> {
  const table = `read_csv(${quoted(rows)}, columns = {'id1': 'INTEGER', 'id2': 'INTEGER', 'v': 'DOUBLE'})`;
  const other = `read_csv(${quoted(weights)}, columns = {'id2': 'INTEGER', 'w': 'INTEGER'})`;
  const sums = async (query: string): Promise<Sums> => (await ask(query)).map(({ key, sum }) => [key, sum] as const);
  const q1 = await sums(`SELECT id1 AS key, sum(v) AS sum FROM ${table} GROUP BY id1`);
  lap();
  const q2 = await sums(`SELECT id2 AS key, sum(v) AS sum FROM ${table} GROUP BY id2`);
  lap();
  const [joined] = await ask(`SELECT 0 AS key, sum(v * w) AS sum FROM ${table} JOIN ${other} USING (id2)`);
  lap();
  return { q1, q2, q3: joined!.sum };
}

/** DuckDB by itself, with as many threads as the pool has workers. */
const duckdb: Contender<Input, SqlAnswer> = {
  name: 'DuckDB',
  family: 'duckdb',
  role: 'reference',
  open: async () => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', { threads: String(WORKERS) });
    const connection = await instance.connect();
    const ask: Ask = async (query) => (await connection.runAndReadAll(query)).getRowObjectsJS() as unknown as Sum[];
    return {
      run: (input) => asked(ask, input),
      close: async () => {
        connection.closeSync();
        instance.closeSync();
      },
    };
  },
};

const sql: Case<Input, SqlAnswer> = {
  id: 'W9-sql',
  title: 'the same questions by Dataset.sql, from CSV each time',
  size: closures.size,
  metrics: ['all', 'q1: sums by 100 ids', 'q2: sums by 100,000 ids', 'q3: join and sum'].map(milliseconds),
  input: inputOf,
  warm: () => inputOf(50_000),
  digest: (answer) => digestAnswer({ count: 0, ...answer }),
  measure: (session, input) => measureParts(session, input, 3),
  contenders: [
    duckdb,
    dataset({
      run: (input, { Dataset }, engine) => asked((query) => Dataset.sql<Sum>(query, { engine }).collect(), input),
    }),
  ],
};

export default [closures, sql];
