/** How rows get from one stage to the next: through memory, through files, or through memory as far as it goes. */
import type { LocalOptions } from 'sheaf';
import { type Case, milliseconds } from '../../case.js';
import { dataset } from '../../contenders/dataset.js';
import { serial } from '../../contenders/serial.js';

const ways: Readonly<Record<string, LocalOptions>> = {
  memory: {},
  file: { exchange: 'file' },
  'memory: 32MB': { memory: '32MB' },
};

/** About 100 bytes. */
const rowOf = (i: number) => [i % 997, `${'row '.repeat(20)}${i}`] as const;

const lengthOf = (rows: Iterable<readonly [number, string]>): number => {
  let sum = 0;
  for (const [, text] of rows) sum += text.length;
  return sum;
};

/** @param times how often, so that what is short can be measured */
function moving(id: string, title: string, size: { full: number; quick: number }, times: number): Case<number, number> {
  return {
    id: `choosing-exchange-${id}`,
    title: `rows of 100 bytes to other partitions, ${title}`,
    size,
    metrics: [milliseconds()],
    input: (rows) => rows,
    warm: () => 10_000,
    digest: String,
    contenders: [
      ...Object.entries(ways).map(([suffix, options]) =>
        dataset<number, number>({
          suffix,
          options,
          run: async (rows, { Dataset, hash }, engine) => {
            let sum = 0;
            for (let time = 0; time < times; time++) {
              sum += await Dataset.range(0, rows, 1, { engine, partitions: 4 })
                .map(rowOf)
                .partitionBy(hash(4))
                .mapPartitions((part) => [lengthOf(part)])
                .sum();
            }
            return sum;
          },
        }),
      ),
      serial((rows) => {
        let sum = 0;
        for (let time = 0; time < times; time++) for (let i = 0; i < rows; i++) sum += rowOf(i)[1].length;
        return sum;
      }),
    ],
  };
}

export default [
  moving('small', '1 MB, 20 times', { full: 10_000, quick: 2000 }, 20),
  moving('medium', '20 MB', { full: 200_000, quick: 20_000 }, 1),
  moving('large', '100 MB', { full: 1_000_000, quick: 40_000 }, 1),
];
