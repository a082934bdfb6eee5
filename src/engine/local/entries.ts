import { clearTimeout, setTimeout } from '../../timers.js';
import type { TaskEnd } from '../engine.js';
import type { Entry } from './entry.js';
import { KeepAlive } from './keep-alive.js';

/** Every task that has not ended, by its number. While there are any, the process is kept alive. */
export class Entries {
  readonly #entries = new Map<number, Entry>();
  readonly #alive = new KeepAlive();
  #onEmpty: (() => void) | undefined;
  readonly #idle: { readonly afterMs: number; call(): void } | undefined;
  #waiting: NodeJS.Timeout | undefined;

  /** @param idle called when there has been no task for so long */
  constructor(idle?: { readonly afterMs: number; call(): void }) {
    this.#idle = idle;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: number): Entry | undefined {
    return this.#entries.get(id);
  }

  all(): [number, Entry][] {
    return [...this.#entries];
  }

  add(id: number, entry: Entry): void {
    this.#entries.set(id, entry);
  }

  /** Keeps the process alive. Not part of {@link add}, since it can wait until the task is on its way. */
  hold(): void {
    this.#alive.hold();
  }

  /** Nothing that was held for is left. */
  release(): void {
    if (this.#entries.size === 0) this.#rest();
  }

  /** Says how a task ended; what is said of one that has ended before is ignored. */
  resolve(id: number, entry: Entry, end: TaskEnd): void {
    if (!this.#entries.delete(id)) return;
    entry.resolve(end);
    if (this.#entries.size > 0) return;
    this.#rest();
    this.#onEmpty?.();
  }

  #rest(): void {
    this.#alive.release();
    if (this.#idle === undefined) return;
    const { afterMs, call } = this.#idle;
    const late = (): void => {
      if (this.#entries.size === 0) call();
    };
    if (this.#waiting === undefined) this.#waiting = setTimeout(late, afterMs).unref();
    else this.#waiting.refresh();
  }

  /** Resolves when no task is left. */
  async empty(): Promise<void> {
    if (this.#entries.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  end(): void {
    clearTimeout(this.#waiting);
    this.#alive.end();
  }
}
