/** Virtual time: things happen in the order of their times, those of one time in the order in which they were planned. */
export class Clock {
  now = 0;
  /** How many things have happened. */
  steps = 0;
  readonly #heap: Planned[] = [];
  #planned = 0;

  /** Plans something for a time. The answer takes it off the plan again. */
  at(time: number, action: () => void): () => void {
    const planned: Planned = { time: Math.max(time, this.now), order: this.#planned++, action };
    const heap = this.#heap;
    let place = heap.length;
    for (; place > 0; place = (place - 1) >> 1) {
      const above = heap[(place - 1) >> 1]!;
      if (before(above, planned)) break;
      heap[place] = above;
    }
    heap[place] = planned;
    return () => {
      planned.action = undefined;
    };
  }

  after(ms: number, action: () => void): () => void {
    return this.at(this.now + ms, action);
  }

  /** Lets everything happen. Throws if that is more than `bound` things. */
  run(bound: number): void {
    while (this.step(bound)) {}
  }

  /** Lets the next thing happen; false if there is none. Throws if it is past the bound. */
  step(bound: number): boolean {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (next.action === undefined) continue;
      this.now = next.time;
      if (++this.steps > bound) throw new Error(`It does not end: ${bound} things have happened by ${this.now} ms.`);
      next.action();
      return true;
    }
    return false;
  }

  #take(): Planned | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++;
      if (before(last, heap[below]!)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

interface Planned {
  readonly time: number;
  readonly order: number;
  /** `undefined` once it was taken off the plan. */
  action: (() => void) | undefined;
}

function before(a: Planned, b: Planned): boolean {
  return a.time !== b.time ? a.time < b.time : a.order < b.order;
}
