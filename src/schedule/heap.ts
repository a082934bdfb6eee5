/** What can be in heaps: `places[slot]` is where it lies in the heap that uses that slot, -1 if it is not in it. */
export interface Heaped {
  readonly places: number[];
}

/**
 * A binary heap whose items know their places, so that any of them can be moved or removed in O(log n). `before` must be a total order:
 * then the heap's top depends on its items only, not on the order of the calls.
 */
export class Heap<T extends Heaped> {
  readonly items: T[] = [];
  readonly slot: number;
  readonly before: (a: T, b: T) => boolean;

  constructor(slot: number, before: (a: T, b: T) => boolean) {
    this.slot = slot;
    this.before = before;
  }

  /** The item that comes before all others. */
  top(): T | undefined {
    return this.items[0];
  }

  /** Puts an item in, or finds its new place after its order has changed. */
  update(item: T): void {
    let at = item.places[this.slot]!;
    if (at < 0) {
      at = this.items.length;
      this.items.push(item);
    }
    this.#settle(item, at);
  }

  /** Takes an item out, if it is in. */
  remove(item: T): void {
    const at = item.places[this.slot]!;
    if (at < 0) return;
    item.places[this.slot] = -1;
    const last = this.items.pop()!;
    if (last !== item) this.#settle(last, at);
  }

  #settle(item: T, at: number): void {
    const { items, slot, before } = this;
    let place = at;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above]!;
      if (!before(item, parent)) break;
      items[place] = parent;
      parent.places[slot] = place;
      place = above;
    }
    for (;;) {
      let below = 2 * place + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && before(items[below + 1]!, items[below]!)) below++;
      const child = items[below]!;
      if (!before(child, item)) break;
      items[place] = child;
      child.places[slot] = place;
      place = below;
    }
    items[place] = item;
    item.places[slot] = place;
  }
}
