/**
 * Progress bars on standard error, one line for each job that asked for one, kept below whatever the program prints meanwhile.
 *
 * The cursor always rests at the start of the line below the bars and is never hidden, so that a program may die at any moment,
 * by a signal too, and leave a whole terminal; no handler of signals or of the process's exit is needed.
 */
import { barLine, displayWidth, endLine, type Progress } from './bar.js';

export type { Progress } from './bar.js';

/** What a bar is drawn of. */
export interface ProgressSource {
  readonly label: string;
  /** How far it is; called up to ten times a second. */
  progress(): Progress;
}

/** The part of a `tty.WriteStream` that is used. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  hasColors?(): boolean;
  // A method, so that a stream with more forms of `write` is one too.
  write(...args: never[]): boolean;
}

/** Where bars are drawn and what they ask of the world; tests bring their own. */
export interface ProgressSurroundings {
  /** Bars go here. */
  readonly stream: ProgressStream;
  /** Other streams that may end up on the same terminal. */
  readonly others: readonly ProgressStream[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In ms. */
  now(): number;
  /** Calls back at an interval without keeping the process alive; returns what ends it. */
  every(ms: number, callback: () => void): () => void;
}

const redrawMs = 100;
/** A job that took longer leaves a line in the log of a CI run. */
const longJobMs = 10_000;
/** The rate is that of the last seconds. */
const rateWindowMs = 10_000;

let shared: ProgressDisplay | undefined;

/**
 * Shows a job's progress on standard error until `stop` is called, which leaves its last state on the screen. Where standard error is
 * no terminal nothing is shown, but for one line at the end of a job of more than 10 s in CI (`CI` set). Honours `NO_COLOR`.
 */
export function showProgress(source: ProgressSource): { stop(): void } {
  shared ??= new ProgressDisplay({
    stream: process.stderr,
    others: [process.stdout],
    env: process.env,
    now: () => performance.now(),
    every: (ms, callback) => {
      const timer = setInterval(callback, ms);
      timer.unref();
      return () => clearInterval(timer);
    },
  });
  return shared.show(source);
}

/** All bars of one terminal. */
export class ProgressDisplay {
  readonly #around: ProgressSurroundings;
  readonly #isTerminal: boolean;
  readonly #jobs = new Set<ShownJob>();
  /** Widths of the lines on the screen. */
  #drawn: number[] = [];
  /** Somebody's line has begun and not ended: drawing would cut it in two. */
  #lineIsOpen = false;
  #isWriting = false;
  #leave: (() => void) | undefined;

  constructor(around: ProgressSurroundings) {
    this.#around = around;
    this.#isTerminal = around.stream.isTTY === true && around.env.TERM !== 'dumb';
  }

  /** Adds a bar; see {@link showProgress}. */
  show(source: ProgressSource): { stop(): void } {
    const job = new ShownJob(source, this.#around.now());
    this.#jobs.add(job);
    if (this.#isTerminal) this.#leave ??= this.#enter();
    return {
      stop: () => {
        if (this.#jobs.delete(job)) this.#end(job);
      },
    };
  }

  #end(job: ShownJob): void {
    const now = this.#around.now();
    if (!this.#isTerminal) {
      const inCi = !['', '0', 'false', undefined].includes(this.#around.env.CI);
      if (inCi && now - job.started > longJobMs)
        this.#write(`${endLine(job.source.label, job.source.progress(), now - job.started)}\n`);
      return;
    }
    this.#erase();
    if (this.#lineIsOpen) this.#write('\n');
    this.#lineIsOpen = false;
    this.#write(`${this.#line(job, now, true)}\n`);
    if (this.#jobs.size > 0) {
      this.#draw();
    } else {
      this.#leave?.();
      this.#leave = undefined;
    }
  }

  /** Starts redrawing, and makes way for what the program writes. */
  #enter(): () => void {
    const leave = [
      this.#around.every(redrawMs, () => this.#draw()),
      ...[this.#around.stream, ...this.#around.others]
        .filter((stream) => stream.isTTY === true)
        .map((stream) =>
          beforeWrites(stream, (endsLine) => {
            if (this.#isWriting) return;
            this.#erase();
            this.#lineIsOpen = !endsLine;
          }),
        ),
    ];
    return () => {
      for (const end of leave) end();
    };
  }

  #draw(): void {
    if (this.#lineIsOpen) return;
    const now = this.#around.now();
    const room = Math.max(1, (this.#around.stream.rows || 24) - 1);
    const jobs = [...this.#jobs];
    const fitting = jobs.length > room ? jobs.slice(0, room - 1) : jobs;
    for (const job of jobs) job.sample(now);
    const lines = fitting.map((job) => this.#line(job, now, false));
    if (fitting.length < jobs.length) lines.push(`… and ${jobs.length - fitting.length} more`);
    // One write that overwrites line by line, so that neither half a drawing nor an empty one is seen.
    this.#write(`${this.#upward()}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[0J`);
    this.#drawn = lines.map(displayWidth);
  }

  #line(job: ShownJob, now: number, ended: boolean): string {
    const { stream, env } = this.#around;
    const elapsedMs = now - job.started;
    const progress = job.source.progress();
    const perSecond = ended ? (finished(progress) * 1000) / Math.max(elapsedMs, 1) : job.perSecond();
    const colors = !env.NO_COLOR && stream.hasColors?.() === true;
    return barLine(job.source.label, progress, { elapsedMs, perSecond, ended }, (stream.columns || 80) - 1, colors);
  }

  #erase(): void {
    if (this.#drawn.length === 0) return;
    this.#write(`${this.#upward()}\u001b[0J`);
    this.#drawn = [];
  }

  /** Moves to the first line drawn. Lines of a terminal that was made narrower since have been broken by it. */
  #upward(): string {
    const columns = this.#around.stream.columns || 80;
    const height = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return height === 0 ? '' : `\u001b[${height}A`;
  }

  #write(text: string): void {
    this.#isWriting = true;
    try {
      this.#around.stream.write(text as never);
    } finally {
      this.#isWriting = false;
    }
  }
}

/** A job with a bar, and the recent past that its rate is reckoned from. */
class ShownJob {
  readonly source: ProgressSource;
  readonly started: number;
  #samples: { readonly at: number; readonly count: number }[];

  constructor(source: ProgressSource, now: number) {
    this.source = source;
    this.started = now;
    this.#samples = [{ at: now, count: finished(source.progress()) }];
  }

  sample(now: number): void {
    const samples = this.#samples;
    samples.push({ at: now, count: finished(this.source.progress()) });
    // The oldest kept is the last from before the window.
    while (samples.length > 2 && samples[1]!.at <= now - rateWindowMs) samples.shift();
  }

  perSecond(): number {
    const oldest = this.#samples[0]!;
    const newest = this.#samples.at(-1)!;
    return newest.at === oldest.at ? 0 : ((newest.count - oldest.count) * 1000) / (newest.at - oldest.at);
  }
}

function finished({ done, failed }: Progress): number {
  return done + failed;
}

/**
 * Tells before anything is written to a stream whether it ends a line. Returns what undoes it; where somebody else has put a `write`
 * of their own over ours meanwhile, ours stays below it and only passes on.
 */
function beforeWrites(stream: ProgressStream, tell: (endsLine: boolean) => void): () => void {
  const target = stream as { write?: unknown };
  const wasOwn = Object.hasOwn(stream, 'write');
  const original = stream.write as (...args: unknown[]) => boolean;
  let active = true;
  const write = function (this: unknown, ...args: unknown[]): boolean {
    const chunk = args[0] as string | Uint8Array;
    if (active && chunk.length > 0)
      tell(typeof chunk === 'string' ? chunk.endsWith('\n') : chunk[chunk.length - 1] === 10);
    return original.apply(this, args);
  };
  target.write = write;
  return () => {
    active = false;
    if (target.write !== write) return;
    if (wasOwn) target.write = original;
    else delete target.write;
  };
}
