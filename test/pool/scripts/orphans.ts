/** `orphans <what>`: starts worker processes, says their numbers, and goes on until it is killed. */
import { Pool } from 'sheaf';

const [what = ''] = process.argv.slice(2);
const pool = new Pool({ workers: 2, isolation: 'process' });
const pids = await pool.map([1, 2], async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return process.pid;
});

if (what === 'loop') {
  void pool.map([1, 2], (x) => {
    process.stdout.write(`looping ${x}\n`);
    for (;;);
  });
} else if (what === 'wait') {
  void pool.map([1, 2], async (x) => {
    process.stdout.write(`looping ${x}\n`);
    await new Promise(() => setInterval(() => {}, 1000));
  });
} else {
  console.log('looping 1\nlooping 2');
  setInterval(() => {}, 1000);
}
console.log(`pids ${JSON.stringify([...new Set(pids)])}`);
