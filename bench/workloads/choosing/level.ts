/**
 * How level the work is: the CPU time of the thread that had most of it, which is what a run takes on cores that nothing else uses. On a
 * machine that is shared, times say little of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type Measured, milliseconds, type Session } from '../../case.js';

export const levelMetrics = [milliseconds('time'), milliseconds('CPU time of the busiest thread')];

export async function measureLevel<Input, Output>(
  session: Session<Input, Output>,
  input: Input,
): Promise<Measured<Output>> {
  const before = threadTimes();
  const start = performance.now();
  const output = await session.run(input);
  const ms = performance.now() - start;
  const busiest = [...threadTimes()].map(([thread, time]) => time - (before.get(thread) ?? 0));
  return { ms: [ms, Math.max(...busiest)], output };
}

/** CPU time of each thread of this process in ms, by its id; none where there is no `/proc`. */
function threadTimes(): Map<string, number> {
  const folder = '/proc/self/task';
  try {
    const timeOf = (thread: string): number =>
      Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]);
    return new Map(readdirSync(folder).map((thread) => [thread, timeOf(thread) / 1e6]));
  } catch {
    return new Map([['none', Number.NaN]]);
  }
}
