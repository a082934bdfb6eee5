/**
 * The promises of calls that were made one after the other and are answered in any order.
 *
 * A promise that is settled from outside is four objects: itself, its two functions, and what these share. All of them are copied, marked and
 * kept for as long as a call waits, and with many calls that is most of what a call costs. So calls have a promise in common, the gate,
 * and each call has what `gate.then(next)` makes: two objects. Reactions run in the order of their making, so that `next` knows
 * whose turn it is. The gate opens with the first answer; a call without one by then gets a promise of its own behind the first.
 */
import { type Settleable, settleable } from './settleable.js';

/** Calls with a gate in common. Of those that are not answered together some have a second promise. */
export const together = 64;
/** For so few calls of one turn, a gate costs more than it saves. */
const few = 4;

/** In place of an answer, before there is one. */
const none: unknown = Object.freeze({});

class Failed {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Each with its own promise. */
class Few {
  /** Gone as soon as the call has an answer. */
  readonly #ways: (Settleable<unknown> | undefined)[] = [];

  /** The promise of the next call. */
  add(made = settleable<unknown>()): Promise<unknown> {
    this.#ways.push(made);
    return made.promise;
  }

  /** Results of calls `from` to `to`, which are those from `results[at]` on; how many of the calls had no answer yet. */
  resolve(from: number, to: number, results: ArrayLike<unknown>, at: number): number {
    let resolved = 0;
    for (let call = from; call < to; call++) {
      const way = this.#take(call);
      if (way === undefined) continue;
      resolved++;
      way.resolve(results[at + call - from]);
    }
    return resolved;
  }

  /** False if it has an answer. */
  reject(call: number, error: unknown): boolean {
    const way = this.#take(call);
    way?.reject(error);
    return way !== undefined;
  }

  #take(call: number): Settleable<unknown> | undefined {
    const way = this.#ways[call];
    this.#ways[call] = undefined;
    return way;
  }
}

/** With a gate, which is resolved with the group, so that all gates have the same reaction. */
export class Many {
  readonly #gate: Promise<Many>;
  #open: ((value: Many) => void) | undefined;
  /** How many calls are in it. */
  made = 0;
  /** So many have come through the gate. */
  #through = 0;
  /** Results of all calls, from `#at` on, until the last of them is through. */
  #all: ArrayLike<unknown> | undefined;
  #at = 0;
  #isOver = false;
  /** Or, where they do not come together: the answer of each, or none so far, or `undefined` once it is through. */
  #answers: unknown[] | undefined;
  /** Ways to settle those that came through the gate without an answer. */
  #ways: Map<number, Settleable<unknown>> | undefined;
  constructor() {
    const { promise, resolve } = settleable<Many>();
    this.#gate = promise;
    this.#open = resolve;
  }

  /** What the next call comes to, or a promise of it. */
  next(): unknown {
    const call = this.#through++;
    if (this.#all !== undefined) {
      const result = this.#all[this.#at + call];
      if (this.#through === together) this.#all = undefined;
      return result;
    }
    const answer = this.#answers![call];
    if (answer === none) {
      const way = settleable<unknown>();
      this.#ways ??= new Map();
      this.#ways.set(call, way);
      return way.promise;
    }
    this.#answers![call] = undefined;
    if (answer instanceof Failed) throw answer.error;
    return answer;
  }

  get isFull(): boolean {
    return this.made === together;
  }

  add(): Promise<unknown> {
    this.made++;
    this.#answers?.push(none);
    return this.#gate.then(next);
  }

  resolve(from: number, to: number, results: ArrayLike<unknown>, at: number): number {
    if (this.#open !== undefined && to - from === together) {
      this.#all = results;
      this.#at = at;
      this.#isOver = true;
      this.#goOn();
      return together;
    }
    let resolved = 0;
    for (let call = from; call < to; call++) if (this.#answer(call, results[at + call - from])) resolved++;
    return resolved;
  }

  reject(call: number, error: unknown): boolean {
    return this.#answer(call, new Failed(error));
  }

  #answer(call: number, answer: unknown): boolean {
    if (this.#isOver) return false;
    this.#answers ??= new Array<unknown>(this.made).fill(none);
    if (this.#answers[call] !== none) return false;
    const way = this.#ways?.get(call);
    this.#answers[call] = way === undefined ? answer : undefined;
    if (way === undefined) {
      this.#goOn();
      return true;
    }
    this.#ways!.delete(call);
    if (answer instanceof Failed) way.reject(answer.error);
    else way.resolve(answer);
    return true;
  }

  #goOn(): void {
    this.#open?.(this);
    this.#open = undefined;
  }
}

const next = (group: Many): unknown => group.next();

/** The promises of a batch of calls, each by its place. */
export class CallPromises {
  readonly #few = new Few();
  readonly #many: Many[] = [];
  /** Calls that have an answer. */
  answered = 0;

  /** What the next call can be added to at once; `undefined` where it takes {@link add}. */
  get open(): Many | undefined {
    const last = this.#many.at(-1);
    return last?.isFull === false ? last : undefined;
  }

  /** The promise of the next call, before which there were so many. */
  add(before: number): Promise<unknown> {
    if (before < few) return this.#few.add();
    const many = this.open ?? new Many();
    if (many.made === 0) this.#many.push(many);
    return many.add();
  }

  /** The first call of all has a promise already. */
  addMade(made: Settleable<unknown>): void {
    this.#few.add(made);
  }

  /** False if it has an answer. */
  reject(call: number, error: unknown): boolean {
    const isNew =
      call < few
        ? this.#few.reject(call, error)
        : this.#many[Math.floor((call - few) / together)]!.reject((call - few) % together, error);
    if (isNew) this.answered++;
    return isNew;
  }

  /** Results of `count` calls from `from` on; how many of them had no answer yet. */
  resolve(from: number, results: ArrayLike<unknown>, count: number): number {
    const to = from + count;
    let resolved = 0;
    let call = Math.min(to, few);
    if (from < call) resolved = this.#few.resolve(from, call, results, 0);
    else call = from;
    while (call < to) {
      const first = (call - few) % together;
      const end = Math.min(to, call - first + together);
      const many = this.#many[Math.floor((call - few) / together)]!;
      resolved += many.resolve(first, first + end - call, results, call - from);
      call = end;
    }
    this.answered += resolved;
    return resolved;
  }
}
