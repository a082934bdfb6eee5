/** `default-engine`: where work runs, as `SHEAF_ENGINE` has it, for every way of not naming an engine. */
import { isMainThread } from 'node:worker_threads';
import { local, map, Pool, run } from 'sheaf';

const where = (): string => (isMainThread ? `main thread of ${process.pid}` : `thread of ${process.pid}`);
const told = (text: string): string => text.replace(String(process.pid), 'this process');
const attempt = async (work: () => PromiseLike<string>): Promise<void> => {
  try {
    console.log(told(await work()));
  } catch (error) {
    console.log(`${(error as Error).name}: ${(error as Error).message}`);
  }
};

await attempt(() => run(where));
await attempt(() => map([1], where).then(([text]) => text!));
await attempt(() => new Pool().run(where));
await attempt(() => run(async () => (await map([1], (x) => `${x}`)).concat('nested').join(' ')));
await attempt(() => new Pool({ workers: 1 }).run(where));
await attempt(() => new Pool({ engine: local({ workers: 1 }) }).run(where));
