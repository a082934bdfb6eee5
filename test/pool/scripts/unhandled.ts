/** `unhandled <how> [listen]`: a job or call that fails, looked at or not. */
import { Dataset, map, Pool, run } from 'sheaf';

const [how = '', listen] = process.argv.slice(2);
if (listen !== undefined) {
  process.on('unhandledRejection', (error) => console.log(`unhandled ${(error as Error).message}`));
}
const pool = new Pool({ workers: 1 });
const fail = (): never => {
  throw new RangeError('nobody looks');
};
const seen = (): void => console.log('seen');

let calls = 0;
const counts = (): number => ++calls;

const ways: Readonly<Record<string, () => unknown>> = {
  map: () => void pool.map([1], fail),
  run: () => void pool.run(fail),
  'top-level map': () => void map([1], fail),
  'top-level run': () => void run(fail),
  'input that throws': () =>
    void pool.map(
      (function* (): Generator<number> {
        yield 1;
        fail();
      })(),
      (x) => x,
    ),
  'refused map': () => void pool.map([1], counts),
  'refused run': () => void pool.run(counts),
  'refused top-level map': () => void map([1], counts),
  'refused top-level run': () => void run(counts),
  'refused setup': () => void new Pool({ setup: counts }),
  'refused operator': () => void Dataset.of([1]).map(counts),
  'refused action': () => void Dataset.of([1]).forEach(counts),
  'refused source': () => void Dataset.json('no.json', { onBadRow: counts }),
  'settled item': () => void pool.map([1], fail).settled(),
  'with one handler': () => void pool.map([1], fail).then(seen),
  caught: () => void pool.map([1], fail).catch(seen),
  settled: async () => {
    await pool.map([1], fail).settled();
    seen();
  },
  'caught late': async () => {
    const job = pool.map([1], fail);
    job.then(undefined, () => {});
    await pool.run(() => 1);
    await job.catch(seen);
  },
  iterated: async () => {
    try {
      for await (const _ of pool.map([1], fail));
    } catch {
      seen();
    }
  },
  'iterator left': async () => {
    const iterator = pool.map([1, 2, 3], (x) => x)[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
    seen();
  },
  'cancelled by hand': () => {
    pool.map([1], fail).cancel();
    seen();
  },
};

await ways[how]!();
