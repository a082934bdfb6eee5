/**
 * Gates: files by which driver and workers wait for each other, wherever the workers are. Nothing waits for a time; a gate that stays
 * shut fails the case after a generous bound. The functions are exported so that they travel to workers by name.
 */
import { appendFileSync, closeSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const boundMs = 30_000;
const pollMs = 2;

export function openGate(gate: string): void {
  writeFileSync(gate, '');
}

export function isOpen(gate: string): boolean {
  return existsSync(gate);
}

/** Waits for a gate and gives way meanwhile. Rejects when `signal` is aborted. */
export async function passGate(gate: string, signal?: AbortSignal): Promise<void> {
  await until(() => isOpen(gate), `gate ${gate} to open`, signal);
}

/** Waits until `condition` holds and gives way meanwhile. */
export async function until(condition: () => boolean, what: string, signal?: AbortSignal): Promise<void> {
  const end = Date.now() + boundMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${boundMs} ms for ${what}`);
    await delay(pollMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** Waits for a gate without ever giving way. */
export function blockUntilOpen(gate: string): void {
  const end = Date.now() + boundMs;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(gate)) {
    if (Date.now() > end) throw new Error(`waited ${boundMs} ms for gate ${gate} to open`);
    Atomics.wait(cell, 0, 0, pollMs);
  }
}

/** Adds a line to a log that several workers may write to. */
export function note(log: string, line: string | number): void {
  appendFileSync(log, `${line}\n`);
}

/** The lines of a log so far. */
export function notes(log: string): string[] {
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
}

/** Resolves when `read()` has stopped changing: nothing that is still under way will change it by itself. */
export async function settledValue<T>(read: () => T): Promise<T> {
  let last = read();
  for (let same = 0; same < 25; ) {
    await delay(pollMs);
    const now = read();
    same = Object.is(now, last) ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** In a worker process that is about to crash: keeps what Node prints of that out of the output of the tests. */
export function hush(driver: number): void {
  if (process.pid !== driver) closeSync(2);
}
