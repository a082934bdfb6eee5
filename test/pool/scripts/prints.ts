/** `prints <workers>`: tasks print lines to both outputs, one of them long; the pool is left as it is. */
import { Pool } from 'sheaf';

const workers = Number(process.argv[2]);
const pool = new Pool({ workers, isolation: 'thread', allocation: 'round-robin' });
await pool.map(
  Array.from({ length: 4 * workers }, (_, i) => i),
  (i) => {
    console.log(`out ${i} ${'x'.repeat(i === 0 ? 400_000 : i)}`);
    console.error(`err ${i}`);
  },
  { chunkSize: 1, inline: false },
);
