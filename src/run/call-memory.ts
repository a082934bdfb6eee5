/**
 * Memory for the copies of large arguments that calls keep for another try. What travels is a copy of these, so that nobody else sees them, and
 * the next call may have the memory: new memory costs several times what copying into it does.
 */
import { Buffer } from 'node:buffer';
import { type EncodedRow, type EncodeOptions, memoryOf } from '../codec/index.js';
import type { Engine } from '../engine/engine.js';
import { setTimeout } from '../timers.js';

/** More is left to the collector. */
const mostBytes = 16 * 2 ** 20;
/** Without a call for so long, in ms, a pool keeps no memory. */
const restMs = 500;

export class CallMemory {
  /** How arguments are copied. */
  readonly options: EncodeOptions;
  /** Nobody's, the latest last. */
  readonly #free: ArrayBuffer[] = [];
  #bytes = 0;
  /** Of calls that are under way. */
  readonly #used = new WeakSet<object>();
  #wasUsed = false;
  #rest: NodeJS.Timeout | undefined;

  constructor({ sharesMemory }: Pick<Engine, 'sharesMemory'>) {
    this.options = { sharedMemory: sharesMemory, memory: (size) => this.#take(size) };
  }

  /** The same for arguments of which something is moved: no copy of them is made when they travel, so they keep their memory. */
  optionsFor(move: readonly object[] | undefined): EncodeOptions {
    return move === undefined ? this.options : { ...this.options, memory: undefined, move };
  }

  /** A call has its result, so that nobody asks for its arguments again. */
  over(row: EncodedRow): void {
    for (const memory of memoryOf(row)) {
      if (!(memory instanceof ArrayBuffer) || !this.#used.delete(memory)) continue;
      this.#bytes += memory.byteLength;
      this.#free.push(memory);
      while (this.#bytes > mostBytes) this.#bytes -= this.#free.shift()!.byteLength;
      this.#wasUsed = true;
      this.#rest ??= setTimeout(() => this.#afterRest(), restMs).unref();
    }
  }

  #take(size: number): ArrayBuffer {
    const memory = this.#again(size) ?? Buffer.allocUnsafeSlow(size).buffer;
    this.#used.add(memory);
    return memory;
  }

  /** The memory that was used last is in the caches. */
  #again(size: number): ArrayBuffer | undefined {
    const at = this.#free.findLastIndex((memory) => memory.byteLength === size);
    if (at < 0) return undefined;
    this.#bytes -= size;
    return this.#free.splice(at, 1)[0];
  }

  #afterRest(): void {
    this.#rest = this.#wasUsed ? setTimeout(() => this.#afterRest(), restMs).unref() : undefined;
    if (!this.#wasUsed) this.#bytes = this.#free.length = 0;
    this.#wasUsed = false;
  }
}
