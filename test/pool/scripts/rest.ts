/**
 * `rest <what> <kind>`: what pools keep, and what they do while nothing is to be done. Run with `--expose-gc`.
 *
 * `idle`: how often the threads of an idle pool woke up in a second, in the quietest of some; `pools`: memory after 10 pools, and after 100 more;
 * `buffers`: how many shared buffers that were made for jobs are still held after them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Kind, optionsOf } from '../engines.js';

const [what = 'idle', kind = 'threads'] = process.argv.slice(2);
const collect = (globalThis as unknown as { gc(): void }).gc;

/** Shared buffers made since the last look, for what may still hold them. */
let made: WeakRef<SharedArrayBuffer>[] = [];
globalThis.SharedArrayBuffer = new Proxy(SharedArrayBuffer, {
  construct(target, args, newTarget) {
    const buffer: SharedArrayBuffer = Reflect.construct(target, args, newTarget);
    made.push(new WeakRef(buffer));
    return buffer;
  },
});
const { Pool, shared } = await import('sheaf');

const many = Array.from({ length: 100_000 }, (_, i) => i);
const floats = Float64Array.from(many);

async function work(pool: InstanceType<typeof Pool>): Promise<void> {
  await pool.map(many, (x) => x + 1, { inline: false });
  await pool.map(floats, (x) => x + 1, { inline: false, into: Float64Array });
  await pool.map(shared(floats), (x) => x + 1, { inline: false, into: Float64Array });
  await Promise.all(many.slice(0, 1000).map((x) => pool.run((y: number) => y, [x])));
  await pool.map([1, 2, 3, 4], (x) => new Float64Array(100_000).fill(x), { inline: false });
  await pool.map([floats, floats, floats], (xs) => xs[1]! + xs.length, { inline: false });
}

/** What is garbage is gone after this, with all that waits for its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collect();
    await delay(10);
  }
}

async function memory(): Promise<{ heapMb: number; rssMb: number }> {
  await settle();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapMb: (heapUsed + external) / 2 ** 20, rssMb: rss / 2 ** 20 };
}

/** How often the threads of a process and its children went to sleep of themselves so far: each time something had woken them. */
function sleeps(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [, count] =
      /^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')) ?? [];
    sum += Number(count);
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
    if (children !== '') for (const child of children.split(' ')) sum += sleeps(Number(child));
  }
  return sum;
}

const measured = {
  async idle() {
    const pool = new Pool(optionsOf(kind as Kind));
    await work(pool);
    const counts: number[] = [];
    // V8 tidies up for a while.
    while (counts.length < 20 && !counts.some((count) => count <= 5)) {
      const before = sleeps(process.pid);
      await delay(1000);
      counts.push(sleeps(process.pid) - before);
    }
    await pool.close();
    return Math.min(...counts);
  },

  async pools() {
    const open = async (): Promise<void> => {
      const pool = new Pool({ ...optionsOf(kind as Kind), workers: 1 });
      await pool.map(many.slice(0, 5000), (x) => x + 1, { inline: false });
      await pool.close();
    };
    for (let i = 0; i < 10; i++) await open();
    const first = await memory();
    for (let i = 0; i < 100; i++) await open();
    // Threads that have ended give their memory back when the machine finds the time.
    let last = await memory();
    for (let look = 0; look < 20 && last.rssMb > first.rssMb + 50; look++) {
      await delay(100);
      last = await memory();
    }
    return { first, last };
  },

  async buffers() {
    const pool = new Pool(optionsOf(kind as Kind));
    await work(pool);
    made = [];
    await work(pool);
    await pool.map(many, (x) => (x === 50_000 ? fail() : x), { inline: false }).then(undefined, () => {});
    for await (const x of pool.map(many, (y) => y, { inline: false })) if (x === 50_000) break;
    const mine = made;
    const counts: number[] = [];
    // Workers tell of the end of what was cancelled in their own time.
    while (counts.length < 100 && counts.at(-1) !== 0) {
      await settle();
      counts.push(mine.filter((buffer) => buffer.deref() !== undefined).length);
    }
    await pool.close();
    return { made: mine.length, held: counts.at(-1) };
  },
};

function fail(): never {
  throw new Error('on purpose');
}

console.log(JSON.stringify(await measured[what as keyof typeof measured]()));
