/** `stream <count> <kind> <how>`: streams so many items and samples the memory of the process on the way. */
import { Pool } from 'sheaf';
import { type Kind, optionsOf } from '../engines.js';

const [count = '0', kind = 'threads', how = 'sync'] = process.argv.slice(2);
const total = Number(count);

function* sync(): Generator<number> {
  for (let i = 0; i < total; i++) yield i;
}
async function* batches(): AsyncGenerator<number> {
  for (let i = 0; i < total; ) {
    await new Promise((resolve) => setImmediate(resolve));
    for (const end = Math.min(total, i + 1000); i < end; i++) yield i;
  }
}

const pool = new Pool(optionsOf(kind as Kind));
const samples: { done: number; heapMb: number; rssMb: number }[] = [];
const every = Math.floor(total / 20);
const began = performance.now();
let done = 0;
let sum = 0;
for await (const result of pool.map(how === 'sync' ? sync() : batches(), (x) => x + 1, {
  ordered: how !== 'unordered',
})) {
  sum += result;
  if (++done % every !== 0) continue;
  (globalThis as { gc?: () => void }).gc?.(); // what is garbage does not count
  const { heapUsed, external, rss } = process.memoryUsage();
  samples.push({ done, heapMb: Math.round((heapUsed + external) / 2 ** 20), rssMb: Math.round(rss / 2 ** 20) });
}
await pool.close();
console.log(JSON.stringify({ done, sum, seconds: (performance.now() - began) / 1000, samples }));
