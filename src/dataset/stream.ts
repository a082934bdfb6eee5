/** Hands on the rows of a plan one partition after the other, as a loop takes them. */
import { ExchangeError } from '../errors.js';
import { PartLost } from '../exchange/segment.js';
import type { ActionRun, Done } from '../run/action.js';
import { callerOf } from '../run/caller.js';
import { framesOf } from '../run/rows.js';
import type { LostResult } from '../run/stage-run.js';
import { dropSegment } from '../run/store.js';
import type { Planned } from './base.js';
import { perform, upTo } from './perform.js';

/** The rows of a plan in order, a frame at a time, while later partitions are under way. */
export async function* streamRows(name: string, planned: Planned): AsyncGenerator<unknown[], undefined> {
  const queue = new Queue();
  const caller = callerOf(streamRows);
  const over = perform({ name, planned, caller, options: {} }, async (action, cancel) => {
    queue.left = () => cancel(new Error('The loop over its rows was left.'));
    const count = action.countOf(action.flow);
    const run = action.run(
      { kind: 'rows' },
      upTo(count),
      (result) => queue.put(result),
      () => queue.held,
    );
    queue.taken = () => run.more();
    queue.again = run.again;
    await Promise.race([queue.failed, run.over.then(() => queue.emptied(count))]);
  });
  over.then(
    () => queue.end(),
    (error: unknown) => queue.end({ error }),
  );
  try {
    for (;;) {
      const result = await queue.next();
      if (result === undefined) return undefined;
      yield* wholeOf(name, result, queue);
    }
  } catch (error) {
    // The action fails with it, unless it has failed before: that is then what is told.
    queue.fail(error);
    await over;
    throw error;
  } finally {
    queue.left?.();
    queue.drop();
    await over.catch(() => {});
  }
}

/** So often a partition is made again. */
const mostTries = 20;

/** The frames of a partition; where its rows turn out to be damaged before any is handed on, it is made again. */
async function* wholeOf(name: string, result: Done, queue: Queue): AsyncGenerator<unknown[], undefined> {
  let whole = result;
  let given = false;
  for (let tries = 1; ; tries++) {
    const { segment } = whole;
    try {
      for (const frame of framesOf(segment)) {
        given = true;
        yield frame;
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof PartLost)) throw error;
      if (given)
        throw new ExchangeError(
          `${name}: ${error.message}; some of the rows of partition ${whole.partition} have been handed out, so they cannot be made ` +
            'again. Look after the folder or disk, and run the loop again.',
        );
      if (tries > mostTries)
        throw new ExchangeError(`${name}: ${error.message}; so were those of ${mostTries} tries before.`);
      whole = await queue.remake({ partition: whole.partition, reason: error.reason });
    } finally {
      dropSegment(segment, undefined);
    }
  }
}

/** Results of partitions, handed on in their order. */
class Queue {
  readonly #ready = new Map<number, Done>();
  #next = 0;
  #wake: (() => void) | undefined;
  #over: { readonly error?: unknown } | undefined;
  #done: (() => void) | undefined;
  #count: number | undefined;
  /** Rejects when rows cannot be handed on. */
  readonly failed: Promise<never>;
  fail!: (error: unknown) => void;
  again: ActionRun['again'] | undefined;
  taken: (() => void) | undefined;
  left: (() => void) | undefined;

  constructor() {
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.failed.catch(() => {});
  }

  get held(): number {
    return this.#ready.size;
  }

  put(result: Done): void {
    this.#ready.set(result.partition, result);
    this.#wake?.();
  }

  /** Has a partition made again that has been taken. */
  async remake(lost: LostResult): Promise<Done> {
    await this.again!(lost);
    const result = this.#ready.get(lost.partition)!;
    this.#ready.delete(lost.partition);
    return result;
  }

  end(over: { readonly error?: unknown } = {}): void {
    this.#over = over;
    this.#wake?.();
  }

  /** Resolves when the last result has been taken. */
  emptied(count: number): Promise<void> {
    this.#count = count;
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#check();
    });
  }

  drop(): void {
    for (const { segment } of this.#ready.values()) dropSegment(segment, undefined);
    this.#ready.clear();
    this.#done?.();
  }

  async next(): Promise<Done | undefined> {
    for (;;) {
      this.#check();
      const result = this.#ready.get(this.#next);
      if (result !== undefined) {
        this.#ready.delete(this.#next++);
        this.taken?.();
        return result;
      }
      if (this.#over !== undefined) {
        if ('error' in this.#over) throw this.#over.error;
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #check(): void {
    if (this.#count !== undefined && this.#next >= this.#count) this.#done?.();
  }
}
