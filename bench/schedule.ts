/**
 * The scheduler alone: CPU time, the garbage collector's included, for a task (its share of `submitted`, and its `ended`), with growing
 * numbers of waiting tasks and of simulated workers. Run as `node build/bench/schedule.js`; `--quick` leaves out the large ones, which
 * take some minutes.
 */
import type { AllocationName } from '../src/schedule/policy.js';
import { createState, step } from '../src/schedule/step.js';
import type { Event } from '../src/schedule/types.js';
import { median } from './statistics.js';
import { significant } from './table.js';

const POLICIES: readonly AllocationName[] = ['round-robin', 'least-loaded', 'work-stealing', 'locality'];
/** The large sizes take seconds each, and are run once. */
const roundsOf = (tasks: number) => (tasks < 1_000_000 ? 3 : 1);

const quick = process.argv.includes('--quick');
const sizes = [
  [1_000, 10],
  [10_000, 10],
  [100_000, 10],
  [100_000, 1_000],
  ...(quick ? [] : [[1_000_000, 10] as const, [1_000_000, 1_000] as const, [1_000_000, 10_000] as const]),
] as const;
const shapes = [
  { name: 'one by one', together: 1, expectedUs: undefined, jobs: 1 },
  { name: 'one by one, a job each', together: 1, expectedUs: undefined, jobs: Number.POSITIVE_INFINITY },
  { name: 'one by one, short', together: 1, expectedUs: 100, jobs: 1 },
  { name: 'all together, short', together: Number.POSITIVE_INFINITY, expectedUs: 100, jobs: 1 },
] as const;

const line = (name: string, cells: readonly string[]) =>
  name.padEnd(36) + cells.map((cell) => cell.padStart(13)).join('');

console.log('ns of CPU for a task');
console.log(
  line(
    'tasks',
    sizes.map(([tasks]) => tasks.toLocaleString('en')),
  ),
);
console.log(
  line(
    'workers',
    sizes.map(([, workers]) => workers.toLocaleString('en')),
  ),
);
for (const allocation of POLICIES) {
  for (const shape of shapes) {
    const cells = sizes.map(([tasks, workers]) => {
      // Small sizes are over before the code is warm: they are repeated until they have taken as many events as the large ones.
      const repeats = Math.max(1, Math.round(100_000 / tasks));
      const rounds = Array.from({ length: roundsOf(tasks) }, () =>
        nsForTask(allocation, shape, tasks, workers, repeats),
      );
      return significant(median(rounds));
    });
    console.log(line(`${allocation}, ${shape.name}`, cells));
  }
}

function nsForTask(
  allocation: AllocationName,
  shape: (typeof shapes)[number],
  tasks: number,
  workers: number,
  repeats: number,
): number {
  let ms = 0;
  for (let i = 0; i < repeats; i++) ms += msForAll(allocation, shape, tasks, workers);
  return (ms * 1e6) / tasks / repeats;
}

/** Submits all tasks, then lets workers end what they have, in turn, until nothing is left. Joining is not part of the time. */
function msForAll(
  allocation: AllocationName,
  { together, expectedUs, jobs }: (typeof shapes)[number],
  tasks: number,
  workers: number,
): number {
  const state = createState({ allocation, graceMs: 1000 });
  let holders: number[] = [];
  let held: number[] = [];
  const send = (event: Event) => {
    for (const command of step(state, event)) {
      if (command.kind !== 'grant') continue;
      for (let task = command.from; task < command.to; task++) {
        holders.push(command.worker);
        held.push(task);
      }
    }
  };
  for (let worker = 0; worker < workers; worker++) send({ kind: 'worker-joined', worker, now: 0 });
  const began = process.cpuUsage();
  for (let from = 0; from < tasks; ) {
    const to = Math.min(from + together, tasks);
    send({ kind: 'submitted', from, to, job: from % jobs, priority: 0, expectedUs, now: 0 });
    from = to;
  }
  let ended = 0;
  while (held.length > 0) {
    const [workersNow, tasksNow] = [holders, held];
    holders = [];
    held = [];
    for (const [i, task] of tasksNow.entries()) send({ kind: 'ended', worker: workersNow[i]!, task, now: 0 });
    ended += tasksNow.length;
  }
  if (ended !== tasks) throw new Error(`${ended} of ${tasks} tasks have ended`);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}
