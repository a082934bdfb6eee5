/**
 * `npm run bench -- events`: what events cost with nobody listening, on W6-burst. The library as it is and a copy whose checks are gone run
 * in turn in one process; beside them an equal copy, which shows how much chance there is in it, and one with a listener. Chance is
 * larger than the cost, so that the cost is bounded, too: the checks are counted, and one is timed.
 */
import type { Pool } from 'sheaf';
import { WORKERS } from '../case.js';
import { seeded } from '../random.js';
import { median, percentile } from '../statistics.js';
import { copies } from './copies.js';

const jobs = 20_000;
const quick = process.argv.includes('--quick');
const rounds = quick ? 9 : 101;
/** Of the time of a burst. */
const most = 0.02;

const nothing = (): void => {};
const counter = globalThis as unknown as { sheafChecks: number };
counter.sheafChecks = 0;

const library = await copies('build/events');
const open = (of: keyof typeof library): Pool => new library[of].Pool({ workers: WORKERS });
const pools = { with: open('with'), again: open('again'), without: open('without'), listening: open('with') };
pools.listening.events.listen(() => {});
const names = Object.keys(pools) as (keyof typeof pools)[];
const noTimes = (): Record<keyof typeof pools, number[]> => ({ with: [], again: [], without: [], listening: [] });
const wall = noTimes();
const cpu = noTimes();

for (const name of names) for (let i = 0; i < 5; i++) await burst(pools[name]);
for (let round = 0; round < rounds; round++) {
  // Another one is first each time.
  for (let i = 0; i < names.length; i++) {
    const name = names[(round + i) % names.length]!;
    const before = process.cpuUsage();
    wall[name].push(await burst(pools[name]));
    const { user, system } = process.cpuUsage(before);
    cpu[name].push((user + system) / 1000);
  }
}
await Promise.all(names.map((name) => pools[name].close()));

const counting = open('counting');
await burst(counting);
counter.sheafChecks = 0;
await burst(counting);
const checks = counter.sheafChecks;
await counting.close();

const burstMs = median(wall.with);
const checkNs = timeOfCheck();
const bound = (checks * checkNs) / (burstMs * 1e6);
const cost = ratio(cpu, 'with', 'without');

console.log(`W6-burst: ${jobs.toLocaleString('en')} no-op calls, ${rounds} rounds in turn, Node ${process.versions.node}

                              time                     CPU time
  nobody listens              ${`${burstMs.toFixed(1)} ms`.padEnd(24)} ${median(cpu.with).toFixed(1)} ms
  over a copy without events  ${compared('with', 'without')}
  over an equal copy          ${compared('with', 'again')}
  with a listener, over that  ${compared('listening', 'with')}

  (medians of the ratios within a round, and where 95 % of such medians lie)

  checks whether somebody listens   ${checks.toLocaleString('en')} in a burst, ${(checks / jobs).toFixed(3)} a call
  time of one                       ${checkNs.toFixed(2)} ns
  so all of them                    ${(bound * 100).toFixed(4)} % of a burst`);

if (bound > most || cost.low > 1 + most) {
  console.error(`With nobody listening, events cost more than ${most * 100} % of a burst.`);
  process.exitCode = 1;
}

async function burst(pool: Pool): Promise<number> {
  const begun = performance.now();
  await Promise.all(Array.from({ length: jobs }, () => pool.run(nothing)));
  return performance.now() - begun;
}

interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Of times within a round; the range is that of medians of rounds drawn anew. */
function ratio(times: typeof wall, one: keyof typeof pools, other: keyof typeof pools): Ratio {
  const ratios = times[one].map((time, round) => time / times[other][round]!);
  const random = seeded(1);
  const draw = (): number => median(ratios.map(() => ratios[Math.floor(random() * ratios.length)]!));
  const drawn = Array.from({ length: 1000 }, draw);
  return { median: median(ratios), low: percentile(drawn, 0.025), high: percentile(drawn, 0.975) };
}

function compared(one: keyof typeof pools, other: keyof typeof pools): string {
  return `${shown(ratio(wall, one, other)).padEnd(24)} ${shown(ratio(cpu, one, other))}`;
}

function shown({ median, low, high }: Ratio): string {
  return `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

/** A check by itself, in a loop that does nothing else: ns. */
function timeOfCheck(): number {
  const engines = Array.from({ length: 8 }, () => ({ events: { active: false } }));
  const count = 20_000_000;
  const once = (): number => {
    const begun = performance.now();
    let active = 0;
    for (let i = 0; i < count; i++) if (engines[i & 7]!.events.active) active++;
    const took = performance.now() - begun;
    if (active > 0) throw new Error('Nobody listens.');
    return (took * 1e6) / count;
  };
  return median(Array.from({ length: 9 }, once));
}
