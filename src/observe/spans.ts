/** Tasks that are over, as columns of numbers: a hundred thousand of them are a few megabytes, and are drawn and sent as they lie. */
import type { TaskOutcome } from './events.js';

/** Outcomes by their number in the column. */
export const outcomes: readonly TaskOutcome[] = [
  'done',
  'threw',
  'timed-out',
  'cancelled',
  'worker-lost',
  'unprepared',
  'refused',
];

/** One task that is over. Times in ms since the view's origin. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Place of its worker in the view's list. */
  readonly worker: number;
  readonly job: number;
  /** -1 where there is none. */
  readonly stage: number;
  readonly partition: number;
  readonly task: number;
  readonly attempt: number;
  readonly outcome: number;
  readonly rows: number;
  readonly waitedMs: number;
}

const columns = {
  start: Float64Array,
  end: Float64Array,
  waitedMs: Float32Array,
  worker: Int32Array,
  job: Int32Array,
  task: Int32Array,
  rows: Int32Array,
  partition: Int32Array,
  stage: Int16Array,
  attempt: Uint8Array,
  outcome: Uint8Array,
} as const;
type Name = keyof typeof columns;
type Column = Float64Array | Float32Array | Int32Array | Int16Array | Uint8Array;
const names = Object.keys(columns) as Name[];

/** The spans of a run as JSON: columns as base64. */
export interface SpansJson {
  readonly size: number;
  readonly dropped: number;
  readonly columns: Readonly<Record<string, string>>;
}

export class Spans {
  /** How many there are. The latest so many, if there were more than are kept. */
  size = 0;
  /** Older ones that are not kept. */
  dropped = 0;
  readonly #most: number;
  #columns = make(1024);

  constructor(most = 250_000) {
    this.#most = most;
  }

  add(span: Span): void {
    if (this.size === this.#most) this.#dropOldest();
    if (this.size === this.#columns.start.length) this.#grow();
    for (const name of names) this.#columns[name][this.size] = span[name];
    this.size++;
  }

  column(name: Name): Column {
    return this.#columns[name];
  }

  at(i: number): Span {
    const span = {} as Record<Name, number>;
    for (const name of names) span[name] = this.#columns[name][i]!;
    return span;
  }

  toJSON(): SpansJson {
    const lists: Record<string, string> = {};
    for (const name of names) lists[name] = base64(this.#columns[name].subarray(0, this.size));
    return { size: this.size, dropped: this.dropped, columns: lists };
  }

  static from(json: SpansJson, most?: number): Spans {
    const spans = new Spans(most);
    spans.size = json.size;
    spans.dropped = json.dropped;
    const whole = make(Math.max(1024, json.size));
    for (const name of names) {
      const bytes = bytesOf(json.columns[name]!);
      whole[name].set(new columns[name](bytes.buffer, 0, json.size));
    }
    spans.#columns = whole;
    return spans;
  }

  /** A tenth at a time, so that it costs little each. */
  #dropOldest(): void {
    const gone = Math.ceil(this.#most / 10);
    for (const name of names) this.#columns[name].copyWithin(0, gone, this.size);
    this.size -= gone;
    this.dropped += gone;
  }

  #grow(): void {
    const larger = make(this.#columns.start.length * 2);
    for (const name of names) larger[name].set(this.#columns[name]);
    this.#columns = larger;
  }
}

function make(length: number): Record<Name, Column> {
  const made = {} as Record<Name, Column>;
  for (const name of names) made[name] = new columns[name](length);
  return made;
}

function base64(view: Column): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
