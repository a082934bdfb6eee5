/** Runs the scenario of a seed to its end: a driver that submits items, tries lost ones again, and wants each to end exactly once. */
import assert from 'node:assert/strict';
import { audit } from './audit.js';
import { Clock } from './clock.js';
import { Random } from './random.js';
import { type ItemPlan, type JobPlan, type Scenario, type Submit, scenarioOf, type TaskPlan } from './scenario.js';
import { Shell, type TaskOutcome } from './shell.js';

/** A lost task is tried again so often. */
const MORE_ATTEMPTS = 2;

/** What a run came to. */
export interface Run {
  /** Steps of the scheduler. */
  readonly steps: number;
  /** How many items ended in each way. */
  readonly ends: Readonly<Record<string, number>>;
  /** The same for the same run. */
  readonly fingerprint: number;
}

interface Item {
  readonly plan: ItemPlan;
  readonly job: Job;
  readonly submit: Submit;
  lost: number;
  end: string | undefined;
}

interface Job {
  readonly id: number;
  cancelled: boolean;
}

/** Throws at the first thing that must not be. Lines of the event log go to `log`. */
export function simulate(seed: number, log?: (line: string) => void): Run {
  return new Simulation(seed, log).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #clock = new Clock();
  readonly #shell: Shell;
  readonly #items: Item[] = [];
  readonly #itemOf = new Map<number, Item>();
  #nextTask = 0;
  #fingerprint = 0;

  constructor(seed: number, log?: (line: string) => void) {
    this.#scenario = scenarioOf(seed);
    const tell = (line: () => string) => log?.(line());
    tell(() => JSON.stringify({ ...this.#scenario, jobs: this.#scenario.jobs.length }));
    // What happens must not hang on how the scenario was made.
    const random = new Random(seed ^ 0x5eed);
    const { options, jobs } = this.#scenario;
    const overridden = jobs.some((job) => job.submits.some((one) => one.allocation !== undefined));
    const oneQueue = options.allocation === 'least-loaded' && !overridden;
    const onEnd = (task: number, outcome: TaskOutcome) => this.#ended(task, outcome);
    this.#shell = new Shell(this.#scenario, oneQueue, this.#clock, random, tell, onEnd);
  }

  run(): Run {
    const { workers, jobs, deaths, joins } = this.#scenario;
    for (let i = 0; i < workers; i++) this.#shell.join();
    for (const [id, job] of jobs.entries()) this.#plan({ id, cancelled: false }, job);
    for (const time of deaths) this.#clock.at(time, () => this.#shell.killAny());
    for (const time of joins) this.#clock.at(time, () => this.#shell.join());
    const items = jobs.flatMap((job) => job.submits).reduce((sum, submit) => sum + submit.items.length, 0);
    this.#clock.run(2000 + 200 * items);
    return this.#outcome();
  }

  #plan(job: Job, { submits, cancelAt }: JobPlan): void {
    for (const submit of submits) this.#clock.at(submit.at, () => this.#submitFirst(job, submit));
    if (cancelAt === undefined) return;
    this.#clock.at(cancelAt, () => {
      job.cancelled = true;
      this.#shell.post({ kind: 'cancelled', job: job.id, now: this.#clock.now });
    });
  }

  #submitFirst(job: Job, submit: Submit): void {
    const items = submit.items.map((plan): Item => ({ plan, job, submit, lost: 0, end: undefined }));
    this.#items.push(...items);
    if (submit.apart) for (const item of items) this.#submit(submit, [item]);
    else this.#submit(submit, items);
  }

  #submit(submit: Submit, items: readonly Item[]): void {
    const { job } = items[0]!;
    if (job.cancelled) {
      for (const item of items) this.#finish(item, 'cancelled');
      return;
    }
    const from = this.#nextTask;
    this.#nextTask += items.length;
    const tasks = items.map((item, i) => {
      const { plan, lost } = item;
      this.#itemOf.set(from + i, item);
      if (plan.cancelAt !== undefined) this.#planCancel(from + i, plan.cancelAt);
      const spared: TaskPlan = plan.fate === 'kills' && plan.once && lost > 0 ? { ...plan, fate: 'ends' } : plan;
      return { task: from + i, timed: submit.timeoutMs !== undefined, plan: () => spared, kills: () => {} };
    });
    const { priority, expectedUs, timeoutMs, prefer, allocation } = submit;
    const now = this.#clock.now;
    const about = { job: job.id, priority, expectedUs, timeoutMs, prefer, allocation, now };
    this.#shell.submit({ kind: 'submitted', from, to: this.#nextTask, ...about }, tasks);
  }

  #planCancel(task: number, at: number): void {
    this.#clock.at(at, () => this.#shell.post({ kind: 'cancelled-task', task, now: this.#clock.now }));
  }

  #ended(task: number, outcome: TaskOutcome): void {
    this.#fingerprint =
      (Math.imul(this.#fingerprint, 31) + task + outcome.length + Math.round(this.#clock.now * 1000)) | 0;
    const item = this.#itemOf.get(task)!;
    const again = outcome === 'blameless' || (outcome === 'worker-lost' && item.lost++ < MORE_ATTEMPTS);
    // Not at once: the scheduler is in the middle of something.
    if (again) this.#clock.after(0, () => this.#submit(item.submit, [item]));
    else this.#finish(item, outcome);
  }

  #finish(item: Item, end: string): void {
    assert.equal(item.end, undefined, `an item ends twice: ${item.end}, ${end}`);
    item.end = end;
  }

  #outcome(): Run {
    const ends: Record<string, number> = {};
    this.#shell.ledger.checkEnd();
    for (const [task, { end }] of this.#itemOf) assert.notEqual(end, undefined, `the item of task ${task} has no end`);
    for (const { end } of this.#items) ends[end!] = (ends[end!] ?? 0) + 1;
    audit(this.#shell.state);
    const { granted, jobs, revokes, finished, submissions } = this.#shell.state;
    assert.deepEqual([granted.size, jobs.size, revokes, submissions.length - finished], [0, 0, 0, 0]);
    return { steps: this.#shell.steps, ends, fingerprint: this.#fingerprint };
  }
}
