/** Jobs and stages on standard error: bars on a terminal, plain lines in a pipe or in CI. */
import { endLine, grouped, rate } from './bar.js';
import { showProgress } from './progress.js';
import { leftOf, partitionsOf, rateOf } from './reading.js';
import type { RunView } from './view.js';
import type { JobView, StageView } from './view-types.js';

/** A job that is over sooner is not worth a line. */
const briefMs = 300;
/** Lines of a job that goes on come so often. */
const lineMs = 5000;
const lookMs = 100;

export class TerminalView {
  readonly #view: RunView;
  readonly #isTerminal: boolean;
  readonly #write: (line: string) => void;
  readonly #shown = new Map<JobView | StageView, { stop(): void }>();
  /** When a job was told of last. */
  readonly #told = new Map<number, number>();
  readonly #over = new Set<JobView>();

  constructor(view: RunView, isTerminal = process.stderr.isTTY === true && process.env.TERM !== 'dumb') {
    this.#view = view;
    this.#isTerminal = isTerminal;
    this.#write = (line) => process.stderr.write(`${line}\n`);
  }

  start(): void {
    setInterval(() => this.look(), lookMs).unref();
    process.once('exit', () => {
      this.look();
      for (const shown of this.#shown.values()) shown.stop();
      const line = summary(this.#view);
      if (line !== undefined) this.#write(line);
    });
  }

  look(): void {
    const now = this.#now();
    for (const job of this.#view.jobs.values()) {
      if (this.#over.has(job)) {
        // Calls that go on again.
        if (job.ended === undefined) this.#over.delete(job);
        else continue;
      }
      if (this.#isTerminal) this.#bars(job, now);
      else this.#lines(job, now);
      if (job.ended !== undefined) this.#over.add(job);
    }
  }

  #bars(job: JobView, now: number): void {
    const lasts = (job.ended ?? now) - job.started >= briefMs;
    if (job.ended === undefined && lasts && !this.#shown.has(job)) {
      const progress = () => ({ done: job.done, failed: job.failed, total: job.total });
      this.#shown.set(
        job,
        showProgress({ label: job.label, progress: () => (job.stages.length > 0 ? partitions(job) : progress()) }),
      );
    }
    for (const stage of job.stages) {
      if (stage.ended === undefined && now - stage.started >= briefMs && !this.#shown.has(stage)) {
        const progress = () => ({ done: stage.done, failed: 0, total: stage.partitions });
        this.#shown.set(stage, showProgress({ label: `  ${stage.name}`, progress }));
      }
      if (stage.ended !== undefined) this.#stop(stage);
    }
    if (job.ended !== undefined) this.#stop(job);
  }

  #stop(what: JobView | StageView): void {
    this.#shown.get(what)?.stop();
    this.#shown.delete(what);
  }

  #lines(job: JobView, now: number): void {
    if (job.ended !== undefined) {
      const lasted = job.ended - job.started;
      if (lasted < briefMs && job.outcome !== 'failed') return;
      const how =
        job.outcome === 'done'
          ? ''
          : `, ${job.outcome}${job.cause === undefined ? '' : `: ${firstLine(job.cause.message)}`}`;
      this.#write(`${endLine(job.label, job.stages.length > 0 ? partitions(job) : job, lasted)}${how}`);
      this.#told.delete(job.job);
      return;
    }
    if (now - (this.#told.get(job.job) ?? job.started) < lineMs) return;
    this.#told.set(job.job, now);
    this.#write(`${job.label}: ${howFar(job, now)}`);
    for (const stage of job.stages)
      if (stage.ended === undefined) this.#write(`  ${stage.name}: ${stage.done} of ${stage.partitions} partitions`);
  }

  #now(): number {
    return performance.timeOrigin + performance.now() - this.#view.origin;
  }
}

function partitions(job: JobView): { done: number; failed: number; total: number } {
  const { done, all } = partitionsOf(job) ?? { done: 0, all: 0 };
  return { done, failed: job.failed, total: all };
}

function howFar(job: JobView, now: number): string {
  if (job.stages.length > 0) {
    const { done, total } = partitions(job);
    return `${grouped(done)} of ${grouped(total)} partitions done`;
  }
  const left = leftOf(job, now);
  const of = job.total === undefined ? '' : ` of ${grouped(job.total)}`;
  const pace = [
    ...[rate(rateOf(job, now))].filter((pace) => pace !== ''),
    ...(left === undefined ? [] : [`${Math.ceil(left / 1000)} s left`]),
  ];
  return `${grouped(job.done)}${of} done${pace.length === 0 ? '' : ` (${pace.join(', ')})`}`;
}

/** The whole run in one line; `undefined` where nothing ran. */
export function summary(view: RunView): string | undefined {
  const { jobs, workers, totals, now } = view;
  if (jobs.size === 0) return undefined;
  const words = [
    count(jobs.size, 'job'),
    count(totals.rowsDone, 'row'),
    `${count(workers.filter((worker) => worker.worker >= 0).length, 'worker')}`,
    `${(now / 1000).toFixed(1)} s`,
  ];
  if (totals.rowsFailed > 0) words.push(`${grouped(totals.rowsFailed)} failed`);
  if (totals.retries > 0) words.push(`${grouped(totals.retries)} tried again`);
  if (totals.workersLost > 0) words.push(`${count(totals.workersLost, 'worker')} lost`);
  if (totals.spilledBytes > 0) words.push(`${grouped(Math.round(totals.spilledBytes / 2 ** 20))} MiB spilled`);
  return `sheaf: ${words.join(', ')}`;
}

function count(n: number, what: string): string {
  return `${grouped(n)} ${what}${n === 1 ? '' : 's'}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
