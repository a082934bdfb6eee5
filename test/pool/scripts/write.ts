/** `write <folder> <gate> <isolation> <word>`: overwrites the folder with six files; the row of the fifth waits for the gate. */
import { Dataset, local } from 'sheaf';
import { blockUntilOpen } from '../../contract/gates.js';

const [folder = '', gate = '', isolation = 'thread', word = ''] = process.argv.slice(2);
const engine = local({ workers: 2, isolation: isolation as 'thread' | 'process' });
const { files } = await Dataset.range(0, 6, 1, { partitions: 6, engine })
  .map((x) => {
    if (x === 4) blockUntilOpen(gate);
    return `${word} ${x}`;
  })
  .write.text(folder, { overwrite: true });
console.log(files.length);
