/** `own-time <kind>`: a program whose timers never ring, as under a clock of a test that stands still, calls a pool all the same. */
import { createRequire } from 'node:module';
import { Pool } from 'sheaf';
import { type Kind, optionsOf } from '../engines.js';

const never = (): object => ({ ref: never, unref: never, refresh: never });
const none = (): void => {};
const starting = { setTimeout: never, setInterval: never, setImmediate: never };
const stopping = { clearTimeout: none, clearInterval: none, clearImmediate: none };
Object.assign(globalThis, starting, stopping);
Object.assign(createRequire(import.meta.url)('node:timers') as object, starting, stopping);

const kind = process.argv[2] as Kind;
const pool = new Pool(optionsOf(kind, 1));
const say = (text: unknown): void => console.log(JSON.stringify(text));
const fails = (x: number): number => {
  throw new Error(`no ${x}`);
};
const spins = (): void => {
  for (;;);
};

say(await pool.map([1, 2], (x) => x + 1));
say(await pool.run((x: number) => x * 2, [2]));
say(await pool.map([1], fails, { retries: 1 }).catch((error: unknown) => (error as Error).message));
if (kind !== 'inline')
  say(await pool.run(spins, [], { timeoutMs: 20 }).catch((error: unknown) => (error as Error).name));
await pool.close();
say('closed');
