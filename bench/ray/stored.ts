/** Blocks of numbers from the cluster's store through a function and into the store again, beside plain Ray's NumPy tasks. */
import { Dataset, type Engine } from 'sheaf';
import { median } from '../statistics.js';
import type { Ask } from './words.js';

const rounds = 5;
const blocks = 16;

type Block = Float64Array<ArrayBuffer>;

const functions = {
  // Changes its argument, so that it is given a copy of its own from the store.
  'read from the store': (x: Block): Block => {
    for (let i = 0; i < x.length; i++) x[i]! *= 2;
    return x;
  },
  // Only reads it: its worker has it still.
  'of a cached dataset': (x: Block): Block => {
    const y = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) y[i] = 2 * x[i]!;
    return y;
  },
};

export async function compareStored(engine: Engine, ask: Ask): Promise<void> {
  const stored = Dataset.range(0, blocks, 1, { partitions: blocks, engine })
    .map((i) => new Float64Array(1 << 20).fill(i))
    .cache();
  await stored.count();
  await ask('stored');
  for (const [name, fn] of Object.entries(functions)) {
    await once(stored, fn);
    const times: number[][] = [];
    for (let i = 0; i < rounds; i++) times.push([await once(stored, fn), Number.parseFloat(await ask('stored'))]);
    const ours = median(times.map(([mine]) => mine!));
    const reference = median(times.map(([, other]) => other!));
    const speed = median(times.map(([mine, other]) => other! / mine!));
    const each = (ms: number): string => `${(ms / blocks).toFixed(1)} ms`;
    console.log(
      `Blocks of 8 MiB from store to store, ${name}: ${each(ours)} each, plain Ray ${each(reference)}, ${speed.toFixed(2)} times its speed`,
    );
  }
}

async function once(stored: Dataset<Block>, fn: (block: Block) => Block): Promise<number> {
  const made = stored.map(fn).cache();
  const began = performance.now();
  if ((await made.count()) !== blocks) throw new Error('blocks are missing');
  const ms = performance.now() - began;
  made.uncache();
  return ms;
}
