/** Files of data for the workloads that read files: made once, the same on every machine, and kept in `.cache/bench`. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This file runs from build/bench/data. */
const folder = fileURLToPath(new URL('../../../.cache/bench/', import.meta.url));

const blockBytes = 1 << 20;

/** Where bytes of a file go. */
export class Output {
  readonly #fd: number;
  readonly #block = Buffer.allocUnsafe(blockBytes);
  #used = 0;
  /** Bytes so far. */
  bytes = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  put(bytes: Uint8Array): void {
    if (this.#used + bytes.length > blockBytes) this.flush();
    this.#block.set(bytes, this.#used);
    this.#used += bytes.length;
    this.bytes += bytes.length;
  }

  text(text: string): void {
    if (this.#used + text.length > blockBytes) this.flush();
    this.#used += this.#block.latin1Write(text, this.#used);
    this.bytes += text.length;
  }

  flush(): void {
    for (let done = 0; done < this.#used; ) done += writeSync(this.#fd, this.#block, done, this.#used - done);
    this.#used = 0;
  }
}

/** The path of a file, which `write` fills where it is not there yet. */
export function made(name: string, write: (output: Output) => void): string {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Under another name until it is whole.
  const fresh = `${path}.${process.pid}.tmp`;
  const fd = openSync(fresh, 'w');
  const output = new Output(fd);
  write(output);
  output.flush();
  closeSync(fd);
  renameSync(fresh, path);
  return path;
}

/** A folder for what a run writes, not made yet. */
export function outputPath(name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}-${process.pid}`);
}

declare global {
  interface Buffer {
    latin1Write(text: string, at: number): number;
  }
}
