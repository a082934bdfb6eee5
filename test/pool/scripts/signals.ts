/** `signals <kind> <how>`: a program with or without signal handlers of its own, at work. */

import { map, Pool } from 'sheaf';
import { type Kind, optionsOf } from '../engines.js';

const [kind = 'threads', how = ''] = process.argv.slice(2);
const names = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGCHLD', 'SIGPIPE'] as const;
const counts = (): number[] => names.map((name) => process.listenerCount(name));
const say = (text: unknown): void => console.log(JSON.stringify(text));

if (how === 'listeners') {
  const before = counts();
  const pool = new Pool(optionsOf(kind as Kind));
  const job = pool.map([1, 2], async (x) => x);
  const during = counts();
  await job;
  await map([1], (x) => x);
  await pool.close();
  say(before.every((count, i) => count === during[i] && count === counts()[i]));
} else if (how === 'handlers') {
  // Each signal arrives once, and the work goes on.
  const got: string[] = [];
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => got.push(name));
  const pool = new Pool(optionsOf(kind as Kind));
  await pool.map([1, 2], (x) => x);
  const job = pool.map([1, 2], async (x) => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    return x;
  });
  console.log('ready');
  const results = await job;
  await pool.close();
  say(got.sort());
  say(results);
} else if (how === 'closes') {
  // What a careful program does when it is interrupted.
  const pool = new Pool(optionsOf(kind as Kind));
  await pool.map([1, 2], (x) => x);
  const job = pool.map([1, 2, 3, 4], async (x) => {
    // Said again if the interrupt ended this worker, and the item were tried once more.
    if (x === 1) process.stdout.write('ready\n');
    await new Promise((resolve) => setTimeout(resolve, 200));
    return x;
  });
  process.once('SIGINT', async () => {
    await pool.close();
    say(await job);
    process.exit(7);
  });
} else {
  const pool = new Pool(optionsOf(kind as Kind));
  const looping = pool.map([1, 2], (x) => {
    process.stdout.write(`looping ${x}\n`);
    for (;;);
  });
  await looping;
}
