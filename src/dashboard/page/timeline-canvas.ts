/**
 * The timeline of workers and what they ran, on a canvas. Whatever is narrower than a pixel is drawn together with its neighbours, as dense
 * as it covers the pixel, so that a hundred thousand tasks take a few ms to draw.
 */
import { outcomes } from '../../observe/spans.js';
import type { RunView } from '../../observe/view.js';
import { Lanes } from './lanes.js';
import { color } from './theme.js';
import { colorOf, counted, time, timeOnAxis, workerName } from './words.js';

const gutter = 84;
const axisHeight = 22;
const mostHeight = 640;
/** Outcomes before this one are no failure. */
const isBad = outcomes.map((outcome) => outcome !== 'done' && outcome !== 'cancelled');
const least = 0.01;

export interface Pointed {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export class TimelineCanvas {
  /** What is under the pointer. */
  onPoint: (pointed: Pointed | undefined) => void = () => {};
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #lanes = new Lanes();
  #view: RunView | undefined;
  #now = 1;
  #job: number | undefined;
  /** What is shown, in ms; everything, where nobody has looked closer. */
  #window: { from: number; to: number } | undefined;
  #places: number[] = [];
  #laneHeight = 20;
  #frame: number | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d')!;
  }

  update(view: RunView, now: number, job: number | undefined): void {
    this.#view = view;
    this.#now = Math.max(now, 1);
    this.#job = job;
    this.draw();
  }

  get from(): number {
    return this.#window?.from ?? 0;
  }

  get to(): number {
    return this.#window?.to ?? this.#now;
  }

  fit(): void {
    this.#window = undefined;
    this.draw();
  }

  /** @param at in pixels from the left; what is there stays there */
  zoom(factor: number, at = (this.#canvas.clientWidth + gutter) / 2): void {
    const { from, to } = this;
    const share = Math.min(1, Math.max(0, (at - gutter) / this.#width));
    const fixed = from + (to - from) * share;
    const size = Math.max(least, (to - from) * factor);
    if (size >= this.#now) this.#window = undefined;
    else this.#set(fixed - size * share, size);
    this.draw();
  }

  /** @param pixels to the right, in time */
  pan(pixels: number): void {
    if (this.#window === undefined) return;
    const size = this.to - this.from;
    this.#set(this.from + (pixels / this.#width) * size, size);
    this.draw();
  }

  point(x: number, y: number): void {
    this.onPoint(this.#pointed(x, y));
  }

  /** In the next frame, once. */
  draw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      const began = performance.now();
      this.#draw();
      this.#canvas.dataset.drawMs = (performance.now() - began).toFixed(2);
      this.#canvas.dataset.spans = String(this.#view?.spans.size ?? 0);
      this.#canvas.dataset.window = `${this.from.toFixed(2)} ${this.to.toFixed(2)}`;
    });
  }

  get #width(): number {
    return Math.max(50, this.#canvas.clientWidth - gutter);
  }

  #set(from: number, size: number): void {
    const start = Math.min(Math.max(0, from), this.#now - size);
    this.#window = { from: start, to: start + size };
  }

  #draw(): void {
    const view = this.#view;
    if (view === undefined) return;
    this.#lanes.update(view);
    this.#places = view.workers
      .map((_, place) => place)
      .filter((place) => view.workers[place]!.worker >= 0 || this.#lanes.of(place).length > 0);
    this.#laneHeight = Math.max(
      4,
      Math.min(22, Math.floor((mostHeight - axisHeight) / Math.max(1, this.#places.length))),
    );
    const height = axisHeight + this.#laneHeight * Math.max(1, this.#places.length) + 4;
    const ratio = devicePixelRatio || 1;
    const width = this.#canvas.clientWidth;
    if (this.#canvas.width !== Math.round(width * ratio) || this.#canvas.height !== Math.round(height * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
      this.#canvas.style.height = `${height}px`;
    }
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    this.#axis(height);
    for (const [i, place] of this.#places.entries()) this.#lane(view, place, axisHeight + i * this.#laneHeight);
  }

  #axis(height: number): void {
    const context = this.#context;
    const [from, size] = [this.from, this.to - this.from];
    const step = niceStep(size / (this.#width / 90));
    context.strokeStyle = color('--line');
    context.fillStyle = color('--faint');
    context.textAlign = 'center';
    for (let at = Math.ceil(from / step) * step; at <= this.to; at += step) {
      const x = gutter + ((at - from) / size) * this.#width;
      context.beginPath();
      context.moveTo(x, axisHeight - 4);
      context.lineTo(x, height);
      context.stroke();
      context.fillText(timeOnAxis(at, step), x, axisHeight / 2 - 2);
    }
  }

  #lane(view: RunView, place: number, top: number): void {
    const context = this.#context;
    const worker = view.workers[place]!;
    const [from, scale, width] = [this.from, this.#width / (this.to - this.from), this.#width];
    const x = (at: number): number => gutter + Math.min(width, Math.max(0, (at - from) * scale));
    const bar = Math.max(2, this.#laneHeight - 4);
    const y = top + (this.#laneHeight - bar) / 2;
    context.textAlign = 'right';
    context.fillStyle = color(worker.ended !== undefined && !worker.expected ? '--bad' : '--faint');
    if (this.#laneHeight >= 11) context.fillText(workerName(worker.worker), gutter - 8, top + this.#laneHeight / 2);
    context.fillStyle = color('--empty');
    context.fillRect(x(worker.started), y, x(worker.ended ?? this.#now) - x(worker.started), bar);
    this.#spansOf(view, place, x, y, bar);
    const first = view.tasks.get(worker.held[0] ?? -1);
    if (first !== undefined && worker.ready !== undefined) {
      const start = x(Math.max(first.sent, worker.free));
      context.globalAlpha = this.#isDim(first.job) ? 0.15 : 0.55;
      context.fillStyle = colorOf(first.job);
      context.fillRect(start, y, Math.max(1, x(this.#now) - start), bar);
      context.globalAlpha = 1;
    }
    if (worker.ended !== undefined && !worker.expected && worker.ended >= from && worker.ended <= this.to) {
      context.strokeStyle = color('--bad');
      context.lineWidth = 2;
      const at = x(worker.ended);
      context.beginPath();
      for (const side of [-1, 1]) {
        context.moveTo(at - 4, y + bar / 2 - 4 * side);
        context.lineTo(at + 4, y + bar / 2 + 4 * side);
      }
      context.stroke();
      context.lineWidth = 1;
    }
  }

  #spansOf(view: RunView, place: number, x: (at: number) => number, y: number, bar: number): void {
    const context = this.#context;
    const lane = this.#lanes.of(place);
    const { spans } = view;
    const [starts, ends, jobs, ways] = [
      spans.column('start'),
      spans.column('end'),
      spans.column('job'),
      spans.column('outcome'),
    ];
    const columns = Math.ceil(this.#width) + 1;
    const covered = new Float32Array(columns);
    const jobAt = new Int32Array(columns);
    const bad: [number, number][] = [];
    const { to } = this;
    for (let i = this.#lanes.firstAfter(place, this.from); i < lane.length; i++) {
      const span = lane[i]!;
      if (starts[span]! > to) break;
      const [left, right] = [x(starts[span]!), x(ends[span]!)];
      if (isBad[ways[span]!]) bad.push([left, right]);
      const job = jobs[span]!;
      if (right - left < 2) {
        const column = Math.floor(left - gutter);
        covered[column]! += right - left;
        jobAt[column] = job;
        continue;
      }
      context.fillStyle = colorOf(job);
      context.globalAlpha = this.#isDim(job) ? 0.15 : 1;
      context.fillRect(left, y, right - left - (right - left > 5 ? 1 : 0), bar);
    }
    for (let column = 0; column < columns; column++) {
      if (covered[column] === 0) continue;
      context.fillStyle = colorOf(jobAt[column]!);
      context.globalAlpha = Math.max(0.12, Math.min(1, covered[column]!)) * (this.#isDim(jobAt[column]!) ? 0.15 : 1);
      context.fillRect(gutter + column, y, 1, bar);
    }
    context.globalAlpha = 1;
    context.fillStyle = color('--bad');
    for (const [left, right] of bad) context.fillRect(left, y, Math.max(2, right - left), Math.max(2, bar / 3));
  }

  #isDim(job: number): boolean {
    return this.#job !== undefined && this.#job !== job;
  }

  #pointed(x: number, y: number): Pointed | undefined {
    const view = this.#view;
    const place = this.#places[Math.floor((y - axisHeight) / this.#laneHeight)];
    if (view === undefined || place === undefined || x < gutter || y < axisHeight) return undefined;
    const size = this.to - this.from;
    const at = this.from + ((x - gutter) / this.#width) * size;
    const worker = view.workers[place]!;
    const name = `${workerName(worker.worker)}, ${time(at)}`;
    const found = this.#lanes.at(place, at, (3 / this.#width) * size);
    if (found === undefined) {
      const first = view.tasks.get(worker.held[0] ?? -1);
      if (first !== undefined && at >= Math.max(first.sent, worker.free))
        return {
          x,
          y,
          text: `${name}\n${view.jobs.get(first.job)?.label ?? ''}: runs task ${first.task}, ${counted(first.rows, 'row')}`,
        };
      if (worker.ended !== undefined && at >= worker.ended) return { x, y, text: `${name}\nended: ${worker.exit}` };
      return { x, y, text: `${name}\nidle` };
    }
    const span = view.spans.at(found);
    const partition = span.partition < 0 ? '' : `, partition ${span.partition}`;
    const attempt = span.attempt > 1 ? `, attempt ${span.attempt}` : '';
    return {
      x,
      y,
      text: [
        `${view.jobs.get(span.job)?.label ?? `job ${span.job}`}: task ${span.task}${partition}${attempt}`,
        `${outcomes[span.outcome]}, ${counted(span.rows, 'row')} in ${time(span.end - span.start)}`,
        `waited ${time(span.waitedMs)} · ${name}`,
      ].join('\n'),
    };
  }
}

/** The least of 1, 2, 5, 10, … that is not less. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeast, 1e-3)));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= atLeast)!;
}
