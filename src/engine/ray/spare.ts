import type { Placement } from './placement.js';
import type { Seat } from './seat.js';

/** Seats that no engine has: kept a while for the next one that asks for the same. */
export class SpareSeats {
  readonly #seats = new Map<string, Set<Seat>>();
  readonly #lingerMs: number;

  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs;
  }

  keep(seat: Seat, placement: Placement): void {
    const key = JSON.stringify(placement);
    const seats = this.#seats.get(key) ?? new Set();
    this.#seats.set(key, seats.add(seat));
    setTimeout(() => {
      if (seats.delete(seat)) seat.close();
    }, this.#lingerMs).unref();
  }

  take(placement: Placement): Seat | undefined {
    const seats = this.#seats.get(JSON.stringify(placement));
    for (const seat of seats ?? []) {
      seats!.delete(seat);
      if (!seat.gone) return seat;
    }
    return undefined;
  }

  /** Gives up all others: they may be what one that is asked for waits for. */
  closeAllBut(placement: Placement): void {
    const key = JSON.stringify(placement);
    for (const [other, seats] of this.#seats) {
      if (other === key) continue;
      for (const seat of seats) seat.close();
      seats.clear();
    }
  }
}
