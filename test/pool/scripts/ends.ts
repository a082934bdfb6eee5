/** `ends <how> <kind>`: uses a pool in one of many ways and leaves it; whether the program ends is the matter. */
import { context, map, Pool, run } from 'sheaf';
import { type Kind, optionsOf } from '../engines.js';

const [how = '', kind = 'threads'] = process.argv.slice(2);
const pool = (): Pool => new Pool(optionsOf(kind as Kind));
const say = (text: unknown): void => console.log(JSON.stringify(text));
const later = async (x: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 150));
  return x + 1;
};
const fail = (x: number): number => {
  throw new RangeError(`failed on ${x}`);
};

const ways: Readonly<Record<string, () => unknown>> = {
  'never used': () => void pool(),
  'idle after map': async () => say(await pool().map([1, 2, 3], (x) => x * 2)),
  'idle after run': async () => say(await pool().run((x: number) => x * 2, [1])),
  closed: async () => {
    const one = pool();
    say(await one.map([1, 2, 3], (x) => x * 2));
    await one.close();
    say('closed');
  },
  terminated: async () => {
    const one = pool();
    one.map([1, 2, 3], later).catch((error: unknown) => say((error as Error).name));
    await one.terminate();
    say('terminated');
  },
  'cancelled while it waits for ever': async () => {
    const job = pool().map([1, 2], () => new Promise<void>(() => {}), { chunkSize: 2 });
    setTimeout(() => job.cancel(), 50);
    await job.catch((error: unknown) => say((error as Error).name));
  },
  'terminated while it asks its signal': async () => {
    const one = pool();
    const patient = async (): Promise<void> => {
      const { signal } = context();
      while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    one.map([1, 2], patient, { chunkSize: 2 }).catch((error: unknown) => say((error as Error).name));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await one.terminate();
    say('terminated');
  },
  'pending map': () => void pool().map([1, 2], later).then(say),
  'pending run': () => void pool().run(later, [1]).then(say),
  'pending stream': async () => {
    for await (const result of pool().map([1, 2], later)) say(result);
  },
  'pending settled': () => void pool().map([1], later).settled().then(say),
  'pending retry': () => {
    let asked = 0;
    const options = { retries: { times: 1, delayMs: 150, when: () => ++asked > 0 } };
    pool()
      .map([1], fail, options)
      .catch((error: unknown) => say(`${(error as Error).message} ${asked}`));
  },
  'pending close': async () => {
    const one = pool();
    void one.map([1, 2], later).then(say);
    void one.close().then(() => say('closed'));
  },
  'left stream': async () => {
    const endless = function* (): Generator<number> {
      for (let i = 0; ; i++) yield i;
    };
    for await (const result of pool().map(endless(), (x) => x)) if (result === 100) break;
    say('left');
  },
  'never awaited': () => void pool().map([1], later),
  'top-level map': async () => say(await map([1, 2, 3], (x) => x * 2)),
  'top-level run': async () => say(await run((x: number) => x * 2, [1])),
  'top-level pending': () => {
    void map([1, 2], later).then(say);
    void run(later, [5]).then(say);
  },
  'after work that was refused at once': async () => {
    const one = pool();
    await one.map([1, 2, 3], (x) => x + 1);
    await one.map([() => 1], String).catch((error: unknown) => say((error as Error).name));
  },
  'two pools': async () => {
    say(await Promise.all([pool().map([1], (x) => x), pool().map([2], (x) => x)]));
  },
  'after a lost worker': async () => {
    say(
      (
        await pool()
          .map([1, 2], (x) => (x === 1 ? process.exit(1) : x))
          .settled()
      ).map(({ status }) => status),
    );
  },
  'after a time-out': async () => {
    const outcome = pool().map(
      [1],
      () => {
        for (;;);
      },
      { timeoutMs: 50 },
    );
    await outcome.catch((error: unknown) => say((error as Error).name));
  },
  'process.exit with work pending': () => {
    void pool().map([1, 2], later).then(say);
    setTimeout(() => {
      say('exits');
      process.exit(0);
    }, 100);
  },
  'uncaught error with work pending': () => {
    void pool().map([1, 2], later).then(say);
    setTimeout(() => {
      throw new Error('uncaught');
    }, 100);
  },
};

await ways[how]!();
