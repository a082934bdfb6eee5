/** Records of 100 bytes, as the sort benchmarks have them: ten random printable key bytes, a number, filling, CR LF. */
import { seeded } from '../random.js';
import { made } from './made.js';

const filling = 'AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKKKLLLLMMMM';

export const records = (count: number): string =>
  made(`records-${count}.txt`, (output) => {
    const random = seeded(8);
    const record = Buffer.from(`${' '.repeat(12)}${'0'.repeat(32)}  ${filling}\r\n`);
    for (let i = 0; i < count; i++) {
      for (let at = 0; at < 10; at++) record[at] = 32 + Math.floor(random() * 95);
      record.write(i.toString(16).padStart(32, '0'), 12, 'latin1');
      output.put(record);
    }
  });
