/** The program that works past memory: one operation on rows that it generates, written as text. Its arguments come as JSON. */
import { Dataset, local } from 'sheaf';
import { rowOf, textOf } from './rows.js';

export const operations = ['sort', 'group', 'distinct', 'join', 'skewed-join', 'skewed-reduce'] as const;
export type Operation = (typeof operations)[number];

export interface Job {
  readonly operation: Operation;
  readonly rows: number;
  readonly keys: number;
  readonly memory: string;
  readonly scratch: string;
  readonly out: string;
}

/** Rows of one partition before an exchange: about 16 MB. */
const partitionRows = 160_000;

// Whoever only wants to know the operations has other arguments, or none.
if (process.argv[2]?.startsWith('{') === true) await perform(JSON.parse(process.argv[2]) as Job);

async function perform(job: Job): Promise<void> {
  const engine = local({ workers: 2, memory: job.memory, scratch: job.scratch });
  await lines(job, engine).write.text(job.out);
  await engine.close();
}

function lines({ operation, rows, keys }: Job, engine: ReturnType<typeof local>) {
  const partitions = Math.max(4, Math.ceil(rows / partitionRows));
  const numbers = Dataset.range(0, rows, 1, { engine, partitions });
  const skew = operation.startsWith('skewed');
  const all = numbers.map((id) => rowOf(id, keys, skew));
  const pairs = all.map((row) => [row.key, row] as const);
  switch (operation) {
    case 'sort':
      return all.sortBy((row) => row.text).map((row) => `${row.text} ${row.id}`);
    case 'group':
      return pairs.groupByKey().map(([key, group]) => {
        let sum = 0;
        for (const { id } of group) sum += id;
        return `${key} ${group.length} ${sum}`;
      });
    case 'distinct':
      return numbers.map((id) => textOf(id % Math.floor(rows / 2))).distinct();
    case 'join':
    case 'skewed-join': {
      const others = Dataset.range(0, keys, 2, { engine, partitions: 4 }).map((key) => [key, `k${key}`] as const);
      return pairs.join(others).map(([key, [row, name]]) => `${key} ${row.id} ${row.text} ${name}`);
    }
    case 'skewed-reduce':
      return pairs
        .mapValues(({ id }) => id)
        .reduceByKey((a, b) => a + b)
        .map(([key, sum]) => `${key} ${sum}`);
  }
}
