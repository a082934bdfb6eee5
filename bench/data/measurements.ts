/** Rows to group and to join. Values are whole thousandths, so that sums taken in any order agree to the third decimal. */
import { seeded } from '../random.js';
import { made } from './made.js';

const ids1 = 100;
const ids2 = 100_000;
/** Of each hundred ids, ninety are in the other table. */
const isListed = (id: number): boolean => id % 10 !== 9;

/** `id1,id2,v` with 100 and 100,000 distinct ids. */
export const measurements = (rows: number): string =>
  made(`measurements-${rows}.csv`, (output) => {
    const random = seeded(9);
    output.text('id1,id2,v\n');
    for (let i = 0; i < rows; i++) {
      const v = (Math.floor(random() * 10_000_000) / 1000).toFixed(3);
      output.text(`${Math.floor(random() * ids1)},${Math.floor(random() * ids2)},${v}\n`);
    }
  });

/** `id2,w`, 90,000 rows. */
export const weights = (): string =>
  made('weights.csv', (output) => {
    const random = seeded(10);
    output.text('id2,w\n');
    for (let id = 0; id < ids2; id++) if (isListed(id)) output.text(`${id},${1 + Math.floor(random() * 9)}\n`);
  });
