/** For each worker, its spans in the order of time: found again in the columns by their places. */
import type { Spans } from '../../observe/spans.js';
import type { RunView } from '../../observe/view.js';

export class Lanes {
  #spans: Spans | undefined;
  #dropped = 0;
  #seen = 0;
  #lanes: number[][] = [];

  /** Takes in what has come since the last time. */
  update({ spans }: RunView): void {
    if (spans !== this.#spans || spans.dropped !== this.#dropped) {
      this.#spans = spans;
      this.#dropped = spans.dropped;
      this.#seen = 0;
      this.#lanes = [];
    }
    const workers = spans.column('worker');
    for (; this.#seen < spans.size; this.#seen++) {
      const worker = workers[this.#seen]!;
      while (this.#lanes.length <= worker) this.#lanes.push([]);
      this.#lanes[worker]!.push(this.#seen);
    }
  }

  of(worker: number): readonly number[] {
    return this.#lanes[worker] ?? [];
  }

  /** Place in the lane of the first span that ends at `time` or later. */
  firstAfter(worker: number, time: number): number {
    const lane = this.of(worker);
    const ends = this.#spans!.column('end');
    let [low, high] = [0, lane.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[lane[middle]!]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The span at a time, or the nearest one within `slack` ms; its place in the columns. */
  at(worker: number, time: number, slack: number): number | undefined {
    const lane = this.of(worker);
    if (this.#spans === undefined) return undefined;
    const [starts, ends] = [this.#spans.column('start'), this.#spans.column('end')];
    let best: number | undefined;
    let distance = slack;
    const first = Math.max(0, this.firstAfter(worker, time - slack));
    for (let i = first; i < lane.length; i++) {
      const span = lane[i]!;
      if (starts[span]! > time + slack) break;
      const away = Math.max(0, starts[span]! - time, time - ends[span]!);
      if (away > distance) continue;
      distance = away;
      best = span;
      if (away === 0) break;
    }
    return best;
  }
}
