import type { SheafEvent, Told } from './events.js';

/** Events that an iterator holds for its reader at most. */
const mostHeld = 10_000;

let hubs = 0;

/** Called with each event, in order, at once. */
export type EventListener = (event: SheafEvent) => void;

/** The driver's clock: ms since 1970, with fractions, never going back. */
export function eventTime(now: number = performance.now()): number {
  return performance.timeOrigin + now;
}

/**
 * What an engine tells, to whoever listens. Iterated, it gives the events from then on, until the engine closes; an iterator whose
 * reader is slow drops the oldest events past 10,000 and says so with an `events-dropped`. `listen` drops nothing. With nobody listening,
 * no event is made. Listening never keeps the process alive.
 *
 * @example
 * for await (const event of pool.events) if (event.kind === 'worker-ended') console.log(event.worker, event.cause);
 */
export class EventHub implements AsyncIterable<SheafEvent> {
  /** Somebody listens. What emits asks first, so that an event that nobody hears costs nothing. @internal */
  active = false;
  /** Its number in the events. @internal */
  readonly engine = hubs++;
  readonly #listeners = new Set<EventListener>();
  readonly #present: () => Iterable<Told>;
  readonly #ends = new Set<() => void>();
  #isOver = false;

  /** @param present events that describe what there is, for a listener that comes later. @internal */
  constructor(present: () => Iterable<Told> = () => []) {
    this.#present = present;
  }

  /** Tells everybody who listens. @internal */
  emit(event: Told, time: number = eventTime()): void {
    if (this.#isOver) return;
    const timed = { ...event, engine: this.engine, time } as SheafEvent;
    for (const listener of this.#listeners) call(listener, timed);
  }

  /** Calls `listener` with every event from now on, starting with what there is; returns what ends that. An error it throws is uncaught. */
  listen(listener: EventListener): () => void {
    if (typeof listener !== 'function') throw new TypeError('listener must be a function.');
    if (this.#isOver) return () => {};
    // One of its own, so that who listens twice hears twice.
    const own: EventListener = (event) => listener(event);
    const time = eventTime();
    for (const event of this.#present()) call(own, { ...event, engine: this.engine, time } as SheafEvent);
    this.#listeners.add(own);
    this.active = true;
    return () => {
      this.#listeners.delete(own);
      this.active = this.#listeners.size > 0;
    };
  }

  /** The events from now on, beginning with what there is, until the engine closes. Leaving the loop ends listening. */
  [Symbol.asyncIterator](): AsyncIterableIterator<SheafEvent, undefined> {
    let wake: (() => void) | undefined;
    const held: SheafEvent[] = [];
    let dropped = 0;
    let over = this.#isOver;
    const stop = this.listen((event) => {
      if (held.length >= mostHeld) {
        held.shift();
        dropped++;
      }
      held.push(event);
      wake?.();
    });
    const end = (): void => {
      over = true;
      stop();
      this.#ends.delete(end);
      wake?.();
    };
    if (!over) this.#ends.add(end);
    const next = async (): Promise<IteratorResult<SheafEvent, undefined>> => {
      while (held.length === 0 && !over)
        await new Promise<void>((resolve) => {
          const before = wake;
          wake = () => {
            before?.();
            resolve();
          };
        });
      wake = undefined;
      if (dropped > 0) {
        const count = dropped;
        dropped = 0;
        return { done: false, value: { kind: 'events-dropped', count, engine: this.engine, time: held[0]!.time } };
      }
      const value = held.shift();
      return value === undefined ? { done: true, value } : { done: false, value };
    };
    return {
      next,
      return: async () => {
        held.length = 0;
        dropped = 0;
        end();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** The engine is closed: iterators end. @internal */
  end(): void {
    if (this.#isOver) return;
    if (this.active) this.emit({ kind: 'engine-closed' });
    this.#isOver = true;
    this.#listeners.clear();
    this.active = false;
    for (const end of [...this.#ends]) end();
  }
}

/** A listener's error is its own: it must not reach the engine that tells. */
function call(listener: EventListener, event: SheafEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
