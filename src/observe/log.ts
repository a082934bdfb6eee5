/** The log of a run: one event a line, as JSON. */
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { SheafEvent } from './events.js';

const flushMs = 200;
const flushBytes = 64 * 1024;

/**
 * Writes events to a file, some at a time. A log that cannot be written is said once on standard error and given up: it must not take the
 * program with it.
 */
export class EventLog {
  readonly path: string;
  readonly #file: number;
  #lines = '';
  #timer: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'w', 0o600);
    process.once('exit', () => this.close());
  }

  write(event: SheafEvent): void {
    if (!this.#isOpen) return;
    this.#lines += `${JSON.stringify(event)}\n`;
    if (this.#lines.length > flushBytes) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushMs).unref();
  }

  /** At once: a process that is about to end has no time to wait. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = Buffer.from(this.#lines);
    this.#lines = '';
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      this.#isOpen = false;
      process.stderr.write(`sheaf: the events cannot be written to ${this.path}: ${(error as Error).message}\n`);
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.flush();
    this.#isOpen = false;
    closeSync(this.#file);
  }
}

/** A line of a log that is no event. */
export class LogError extends Error {}

/**
 * Reads a log. The last line may be cut off, as of a program that was killed; any other line that is no event is an error that names it.
 */
export async function* readLog(path: string): AsyncGenerator<SheafEvent, void> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  let bad: number | undefined;
  for await (const line of lines) {
    number++;
    if (bad !== undefined)
      throw new LogError(`${path}, line ${bad}: this is no event. Give the file that --events has written.`);
    if (line === '') continue;
    const event = parseLine(line);
    if (event === undefined) bad = number;
    else yield event;
  }
  if (bad === 1) throw new LogError(`${path}: this is no log of events. Give the file that --events has written.`);
}

/** The event of a line; `undefined` where it is none. */
export function parseLine(line: string): SheafEvent | undefined {
  try {
    const event = JSON.parse(line) as SheafEvent;
    return typeof event?.kind === 'string' && typeof event.time === 'number' ? event : undefined;
  } catch {
    return undefined;
  }
}
